"""The end of `mash demo`: opens the pages on the demonstration's hub, for as long as somebody looks at them."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import typer

from hub.command_line.output import Screen
from hub.errors import HubError

SIGN_INS = ("mash.analyst", "data.steward", "auditor")
LOG = "serve.log"
_PROGRAM = "from hub.command_line import main; main()"
_OPENS_SECONDS = 60.0


def serve_pages(hub: Any, home: Path, kafka: Mapping[str, str], child: str) -> None:
    """Serve until Control-C, with what takes in and relays beside it; raises `HubError` where the pages do not open.

    `child` is whom to look for, in words.
    """
    address = hub.settings.sign_in
    with _served(home, kafka) as server:
        with Screen().progress("Opening the pages"):
            _wait(server, address.host, address.port, home / LOG)
        directory = hub.directory.load()
        typer.echo(f"\nThe pages are at {address.public_url}  Sign in as one of these, no password:")
        for user in map(directory.user, SIGN_INS):
            typer.echo(f"  {user.name}: {', '.join(sorted(user.roles))}, {directory.agency(user.agency).name}")
        typer.echo(f"Look for {child}; docs/tour.md leads the way in five minutes.")
        typer.echo("Control-C ends them.")
        with suppress(KeyboardInterrupt):
            server.wait()


@contextmanager
def _served(home: Path, kafka: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-c", _PROGRAM, "serve", "--all"]
    settings = {**os.environ, **kafka, "MASH_HOME": str(home)}
    with (home / LOG).open("ab") as log:
        process = subprocess.Popen(command, env=settings, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.terminate()
            process.wait()


def _wait(server: subprocess.Popen[bytes], host: str, port: int, log: Path) -> None:
    until = time.monotonic() + _OPENS_SECONDS
    while time.monotonic() < until and server.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex((host, port)) == 0:
                return
        time.sleep(0.1)
    lines = log.read_text(errors="replace").splitlines()
    raise HubError(f"The pages did not open: {lines[-1] if lines else 'no reason given'}", code="pages-not-opened")
