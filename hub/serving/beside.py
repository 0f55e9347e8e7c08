"""Runs other commands of `mash` beside the server for as long as it runs, each a process of its own; the demo's way."""

import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import structlog

_PROGRAM: Final = "from hub.command_line import main; main()"
_PAUSE_SECONDS: Final = 2.0
_STOP_SECONDS: Final = 9.0
_log = structlog.get_logger(__name__)


@contextmanager
def beside(commands: Sequence[str]) -> Iterator[None]:
    """Run commands meanwhile, anew where one ends; they are told to stop when the block ends."""
    stop = threading.Event()
    keepers = [threading.Thread(target=_kept, args=(each, stop), name=f"beside-{each}") for each in commands]
    for each in keepers:
        each.start()
    try:
        yield
    finally:
        stop.set()
        for each in keepers:
            each.join()


def _kept(command: str, stop: threading.Event) -> None:
    while not stop.is_set():
        with subprocess.Popen([sys.executable, "-c", _PROGRAM, command], stdin=subprocess.DEVNULL) as process:
            while process.poll() is None and not stop.wait(0.2):
                pass
            if stop.is_set():
                _end(process)
                return
        _log.warning("ended", command=command, status=process.returncode)
        stop.wait(_PAUSE_SECONDS)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
