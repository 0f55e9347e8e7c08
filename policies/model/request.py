"""Who asks, for what, why, and as of when: the whole of a request, and the little of it that rules may read."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import NamedTuple, NewType, Self

from policies.errors import RequestError
from policies.model.records import Reading, Record, record_of
from policies.model.vocabulary import AgencyKind, LawfulBasis, Purpose, RiskLevel, Role, Statement, Training

AgencyId = NewType("AgencyId", str)
Position = NewType("Position", int)
PersonRef = NewType("PersonRef", str)

MAX_REASON = 4_000


class RequestClass(NamedTuple):
    """All of a request that a rule may read: never who asks, about whom, or the words of the reason."""

    agency_kind: AgencyKind
    roles: frozenset[Role]
    purpose: Purpose
    bases: frozenset[LawfulBasis]
    risk: RiskLevel
    reasoned: bool
    emergency: bool
    identity_only: bool
    law_on: int
    training: Training = Training.NOT_KNOWN
    reasonable_cause: bool = False
    strategy_member: bool = False
    called_back: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """One question: `as_of` says what is known, `decided_at` what is permitted, `law_on` which law is in force.

    `identity_only` where no more is asked than whom records are about, and nothing of what they say will be shown;
    `reasonable_cause` where it was recorded (CA 1989 s47), `called_back` where another area's caller was rung back.
    `at`, the very moment, is for whoever gathers the facts: no rule reads it, and the record has it beside the request.
    Raises RequestError where it contradicts itself.
    """

    viewer: AgencyId
    agency_kind: AgencyKind
    roles: frozenset[Role]
    purpose: Purpose
    reason: str
    person: PersonRef
    as_of: Position
    decided_at: Position
    law_on: date
    bases: frozenset[LawfulBasis] = frozenset()
    risk: RiskLevel = RiskLevel.NOT_RATED
    emergency: bool = False
    identity_only: bool = False
    training: Training = Training.NOT_KNOWN
    reasonable_cause: bool = False
    strategy_member: bool = False
    called_back: bool = False
    stated: Mapping[Statement, str] = field(default_factory=dict, hash=False)
    at: datetime | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if not self.viewer:
            raise RequestError("A request names the agency that asks.", code="request-without-viewer")
        if not 0 <= self.as_of <= self.decided_at:
            raise RequestError(
                "A request cannot ask what was known after its decision.", code="request-from-the-future"
            )
        if len(self.reason) > MAX_REASON:
            raise RequestError(f"A reason has at most {MAX_REASON} characters.", code="reason-too-long")

    def class_key(self) -> RequestClass:
        """Return what rules may read; a reason counts once it holds a letter."""
        return RequestClass(
            agency_kind=self.agency_kind,
            roles=self.roles,
            purpose=self.purpose,
            bases=self.bases,
            risk=self.risk,
            reasoned=any(map(str.isalpha, self.reason)),
            emergency=self.emergency,
            identity_only=self.identity_only,
            training=self.training,
            reasonable_cause=self.reasonable_cause,
            strategy_member=self.strategy_member,
            called_back=self.called_back,
            law_on=self.law_on.year * 10_000 + self.law_on.month * 100 + self.law_on.day,
        )

    def as_record(self) -> Record:
        """Return the canonical form that is sealed with the decision."""
        return record_of((each.name, getattr(self, each.name)) for each in fields(self) if each.name != "at")

    @classmethod
    def from_record(cls, record: object) -> Self:
        """Return the request that a record holds; raises RecordError or RequestError."""
        read = Reading(record, "a request")
        request = cls(
            viewer=AgencyId(read.text("viewer")),
            agency_kind=read.word("agency_kind", AgencyKind),
            roles=read.words("roles", Role),
            purpose=read.word("purpose", Purpose),
            reason=read.text("reason"),
            person=PersonRef(read.text("person")),
            as_of=Position(read.whole("as_of")),
            decided_at=Position(read.whole("decided_at")),
            law_on=read.day("law_on"),
            bases=read.words("bases", LawfulBasis),
            risk=read.word("risk", RiskLevel, RiskLevel.NOT_RATED),
            emergency=read.flag("emergency"),
            identity_only=read.flag("identity_only"),
            training=read.word("training", Training, Training.NOT_KNOWN),
            reasonable_cause=read.flag("reasonable_cause"),
            strategy_member=read.flag("strategy_member"),
            called_back=read.flag("called_back"),
            stated=read.texts_for("stated", Statement),
        )
        read.finish()
        return request
