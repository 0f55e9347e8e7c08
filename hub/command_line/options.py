"""Options that several commands share, and what they stand for."""

from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Annotated

import typer

from hub.application.asking import ENGLAND, PURPOSES, Asked
from hub.clock import SystemClock
from hub.errors import UsageError

AsJson = Annotated[bool, typer.Option("--json", help="Print for programs.")]
AsUser = Annotated[str, typer.Option("--as", metavar="USER", help="The user for whom this is asked.")]
Purpose = Annotated[str, typer.Option(help=f"What it is for: {', '.join(PURPOSES)}.")]
Reason = Annotated[str, typer.Option(help="Why it is needed, in words; it is recorded.")]
Files = Annotated[list[Path], typer.Argument(help="Files of the agency's own records.", show_default=False)]


def asked(user: str, purpose: str, reason: str) -> Asked:
    """Return the question of one command."""
    from hub.command_line import operator

    return Asked(viewer=user, operator=operator(), purpose=purpose, reason=reason)


def moment(text: str | None) -> datetime | None:
    """Read a moment: RFC 3339, or a date or local time of England; a date means its last moment, and today now."""
    now = SystemClock().now()
    read = _moment(text, time.max)
    return now if read is not None and _is_day(text) and read > now and _england(read) == _england(now) else read


def first_moment(text: str | None) -> datetime | None:
    """Read a moment as `moment` does, but a date means its first."""
    return _moment(text, time.min)


def _moment(text: str | None, of_day: time) -> datetime | None:
    if text is None:
        return None
    try:
        if _is_day(text):
            return datetime.combine(date.fromisoformat(text), of_day, ENGLAND).astimezone(UTC)
        read = datetime.fromisoformat(text)
        return (read if read.tzinfo is not None else read.replace(tzinfo=ENGLAND)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise UsageError("A moment is written 2026-11-22, or 2026-11-22T09:30:00+00:00.", code="bad-time") from error


def _is_day(text: str | None) -> bool:
    return text is not None and len(text) == len("2026-01-01")


def _england(moment: datetime) -> date:
    return moment.astimezone(ENGLAND).date()


def day(text: str | None) -> date | None:
    """Read a date as 2026-11-22."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError("A date is written 2026-11-22.", code="bad-date") from error
