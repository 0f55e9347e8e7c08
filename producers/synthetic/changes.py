"""An agency's second thoughts about an event: it corrects it, says what was wrong, or takes it back; it never edits."""

from datetime import datetime, timedelta
from typing import Any

from hub.contract.details.records import Correction, Retraction
from hub.contract.event import ConcernEvent
from hub.contract.primitives import Occurred
from producers.synthetic.dice import Dice
from producers.synthetic.told import Told


def corrected(told: Told, at: datetime, dice: Dice, **changes: Any) -> Told:
    """Return the whole event stated again with these fields changed, correcting the first."""
    event = _changed(told.event, {**changes, "corrects": told.event_id})
    return Told(told.agency, str(dice.uuid()), at, event)


def noted(told: Told, field: str, reason: str, at: datetime, dice: Dice) -> Told:
    """Return a note of what was wrong in the event, without stating it again."""
    return _about(told, Correction(field=field, reason=reason), at, dice, corrects=told.event_id)


def retracted(told: Told, reason: str, at: datetime, dice: Dice) -> Told:
    """Return the retraction of the event."""
    return _about(told, Retraction(reason=reason), at, dice, retracts=told.event_id)


def a_day_earlier(occurred: Occurred) -> Occurred:
    """Return the same occurrence a day earlier."""
    at = None if occurred.at is None else occurred.at - timedelta(days=1)
    day = occurred.date - timedelta(days=1)
    return Occurred(date=day, accuracy=occurred.accuracy, at=at, until=occurred.until)


def _about(told: Told, detail: Correction | Retraction, at: datetime, dice: Dice, **changed: Any) -> Told:
    first = told.event
    event = ConcernEvent(
        occurred=Occurred(date=at.date()),
        subject=first.subject,
        detail=detail,
        sharing=first.sharing,
        origin=first.origin,
        quality=first.quality,
        **changed,
    )
    return Told(told.agency, str(dice.uuid()), at, event)


def _changed(event: ConcernEvent, changes: dict[str, Any]) -> ConcernEvent:
    fields = {name: getattr(event, name) for name in event.model_fields_set}
    return ConcernEvent.model_validate({**fields, **changes})
