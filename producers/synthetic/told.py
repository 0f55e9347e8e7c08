"""What the generator yields: an event as one agency told it, and a family with the truth about who is who.

The truth (`Family.children`, `twins`, `adopted`, `unborn`) is for tests and demonstrations; it is never published.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from hub.contract.codes import SubjectKind
from hub.contract.event import ConcernEvent
from hub.contract.ids import event_id
from hub.contract.primitives import AgencyId, EventId


class StoryKind(StrEnum):
    """The kinds of story that are told."""

    NEGLECT = "neglect"
    DOMESTIC_ABUSE = "domestic-abuse"
    EXPLOITATION = "exploitation"
    UNBORN = "unborn"
    TWINS = "twins"
    ADOPTION = "adoption"
    MOVES = "moves"
    REFUGE = "refuge"
    MALICIOUS_LOOKING = "malicious-looking"
    SILENCE = "silence"
    QUIET = "quiet"


class Fault(StrEnum):
    """What is wrong with one sending; the publisher spoils the signature of a wrongly signed one."""

    RESENT = "re-sent"
    CONFLICTING_ID = "conflicting-id"
    WRONG_SIGNATURE = "wrong-signature"


class Record(NamedTuple):
    """One agency's reference to one person."""

    agency: AgencyId
    reference: str


@dataclass(frozen=True, slots=True)
class Told:
    """One sending of one event; one sent again is unchanged, `recorded_at` included, but for the later `sent_at`."""

    agency: AgencyId
    ce_id: str
    recorded_at: datetime
    event: ConcernEvent
    fault: Fault | None = None
    sent_at: datetime | None = None

    @property
    def arrived_at(self) -> datetime:
        """Say when the hub is sent it: as soon as it is recorded, unless it is sent later."""
        return self.recorded_at if self.sent_at is None else self.sent_at

    @property
    def event_id(self) -> EventId:
        """Return the id that the hub gives the event."""
        return event_id(self.agency, self.ce_id)


@dataclass(frozen=True, slots=True)
class ChildKey:
    """One child in truth: every record that agencies hold of them."""

    label: str
    kind: SubjectKind
    records: tuple[Record, ...]


Pair = tuple[ChildKey, ChildKey]


@dataclass(frozen=True, slots=True)
class Family:
    """One family's story: what was told, in order of arrival, nothing before `begins_at`; the truth behind it.

    `twins` must not be merged, `adopted` must never be linked, `unborn` is the same child before and after birth.
    """

    kind: StoryKind
    begins_at: datetime
    children: tuple[ChildKey, ...]
    told: tuple[Told, ...]
    twins: Pair | None = None
    adopted: Pair | None = None
    unborn: Pair | None = None
