"""Keeps what each verification of the log found, so that a report can say how often it was verified and was whole."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from hub.application.checked import checked
from hub.application.partnership_facts import body_of, fact_draft
from hub.application.verifying import Verified
from hub.clock import Clock
from hub.events.verification import LogVerified
from hub.store.log import EventLog
from hub.store.mapper import StoredEvent

_TAG: Final = "verifications"


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
        self._log.append([fact_draft(fact, _TAG)], at=self._clock.now())

    def latest(self) -> tuple[datetime, LogVerified] | None:
        """Return the last of them and when it was recorded, None where there is none."""
        return next(_read(self._log.newest(_TAG, 1)), None)

    def within(self, after: int, upto: int) -> list[LogVerified]:
        """Return those between two positions, the oldest first."""
        return [verified for _, verified in _read(self._log.read([_TAG], after=after, upto=upto))]


def _read(events: Iterable[StoredEvent]) -> Iterator[tuple[datetime, LogVerified]]:
    for stored in events:
        if (body := body_of(stored)) is not None:
            yield stored.recorded_at, LogVerified.model_validate(body, strict=False)
