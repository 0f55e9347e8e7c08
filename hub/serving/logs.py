"""Structured logs: a line of JSON each, with the id of the request that it belongs to.

A line names routes, statuses, codes and places in the code. Never a path, a query, a header, a body or an error's
words: those may hold what somebody asked about somebody.
"""

import logging
import sys
import traceback
from pathlib import Path
from typing import Any, Final, TextIO

import structlog

_ROOT: Final = Path(__file__).resolve().parents[2]
_DEEPEST: Final = 8


def configure_logs(stream: TextIO | None = None) -> None:
    """Log as JSON on standard error, or on a stream; what libraries log is kept to warnings, and to their names."""
    out = stream or sys.stderr
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(handlers=[_LibraryHandler()], level=logging.WARNING, force=True)


def fault_of(error: BaseException) -> dict[str, Any]:
    """Return what may be logged of an error: its type, its code and where in the code it came up."""
    frames = traceback.extract_tb(error.__traceback__)[-_DEEPEST:]
    places = [f"{_within(frame.filename)}:{frame.lineno}" for frame in frames]
    return {"error": type(error).__name__, "code": getattr(error, "code", None), "at": places}


def _within(file: str) -> str:
    path = Path(file)
    return str(path.relative_to(_ROOT)) if path.is_relative_to(_ROOT) else path.name


class _LibraryHandler(logging.Handler):
    """Says that a library logged something, and not what: its words may be about what was sent."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log one line."""
        error = record.exc_info[1] if record.exc_info else None
        structlog.get_logger(record.name).warning(
            "library",
            severity=record.levelname.lower(),
            at=f"{Path(record.pathname).name}:{record.lineno}",
            fault=None if error is None else fault_of(error),
        )
