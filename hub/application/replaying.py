"""Decide again what was decided, by the very code that decides, and compare with the record.

From the log as it ended then, the directory, links and policy of that position, and the moment of the record; what the
search indexes gave is taken from the record, since that is no function of the log. Nothing is shown and nothing added.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from hub.application.asking import Asked
from hub.application.calling import Met
from hub.application.candidates import RecordedCandidates
from hub.application.chronologies import ChronologyReader, Window
from hub.application.decisions import child_key
from hub.application.directory import Directory, directory_at
from hub.application.erasure_ledger import erased_by
from hub.application.finding import ChildFinder
from hub.application.linking import REVIEWS
from hub.application.reading import Reading
from hub.application.relay_records import disclosure_record, names_of
from hub.application.relay_view import RelayView
from hub.application.replay_difference import Difference, differences
from hub.application.reviewing import ReviewList
from hub.application.supposing import Linked, SupposedLog
from hub.clock import FixedClock
from hub.errors import HubError
from hub.events.decisions import DISCLOSED, DisclosureDecided
from hub.software import software_version
from hub.store.log import EventLog, LogReader
from hub.store.mapper import StoredEvent
from hub.store.past_log import PastLog
from hub.views.answers import answer_hash
from policies.client import DecisionClient

_AWAY: Final = "decision-unavailable"
_DAMAGED: Final = frozenset({"row-damaged", "key-damaged", "key-missing"})


class Ending(StrEnum):
    """How the replay of one decision ended."""

    SAME = "same"
    DIFFERENT = "different"
    NOTHING_DECIDED = "nothing-decided"


class Cause(StrEnum):
    """Why a decision could not be had again as it was."""

    ROW_DAMAGED = "row-damaged"
    KEY_ERASED = "key-erased"
    POLICY_UNUSABLE = "policy-unusable"
    CODE_CHANGED = "code-changed"
    UNEXPLAINED = "unexplained"


CAUSE_SENTENCES: Final[Mapping[Cause, str]] = {
    Cause.ROW_DAMAGED: "A row that it rested on does not open: the log or a key was damaged.",
    Cause.KEY_ERASED: "What it rested on was erased since.",
    Cause.POLICY_UNUSABLE: "The policy text of that time cannot be used by this software.",
    Cause.CODE_CHANGED: "Other software decided then than decides now.",
    Cause.UNEXPLAINED: "Nothing that is known explains it.",
}


@dataclass(frozen=True, slots=True)
class Replay:
    """What came of one decision."""

    decision: UUID
    ending: Ending
    verdicts: int = 0
    cause: Cause | None = None
    place: str | None = None
    differences: tuple[Difference, ...] = ()


class _Kept:
    """Keeps the record of a decision instead of adding it to the log."""

    def __init__(self) -> None:
        self.decision: DisclosureDecided | None = None

    def record(self, decision: DisclosureDecided, about: Collection[UUID], met: Met) -> None:
        """Keep a decision; what followed from it has followed."""
        _ = about, met
        self.decision = decision


@dataclass(frozen=True, slots=True)
class _PastDirectory:
    log: LogReader

    def load(self, upto: int | None = None) -> Directory:
        """Return the directory as it stood at a position, or when the log ended."""
        return directory_at(self.log, self.log.head() if upto is None else upto)


class Replayer:
    """Takes decisions again; the policy decides by the version in force at a request's own position and day."""

    def __init__(self, log: EventLog, policy: DecisionClient, viewer_key: bytes) -> None:
        self._log = log
        self._policy = policy
        self._viewer_key = viewer_key

    def replay(self, decision: DisclosureDecided) -> Replay:
        """Return how a decision and its record compare; raises nothing but where the database is away."""
        if decision.child_erased and (decision.kind in _AGAIN or decision.kind == DISCLOSED):
            place = self._by_erasure_of({child_key(decision.id)})
            return Replay(decision.id, Ending.DIFFERENT, cause=Cause.KEY_ERASED, place=place)
        try:
            replayed = self.again(decision, self._policy)
        except HubError as error:
            if error.code not in _DAMAGED:
                raise
            return Replay(decision.id, Ending.DIFFERENT, cause=Cause.ROW_DAMAGED, place=error.place)
        if replayed is None:
            return Replay(decision.id, Ending.NOTHING_DECIDED)
        return self._compared(decision, replayed)

    def again(
        self,
        decision: DisclosureDecided,
        policy: DecisionClient,
        law_at: datetime | None = None,
        linked: Linked | None = None,
    ) -> DisclosureDecided | None:
        """Return the record that a policy, the law of a moment or a link would have left; None of what decided nothing.

        Raises `HubError` where a row that it rests on does not open, or the database is away.
        """
        return self._asked_again(decision, policy, law_at, linked)[0]

    def answer(self, decision: DisclosureDecided) -> Any:
        """Return what a decision answered, made again, None where it was refused.

        Raises `HubError`: `replay-differs` where it is not the same to the byte as what was recorded.
        """
        replayed, answer = self._asked_again(decision, self._policy, None)
        if replayed is None or differences(decision, replayed):
            raise HubError(
                "The answer cannot be had again as it was: mash decisions replay says why.", code="replay-differs"
            )
        return answer

    def _asked_again(
        self, decision: DisclosureDecided, policy: DecisionClient, law_at: datetime | None, linked: Linked | None = None
    ) -> tuple[DisclosureDecided | None, Any]:
        ask = _AGAIN.get(decision.kind)
        if (ask is None and decision.kind != DISCLOSED) or decision.refusal == _AWAY or decision.child_erased:
            return None, None
        past: LogReader = PastLog(self._log, decision.decided_at)
        if linked is not None:
            past = SupposedLog(past, linked.stored(decision.at))
        if decision.kind == DISCLOSED:
            return self._relayed_again(decision, policy, past, law_at), None
        assert ask is not None  # noqa: S101 - what is neither relayed nor asked was left out above
        kept = _Kept()
        clock = FixedClock(decision.at)
        reading = Reading(
            past, _PastDirectory(past), policy, kept, clock, self._viewer_key, lambda: decision.id, law_at
        )  # fmt: skip
        answer = None
        try:
            answer = ask(reading, decision)
        except HubError:
            if kept.decision is None:
                raise
        return kept.decision, answer

    def _relayed_again(
        self, decision: DisclosureDecided, policy: DecisionClient, past: LogReader, law_at: datetime | None
    ) -> DisclosureDecided:
        """Return the record of what the relay decides on the same item; nothing decided where it is not considered."""
        assert decision.person is not None  # noqa: S101 - the relay records nothing that is about nobody
        view, moment = RelayView(past, policy, self._viewer_key), law_at or decision.at
        directory = _PastDirectory(past).load()
        child = view.child(decision.person, decision.decided_at, directory)
        considered = view.considered(child, decision.agency, directory, moment)
        told = decision.question
        for found in considered:
            if (found.agreement.id, found.answer["id"]) == (told["agreement"], told["item"]):
                version = view.version(decision.decided_at, moment)
                names = names_of(self._viewer_key)
                again = disclosure_record(names, child, decision.agency, found, version, decision.at)
                return again.model_copy(update={"id": decision.id, "software": decision.software})
        return decision.model_copy(update={"shown": [], "outcomes": [], "grounds": [], "answer_hash": answer_hash([])})

    def _compared(self, recorded: DisclosureDecided, replayed: DisclosureDecided) -> Replay:
        found = tuple(differences(recorded, replayed))
        if not found:
            return Replay(recorded.id, Ending.SAME, verdicts=len(recorded.decided))
        cause, place = self._cause(recorded, replayed)
        return Replay(recorded.id, Ending.DIFFERENT, len(recorded.decided), cause, place, found)

    def _cause(self, recorded: DisclosureDecided, replayed: DisclosureDecided) -> tuple[Cause, str | None]:
        if replayed.refusal == _AWAY:
            return Cause.POLICY_UNUSABLE, None
        if erased := self._erased(each.event for each in (*recorded.decided, *replayed.decided)):
            return Cause.KEY_ERASED, self._by_erasure(erased)
        return Cause.CODE_CHANGED if recorded.software != software_version() else Cause.UNEXPLAINED, None

    def _erased(self, events: Iterable[UUID]) -> list[StoredEvent]:
        tags = sorted({f"event:{event}" for event in events})
        return [stored for stored in self._log.read(tags) if None in stored.parts.values()] if tags else []

    def _by_erasure(self, erased: Iterable[StoredEvent]) -> str | None:
        """Return by which erasure it was and when, as far as the log says."""
        tags = (tag.partition(":") for stored in erased for tag in stored.tags)
        return self._by_erasure_of({UUID(name) for kind, _, name in tags if kind in {"subject", "party"}})

    def _by_erasure_of(self, subjects: Iterable[UUID]) -> str | None:
        found = erased_by(self._log, subjects)
        return found and f"by erasure {found[0]} on {found[1].isoformat()}"


