"""Keeps what each verification of the log found, so that a report can say how often it was verified and was whole."""

from datetime import datetime
from typing import Final
from uuid import uuid4

from hub.application.checked import checked
from hub.application.directory import PARTNERSHIP
from hub.application.verifying import Verified
from hub.clock import Clock
from hub.contract.canonical import canonical
from hub.events.verification import LogVerified
from hub.store.log import EventLog
from hub.store.mapper import DraftEvent, DraftPart

_TAG: Final = "verifications"
_PART: Final = "fact"


class Verifications:
    """Records and lists them."""

    def __init__(self, log: EventLog, clock: Clock) -> None:
        self._log = log
        self._clock = clock

    def record(self, found: Verified, *, by: str) -> None:
        """Record what a verification found; raises `HubError` where the log takes nothing in."""
        faults = sorted({fault.kind.value for fault in found.faults} | {each.code for each in found.about})
        fact = checked(
            LogVerified, rows=found.rows, bad=found.bad, not_in_tree=found.unproved, faults=faults, by=by
        )  # fmt: skip
        part = DraftPart(_PART, PARTNERSHIP, {"body": canonical(fact.model_dump(mode="json"))})
        self._log.append([DraftEvent(uuid4(), LogVerified.__name__, (_TAG,), (part,))], at=self._clock.now())

    def latest(self) -> tuple[datetime, LogVerified] | None:
        """Return the last of them and when it was recorded, None where there is none."""
        for stored in self._log.newest(_TAG, 1):
            if (part := stored.parts[_PART]) is not None:
                return stored.recorded_at, LogVerified.model_validate(part["body"], strict=False)
        return None

    def within(self, after: int, upto: int) -> list[LogVerified]:
        """Return those between two positions, the oldest first."""
        parts = (stored.parts[_PART] for stored in self._log.read([_TAG], after=after, upto=upto))
        return [LogVerified.model_validate(part["body"], strict=False) for part in parts if part is not None]
