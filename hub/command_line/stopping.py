"""Ends a command that runs for long when it is told to: in good order, or after some seconds as it stands.

What it had in hand then is met again at the next start, as after a crash, which loses nothing and doubles nothing.
"""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import typer

LONGEST_SECONDS = 7.0


@contextmanager
def stopping() -> Iterator[threading.Event]:
    """Yield what SIGTERM and SIGINT set; a block that has not ended some seconds later is ended with status 1."""
    stop, timer = threading.Event(), threading.Timer(LONGEST_SECONDS, _end)
    timer.daemon = True

    def told(*_: object) -> None:
        if not stop.is_set():
            stop.set()
            timer.start()

    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, told)
    try:
        yield stop
    finally:
        timer.cancel()


def _end() -> None:
    """End the process: a broker or database that does not answer keeps its client for as long as it is patient."""
    typer.echo("ended in the middle: what was in hand is met again at the next start", err=True)
    os._exit(1)