def _asked(decision: DisclosureDecided) -> Asked:
    claims = decision.claims
    empty = frozenset(claims["empty"])
    return Asked(
        "" if "viewer" in empty else decision.viewer,
        decision.operator,
        "" if "purpose" in empty else decision.purpose,
        "" if "reason" in empty else decision.reason,
        tuple(claims["bases"]),
        claims["risk"],
        claims["emergency"],
        claims.get("stated", {}),
    )


def _chronology(reading: Reading, decision: DisclosureDecided) -> dict[str, Any]:
    question = decision.question
    window = Window(_day(question["start"]), _day(question["end"]))
    as_of = None if question["as_of"] is None else datetime.fromisoformat(question["as_of"])
    return ChronologyReader(reading).read(UUID(question["person"]), _asked(decision), as_of=as_of, window=window)


def _find(reading: Reading, decision: DisclosureDecided) -> None:
    question = decision.question
    ChildFinder(reading, RecordedCandidates(decision.candidates)).find(
        _asked(decision),
        identifier=question["identifier"],
        family=question["family"],
        given=question["given"],
        born=_day(question["born"]),
    )


def _identity(reading: Reading, decision: DisclosureDecided) -> None:
    finder = ChildFinder(reading, RecordedCandidates(decision.candidates))
    finder.show(UUID(decision.question["person"]), _asked(decision))


def _reviews(reading: Reading, decision: DisclosureDecided) -> None:
    ReviewList(reading, RecordedCandidates(decision.candidates)).open(_asked(decision))


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


_AGAIN: Final[Mapping[str, Callable[[Reading, DisclosureDecided], Any]]] = {
    "chronology": _chronology,
    "find": _find,
    "identity": _identity,
    REVIEWS: _reviews,
}
