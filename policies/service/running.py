"""Runs the policy service until it is told to stop. Off this machine's loopback it is served over TLS or not at all."""

import signal
import socket
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from policies.errors import PolicyError
from policies.service.app import create_app
from policies.shelf import Shelf

PORT = 8181
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True)
class Door:
    """Where the service listens, and the certificate that it shows."""

    host: str = "127.0.0.1"
    port: int = PORT
    certificate: Path | None = None
    key: Path | None = None


def serve(shelf: Shelf, door: Door) -> None:
    """Serve until SIGTERM or SIGINT; raises PolicyError for a door not to be opened, OSError for one that is taken."""
    if door.host not in LOOPBACK and (door.certificate is None or door.key is None):
        raise PolicyError("Off loopback, the service needs a certificate and its key.", code="needs-certificate")
    config = uvicorn.Config(
        create_app(shelf),
        ssl_certfile=door.certificate,
        ssl_keyfile=door.key,
        access_log=False,
        log_level="warning",
        server_header=False,
    )
    family = socket.AF_INET6 if ":" in door.host else socket.AF_INET
    with socket.create_server((door.host, door.port), family=family) as listening:
        # The server raises again the signal that stopped it, once it has: that is its proper end, and no error.
        before = {each: signal.signal(each, lambda *_: None) for each in (signal.SIGTERM, signal.SIGINT)}
        try:
            uvicorn.Server(config).run(sockets=[listening])
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)
