"""Runs one command of `mash`: what went wrong is one line on standard error, and what it printed is printed whole."""

import io
import logging
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import Any

from hub.errors import HubError, RetryableError, UsageError


def status_of(arguments: list[str]) -> int:
    """Run the command and return its status; raises `KeyboardInterrupt` alone."""
    from hub.command_line.output import Screen

    screen = Screen(as_json="--json" in arguments)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    # The pool tells of each lost connection by itself; the command says it once, as its error.
    logging.getLogger("psycopg.pool").setLevel(logging.CRITICAL)
    _prepare_output()
    try:
        status = _run(arguments, screen)
        sys.stdout.flush()
        return status
    except OSError as error:
        screen.fail(RetryableError(f"{error.strerror or 'The system refused'}.", code="system", place=_name(error)))
        _forget_output()
    except Exception as error:
        # The message of an error that nobody foresaw may say what somebody wrote; where it arose says enough.
        screen.fail(
            HubError(f"Something unforeseen happened: {type(error).__name__}.", code="unforeseen", place=_where(error))
        )
    return 1


def _run(arguments: list[str], screen: Any) -> int:
    from typer.exceptions import Abort, Exit, TyperException

    from hub.command_line.app import command

    try:
        return command().main(arguments, prog_name="mash", standalone_mode=False) or 0
    except HubError as error:
        screen.fail(error)
        return error.exit_status
    except TyperException as error:
        _show_bad_usage(screen, error)
        return 2
    except Exit as exit_:
        return exit_.exit_code
    except Abort:
        return 130


def _show_bad_usage(screen: Any, error: Any) -> None:
    """Say what is wrong in one line, and where help is; a command that was named alone is helped at once."""
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError" and not screen.as_json:
        error.show()
        return
    path = context.command_path if context is not None else "mash"
    screen.fail(UsageError(error.format_message(), code="usage", place=f"{path} --help"))


def _prepare_output() -> None:
    """Let a letter that the terminal cannot show never stop a command, nor an output that was closed beforehand."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - open until the process ends
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _forget_output() -> None:
    """Drop what could not be written: or Python tries again as it ends, and complains in its own words."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _name(error: OSError) -> str | None:
    return os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else None


def _where(error: BaseException) -> str | None:
    """Return the file and line of our own code that an error came through last."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if f"{os.sep}site-packages{os.sep}" not in frame.filename]
    return f"{'/'.join(Path(own[-1].filename).parts[-2:])}:{own[-1].lineno}" if own else None
