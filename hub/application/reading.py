"""What every read shares: who asks, the policy, and the record of the answer, appended before the answer is given."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NoReturn, Protocol
from uuid import UUID, uuid4

from hub.application.alerting import alerts_draft
from hub.application.asking import ENGLAND, Asked, request_of, viewer_of
from hub.application.calling import Met
from hub.application.circumstances import Asking, Bearing, borne, conflict_tag
from hub.application.deciding import Judged, decided_on_both, decided_with_answers
from hub.application.directory import Directory, DirectoryReader, User
from hub.application.earlier import Earlier
from hub.application.facts import Described
from hub.application.grounds import outcomes_of
from hub.application.leaving import AT_ONCE
from hub.application.policy_in_force import away
from hub.application.rule_six import Weighed, rule_six
from hub.application.training import LAPSED_TAG, has_lapsed, untrained
from hub.clock import Clock
from hub.errors import HubError, RefusedError
from hub.events.alerts import ProtectorAlert
from hub.events.decisions import NO_AGENCY, CheckpointSeen, DisclosureDecided, LinkState, ShownItem
from hub.software import software_version
from hub.store.log import LogReader
from hub.store.mapper import DraftEvent, StoredEvent
from hub.views.answers import answer_hash, item_hash, viewers_id
from policies.client import DecisionClient, DecisionUnavailableError
from policies.model import Position, Request, RequestError, Standing, Verdict

CHRONOLOGY: Final = "chronology"
READ_BY: Final = "read-by:"
IDENTITY_ONLY: Final = frozenset({"find", "identity", "identity-reviews", "identity-change"})


@dataclass(slots=True)
class Outcome:
    """What was decided, as it goes into the record; `beside` is recorded with it.

    `reviews` are the events about reviews of these records, and `records` all that was put before the policy.
    """

    kind: str
    person: UUID | None = None
    at: datetime | None = None
    as_of: int = 0
    decided_at: int = 0
    request: dict[str, Any] = field(default_factory=dict)
    question: dict[str, Any] = field(default_factory=dict)
    candidates: Mapping[UUID, UUID] = field(default_factory=dict)
    shown: list[dict[str, Any]] = field(default_factory=list)
    decided: list[tuple[UUID, Verdict]] = field(default_factory=list)
    refusal: str | None = None
    others: Sequence[UUID] = ()
    alerts: list[ProtectorAlert] | None = None
    beside: Sequence[DraftEvent] = ()
    reviews: Sequence[StoredEvent] = ()
    records: list[Sequence[Described]] = field(default_factory=list)
    judged: list[Judged] = field(default_factory=list)
    links: list[LinkState] = field(default_factory=list)
    corrected: int = 0

    @property
    def about(self) -> list[UUID]:
        """Return the persons that the question is about; more than one where several children may be meant."""
        return [*self.others] if self.person is None else [self.person]


class Records(Protocol):
    """Where decisions are recorded."""

    def record(self, decision: DisclosureDecided, about: Collection[UUID], met: Met) -> None:
        """Record a decision on persons, with what follows from what was met."""
        ...


class Reading:
    """The read side's use cases share this: who asks, the policy, and the record of every answer.

    The law is that of the moment of asking, unless somebody tries another with `law_at`. Answers leave as `leaving`
    says: at once where they are only tried again, on time where a hub is open. `checkpoint` gives the log's latest one.
    """

    def __init__(
        self,
        log: LogReader,
        directory: DirectoryReader,
        policy: DecisionClient,
        decisions: Records,
        clock: Clock,
        viewer_key: bytes,
        new_id: Callable[[], UUID] = uuid4,
        law_at: datetime | None = None,
    ) -> None:
        self.log = log
        self.directory = directory
        self._policy = policy
        self._decisions = decisions
        self._clock = clock
        self._viewer_key = viewer_key
        self.leaving = AT_ONCE
        self.checkpoint: Callable[[], CheckpointSeen | None] = lambda: None
        self._new_id = new_id
        self._law_at = law_at
        self.earlier = Earlier(log, self.item_id)

    def now(self) -> datetime:
        """Return the present moment."""
        return self._clock.now()

    def viewer(
        self, asked: Asked, kind: str, question: dict[str, Any], about: Sequence[UUID] = ()
    ) -> tuple[User, Directory, Outcome]:
        """Return who asks, the directory, and the outcome to come, both as of the head of the log.

        A question that may not be put is recorded and refused; as one about a person where it names one.
        """
        head = self.log.head()
        directory = self.directory.load(head)
        outcome = Outcome(kind, at=self.now(), as_of=head, decided_at=head, question=question, others=about)
        try:
            return viewer_of(asked, directory), directory, outcome
        except RefusedError as error:
            self.refuse(asked, directory, outcome, error)

    def decide(
        self,
        asked: Asked,
        user: User,
        directory: Directory,
        outcome: Outcome,
        records: Sequence[Described],
        bearing: Bearing,
    ) -> list[Verdict]:
        """Return the verdict on each record, added to the outcome; without a policy, fail closed and record that."""
        try:
            request = self._request(asked, user, directory, outcome, bearing)
            outcome.request = request.as_record()
            refused = untrained(self._policy, request)
            asked_of = (self._policy, request, records, directory, bearing)
            judged = decided_with_answers(*asked_of, outcome.reviews) if outcome.reviews else decided_on_both(*asked_of)
        except RequestError as error:
            self.refuse(asked, directory, outcome, RefusedError(str(error), code="bad-request"))
        except DecisionUnavailableError as error:
            self.refuse(asked, directory, outcome, away(error, "shown"))
        if refused is not None:
            self.refuse(asked, directory, outcome, refused)
        outcome.corrected += sum(record.standing is not Standing.CURRENT for record in records)
        verdicts = [each.verdict for each in judged]
        outcome.judged += judged
        outcome.decided += zip((record.event for record in records), verdicts, strict=True)
        outcome.records.append(records)
        return verdicts

    def _request(self, asked: Asked, user: User, directory: Directory, outcome: Outcome, bearing: Bearing) -> Request:
        request = request_of(
            asked, user, directory,
            person=outcome.person, as_of=outcome.as_of, decided_at=outcome.decided_at,
            now=self._law_at or outcome.at or self.now(),
            identity_only=outcome.kind in IDENTITY_ONLY,
        )  # fmt: skip
        return borne(request, bearing)

    def asking(self, user: User, outcome: Outcome) -> Asking:
        """Return for whom circumstances are looked at, on the day of the question."""
        day = (outcome.at or self.now()).astimezone(ENGLAND).date()
        return Asking(user.id, self.conflict_tag(user.id), user.agency, day)

    def read_by(self, viewer: str, person: UUID) -> str:
        """Return the tag of a viewer's decisions on a child, which names neither."""
        return f"{READ_BY}{viewers_id(self._viewer_key, viewer, person)}"

    def conflict_tag(self, user: str) -> str:
        """Return the tag of a user's conflicts of interest, which names nobody."""
        return conflict_tag(self._viewer_key, user)

    def item_id(self, viewer: str, event: UUID) -> str:
        """Return the id under which this viewer knows the event."""
        return viewers_id(self._viewer_key, viewer, event)

    def refuse(self, asked: Asked, directory: Directory, outcome: Outcome, error: HubError) -> NoReturn:
        """Record that nothing was shown and why, then raise the error."""
        outcome.refusal = error.code
        outcome.shown = []
        self.record(asked, directory, outcome)
        raise error

    def record(self, asked: Asked, directory: Directory, outcome: Outcome) -> DisclosureDecided:
        """Append the record of an answer and return it."""
        user = directory.users.get(asked.viewer)
        items = [ShownItem(id=item["id"], verdict=item["verdict"], hash=item_hash(item)) for item in outcome.shown]
        outcomes, grounds = outcomes_of(outcome.decided, outcome.judged)
        current, moment = outcome.as_of == outcome.decided_at, outcome.at or self.now()
        weighed = Weighed(asked.reason, outcomes, current, outcome.refusal, asked.stated, outcome.corrected)
        decision = DisclosureDecided(
            id=self._new_id(),
            at=moment,
            kind=outcome.kind,
            viewer=asked.viewer[:100] or "nobody",
            agency=user.agency if user else NO_AGENCY,
            operator=asked.operator[:100] or "nobody",
            purpose=asked.purpose[:100] or "none",
            reason=asked.reason[:20_000] or "none",
            person=outcome.person,
            as_of=outcome.as_of,
            decided_at=outcome.decided_at,
            policy_version=self._version(outcome),
            request=outcome.request,
            question=outcome.question,
            claims=asked.claims,
            candidates=dict(outcome.candidates),
            software=software_version(),
            refusal=outcome.refusal,
            answer_hash=answer_hash([item.hash for item in items]),
            shown=items,
            outcomes=outcomes,
            rule_six=rule_six(weighed),
            law_on=(self._law_at or moment).astimezone(ENGLAND).date(),
            previous=self._previous(asked.viewer, outcome),
            checkpoint=self.checkpoint(),
            grounds=grounds,
            links=outcome.links,
        )
        self._decisions.record(decision, outcome.about, self._met(decision, outcome, directory))
        return decision

    def _met(self, decision: DisclosureDecided, outcome: Outcome, directory: Directory) -> Met:
        # A search leaves a second record whether or not anybody is alerted: else the log's growth would tell.
        alerts = [] if outcome.alerts is None else [alerts_draft(self._new_id(), decision, outcome.alerts)]
        return Met(
            directory.reviews,
            outcome.decided,
            lambda: _records(outcome),
            lambda: self._told(decision, outcome),
            [*outcome.beside, *alerts],
            self._tags(decision),
        )

    def _tags(self, decision: DisclosureDecided) -> list[str]:
        lapsed = [LAPSED_TAG] if has_lapsed(decision) else []
        return lapsed if decision.person is None else [*lapsed, self.read_by(decision.viewer, decision.person)]

    def _previous(self, viewer: str, outcome: Outcome) -> UUID | None:
        """Return the last decision on the same child for the same viewer before this one was decided."""
        if outcome.person is None:
            return None
        return self.log.last_id(self.read_by(viewer, outcome.person), outcome.decided_at)

    def _told(self, decision: DisclosureDecided, outcome: Outcome) -> set[UUID]:
        """Return the events of the items that the viewer is told of."""
        if outcome.kind != CHRONOLOGY:
            return set()
        ids = {item.id for item in decision.shown}
        return {event for event, _ in outcome.decided if self.item_id(decision.viewer, event) in ids}

    def _version(self, outcome: Outcome) -> str:
        """Return the version in force where it was decided, or where it was refused before that."""
        at = Position(outcome.decided_at or self.log.head())
        try:
            return self._policy.version(at, (outcome.at or self.now()).astimezone(ENGLAND).date())
        except DecisionUnavailableError:
            return "unavailable"


def _records(outcome: Outcome) -> dict[UUID, Described]:
    return {record.event: record for records in outcome.records for record in records}
