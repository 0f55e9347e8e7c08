"""What goes wrong in a real stream: re-sends, late records, corrections, retractions, reused ids, wrong signatures.

Takes a family's events and returns them with mishaps; never changes what truly happened. `Fault` marks the sendings
that are faulty in themselves; late records and changes of mind are good events and carry no mark.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

from producers.synthetic.changes import a_day_earlier, corrected, noted, retracted
from producers.synthetic.dice import Dice
from producers.synthetic.grounds import UNTESTED
from producers.synthetic.telling import LAST_MOMENT
from producers.synthetic.told import Fault, Told


class Mishap(StrEnum):
    """One thing that goes wrong."""

    RESENT = "re-sent"
    LATE = "late"
    CORRECTED = "corrected"
    NOTED = "correction-noted"
    RETRACTED = "retracted"
    CONFLICTING_ID = "conflicting-id"
    WRONG_SIGNATURE = "wrong-signature"


_CHANGES = frozenset({"correction", "retraction", "information-request", "information-response"})
_RETRACTIONS = (
    "Entered twice.",
    "Recorded against the wrong person.",
    "Sent before the manager had read it; withdrawn.",
)
_NOTES = (
    ("level", "The level should have been one lower."),
    ("source", "Reported by the school nurse, not by the class teacher."),
    ("occurred", "It happened the week before; the exact day is not known."),
    ("narrative", '"Partner" should read "uncle" throughout.'),
)
_OTHER_WORDS = "Entry overwritten by a later one under the same number."


def _resend(told: list[Told], place: int, dice: Dice) -> None:
    again = told[place].arrived_at + timedelta(hours=dice.between(1, 900))
    told.append(replace(told[place], fault=Fault.RESENT, sent_at=min(again, LAST_MOMENT)))


def _delay(told: list[Told], place: int, dice: Dice) -> None:
    late = told[place].recorded_at + timedelta(days=dice.between(60, 1000), minutes=dice.between(0, 400))
    told[place] = replace(told[place], recorded_at=min(late, LAST_MOMENT))


def _correct(told: list[Told], place: int, dice: Dice) -> None:
    first = told[place]
    at = _later(first, dice, 2, 60)
    if first.event.sharing.handling.source is not None and dice.chance(0.6):
        told.append(corrected(first, at, dice, sharing=first.event.sharing.model_copy(update={"handling": UNTESTED})))
    else:
        told.append(corrected(first, at, dice, occurred=a_day_earlier(first.event.occurred)))


def _note(told: list[Told], place: int, dice: Dice) -> None:
    field, reason = dice.pick(_NOTES)
    told.append(noted(told[place], field, reason, _later(told[place], dice, 1, 40), dice))


def _retract(told: list[Told], place: int, dice: Dice) -> None:
    told.append(retracted(told[place], dice.pick(_RETRACTIONS), _later(told[place], dice, 1, 20), dice))


def _reuse(told: list[Told], place: int, dice: Dice) -> None:
    first = told[place]
    other = first.event.model_copy(update={"narrative": _OTHER_WORDS})
    told.append(replace(first, event=other, fault=Fault.CONFLICTING_ID, sent_at=_later(first, dice, 1, 30)))


def _spoil(told: list[Told], place: int, dice: Dice) -> None:
    first = told[place]
    told.append(replace(first, sent_at=_later(first, dice, 1, 3)))
    told[place] = replace(first, fault=Fault.WRONG_SIGNATURE)


def _later(told: Told, dice: Dice, low: int, high: int) -> datetime:
    return min(told.arrived_at + timedelta(days=dice.between(low, high), minutes=dice.between(1, 300)), LAST_MOMENT)


_HOW: dict[Mishap, Callable[[list[Told], int, Dice], None]] = {
    Mishap.RESENT: _resend,
    Mishap.LATE: _delay,
    Mishap.CORRECTED: _correct,
    Mishap.NOTED: _note,
    Mishap.RETRACTED: _retract,
    Mishap.CONFLICTING_ID: _reuse,
    Mishap.WRONG_SIGNATURE: _spoil,
}
HOW_OFTEN: dict[Mishap, float] = {
    Mishap.LATE: 0.25,
    Mishap.RESENT: 0.3,
    Mishap.CORRECTED: 0.18,
    Mishap.NOTED: 0.07,
    Mishap.RETRACTED: 0.07,
    Mishap.CONFLICTING_ID: 0.04,
    Mishap.WRONG_SIGNATURE: 0.04,
}


def with_mishaps(told: Sequence[Told], dice: Dice, certain: Mishap | None = None) -> list[Told]:
    """Return the events with what went wrong, in the order of arrival; the `certain` mishap happens in any case.

    No event meets two mishaps, so that each can be told apart in what follows.
    """
    changed = {target for event in told for target in (event.event.corrects, event.event.retracts) if target}
    places = [
        place
        for place, event in enumerate(told)
        if event.event.type not in _CHANGES and not (changed and event.event_id in changed)
    ]
    free = dice.shuffled(places)
    out = list(told)
    for mishap, often in HOW_OFTEN.items():
        if free and (mishap is certain or dice.chance(often)):
            _HOW[mishap](out, free.pop(), dice)
    return sorted(out, key=lambda event: event.arrived_at)
