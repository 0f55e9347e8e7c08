"""Runs the server until it is told to stop: in this process, or in several that are replaced one by one on SIGHUP.

Off this machine's loopback it is served over TLS, or behind a proxy that is named, or not at all. What is asked when
it is told to stop is still answered, for some seconds.
"""

import gc
import signal
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import uvicorn
from fastapi import FastAPI
from uvicorn.supervisors import Multiprocess

from hub.bootstrap import open_hub
from hub.errors import UsageError
from hub.serving.app import Pages, create_app
from hub.serving.impatience import ImpatientProtocol
from hub.serving.logs import configure_logs
from hub.settings import Settings, read_settings
from hub.sign_in.service import open_sign_in
from hub.sign_in_settings import is_loopback

GRACE_SECONDS: Final = 10
_KEEP_ALIVE_SECONDS: Final = 15
_MOST_CONNECTIONS: Final = 1000
PagesOf = Callable[[Any, Any], Pages]


@dataclass(frozen=True, slots=True)
class Serving:
    """How it is served: in how many processes, with which certificate, and which proxies are believed."""

    workers: int = 1
    certificate: Path | None = None
    key: Path | None = None
    proxies: tuple[str, ...] = ()


def application(settings: Settings | None = None, pages_of: PagesOf | None = None) -> FastAPI:
    """Return the application on a hub of its own, which is closed when the server stops."""
    configure_logs()
    with ExitStack() as opening:
        hub = opening.enter_context(open_hub(settings or read_settings()))
        sign_in = opening.enter_context(open_sign_in(hub))
        app = create_app(hub, sign_in, pages_of(hub, sign_in) if pages_of else None)
        opening.callback(app.state.doors.close)
        opened = opening.pop_all()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        # What is there now stays: no collection need look through it.
        gc.collect()
        gc.freeze()
        with opened:
            yield

    app.router.lifespan_context = lifespan
    return app


def serve(serving: Serving, settings: Settings, pages_of: PagesOf | None = None) -> None:
    """Serve until SIGTERM or SIGINT; raises `UsageError` for a door not to be opened, or that is taken."""
    host, port = settings.sign_in.host, settings.sign_in.port
    _refuse_open_door(serving, host)
    config = config_of(serving, partial(application, settings, pages_of))
    with _listening(host, port) as listening:
        if serving.workers > 1:
            configure_logs()
            Multiprocess(config, [listening]).run()
        else:
            _run_here(config, listening)


def config_of(serving: Serving, make: Callable[[], Any]) -> uvicorn.Config:
    """Return how an application is served; what a proxy says of its clients counts where the proxy is named."""
    return uvicorn.Config(
        make,
        factory=True,
        loop="uvloop",
        http=ImpatientProtocol,
        ws="none",
        lifespan="on",
        workers=serving.workers,
        ssl_certfile=serving.certificate,
        ssl_keyfile=serving.key,
        proxy_headers=bool(serving.proxies),
        forwarded_allow_ips=list(serving.proxies),
        access_log=False,
        log_config=None,
        server_header=False,
        limit_concurrency=_MOST_CONNECTIONS,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
        reset_contextvars=True,
    )


def _run_here(config: uvicorn.Config, listening: socket.socket) -> None:
    # The server raises again the signal that stopped it, once it has: that is its proper end, and no error.
    before = {each: signal.signal(each, lambda *_: None) for each in (signal.SIGTERM, signal.SIGINT)}
    try:
        uvicorn.Server(config).run(sockets=[listening])
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _refuse_open_door(serving: Serving, host: str) -> None:
    if (serving.certificate is None) != (serving.key is None):
        raise UsageError("A certificate needs its key, and a key its certificate.", code="needs-certificate")
    if not is_loopback(host) and serving.certificate is None and not serving.proxies:
        raise UsageError(
            "Off loopback the server needs --certificate and --key, or a --trusted-proxy that brings TLS.",
            code="needs-certificate",
        )


def _listening(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise UsageError(f"The server cannot listen: {error.strerror}.", code="port-in-use", place=str(port)) from error
