"""Turns what was read into a `Record`, or into a `Reject` where the contract will not take it. Raises nothing."""

from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import Concatenate, ParamSpec

from pydantic import ValidationError

from hub.contract.codes import AbuseCategory, Factor, PrimaryNeed
from hub.contract.event import Category, QualityFlag
from hub.contract.primitives import Occurred, PartialDate
from hub.contract.sharing import Sharing
from hub.errors import PoisonError
from producers.adapters.faults import MAX_FLAGS, Faults
from producers.adapters.port import SENTENCES, Record, Reject, RejectCode
from producers.adapters.text import CONTROL

P = ParamSpec("P")


class UnfitError(PoisonError):
    """The record at hand cannot become an event."""

    def __init__(self, code: RejectCode, reason: str = "") -> None:
        super().__init__(reason or SENTENCES[code], code=code)
        self.reject_code = code


def told(place: str, make: Callable[Concatenate[str, P], Record], *args: P.args, **named: P.kwargs) -> Record | Reject:
    """Return the record that `make` builds at this place, or the reject that says why it cannot."""
    try:
        return make(place, *args, **named)
    except UnfitError as error:
        return Reject(place, error.reject_code, error.message)
    except ValidationError as error:
        return Reject(place, RejectCode.NOT_VALID, explain(error))


def certain(reference: str, field: str, faults: Faults) -> str:
    """Return the reference; raises `UnfitError` where there is none, or where it is not certain whose it is."""
    if not reference:
        raise UnfitError(RejectCode.NO_REFERENCE)
    if any(flag.rule == CONTROL and flag.field == field for flag in faults.flags):
        raise UnfitError(RejectCode.NO_REFERENCE, f"{field} holds control characters: whom it names is not certain.")
    return reference


def explain(error: ValidationError) -> str:
    """Return the field and the fault that pydantic found first, without any value that was refused."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    steps = [str(step) for step in first["loc"]]
    if first["type"] == "extra_forbidden":
        steps = [*steps[:-1], "(unknown field)"]
    words = first["msg"] if first["type"] == "value_error" else first["type"].replace("_", " ")
    return f"{'.'.join(steps) or 'record'}: {words}"


def few(flags: list[QualityFlag]) -> list[QualityFlag]:
    """Return the flags if an event can carry them all; raises `UnfitError` otherwise, since none may be lost."""
    if len(flags) > MAX_FLAGS:
        raise UnfitError(RejectCode.TOO_MANY_FAULTS)
    return flags


@lru_cache(maxsize=4096)
def category(need: PrimaryNeed | None, abuse: tuple[AbuseCategory, ...], factors: tuple[Factor, ...]) -> Category:
    """Return the category, once for all events that have the same."""
    return Category(need=need, abuse=list(abuse), factors=list(factors))


NO_CATEGORY = category(None, (), ())
NO_SHARING = Sharing()


@lru_cache(maxsize=4096)
def exact(day: date) -> PartialDate:
    """Return a date that is wholly known."""
    return PartialDate(date=day)


@lru_cache(maxsize=4096)
def on_day(day: date) -> Occurred:
    """Return the occurrence of something on a day, without a time."""
    return Occurred(date=day)
