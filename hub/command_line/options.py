"""Options that several commands share, and what they stand for."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time
from functools import wraps
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import Annotated, Any, overload

import typer

from hub.application.asking import ENGLAND, PURPOSES, RISKS, STATEMENTS, Asked
from hub.clock import SystemClock
from hub.errors import UsageError

AsJson = Annotated[bool, typer.Option("--json", help="Print for programs.")]
AsUser = Annotated[str, typer.Option("--as", metavar="USER", help="The user for whom this is asked.")]
Purpose = Annotated[str, typer.Option(help=f"What it is for: {', '.join(PURPOSES)}.")]
Reason = Annotated[str, typer.Option(help="Why it is needed, in words; it is recorded.")]
Risk = Annotated[str, typer.Option(help=f"How urgent the matter is held to be: {', '.join(RISKS)}.")]
Bases = Annotated[
    list[str] | None,
    typer.Option(
        "--basis", metavar="BASIS", help="A lawful basis that is claimed, such as CA1989-s47; may be repeated."
    ),
]
Stated = Annotated[
    list[str] | None,
    typer.Option(
        "--state",
        metavar="NAME=WORDS",
        help=f"What a basis needs to be stated: {', '.join(STATEMENTS)}; may be repeated.",
    ),
]
Files = Annotated[list[Path], typer.Argument(help="Files of the agency's own records.", show_default=False)]


def asked(user: str, purpose: str, reason: str, **claimed: Any) -> Asked:
    """Return the question of one command."""
    from hub.command_line.account import operator

    return Asked(user, operator(), purpose, reason, **claimed)


def with_question(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that make up a question, which it takes as one `question`."""
    own = [each for each in signature(command, eval_str=True).parameters.values() if each.name != "question"]
    question = signature(_question, eval_str=True).parameters

    @wraps(command)
    def with_options(**given: Any) -> None:
        told = {name: given.pop(name) for name in question}
        command(question=_question(**told), **given)

    options = [each.replace(kind=Parameter.KEYWORD_ONLY) for each in (*question.values(), *own)]
    with_options.__signature__ = Signature(options)  # type: ignore[attr-defined]
    with_options.__annotations__ = {each.name: each.annotation for each in options}
    return with_options


def _question(
    *,
    as_user: AsUser,
    purpose: Purpose,
    reason: Reason,
    risk: Risk = "not-rated",
    basis: Bases = None,
    state: Stated = None,
) -> Asked:
    return asked(as_user, purpose, reason, risk=risk, bases=tuple(basis or ()), stated=_named(state or ()))


def _named(stated: Sequence[str]) -> dict[str, str]:
    """Read statements as NAME=WORDS; raises `UsageError`."""
    split = [text.partition("=") for text in stated]
    if not all(name and equals for name, equals, _ in split):
        raise UsageError("A statement is written NAME=WORDS.", code="bad-statement")
    return {name: words for name, _, words in split}


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


@overload
def day(text: str) -> date: ...
@overload
def day(text: str | None) -> date | None: ...
def day(text: str | None) -> date | None:
    """Read a date as 2026-11-22."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError("A date is written 2026-11-22.", code="bad-date") from error
