"""Record what bears on a child beside agencies' records: who may, on whom, with a reason.

A child that the hub does not know is recorded on like any other, and nothing is said of the difference: whoever may not
know of a child learns nothing by recording. Every attempt leaves a record, the refused ones too.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID, uuid4

from hub.application.asking import Asked, question_of
from hub.application.checked import checked
from hub.application.circumstances import BEARING, CIRCUMSTANCE_PART, circumstance_draft
from hub.application.directory import Directory, User
from hub.application.linking import Held
from hub.application.links import current_person, persons_in_log, read_person
from hub.application.looking_again import DETERMINATIONS
from hub.application.reading import Reading
from hub.application.sources import source_event
from hub.chronology.build import chronology
from hub.chronology.items import Item
from hub.errors import ConflictError, HubError, RefusedError, UsageError
from hub.events.circumstances import (
    CIRCUMSTANCES,
    CallerRungBack,
    Circumstance,
    CircumstanceEnded,
    ConflictRecorded,
    HiddenIdentity,
    HolderAnswer,
    Mark,
    ReasonableCauseRecorded,
    RecordMarked,
    RecordsHidden,
    SharingDetermined,
    StrategyDiscussionCalled,
)
from hub.events.concern import CHILD_PART, PERSON_PART
from hub.identity.links import subjects_of
from hub.store.log import EventLog
from hub.store.mapper import StoredEvent
from hub.store.vault import KeyVault
from policies.model import Role

KIND: Final = "circumstance"
_SOCIAL_WORK: Final = frozenset(
    {Role.ALLOCATED_SOCIAL_WORKER, Role.EMERGENCY_DUTY_TEAM, Role.MASH_MANAGER, Role.CHILD_PROTECTION_POLICE}
)
_HOLDER: Final = frozenset({Role.INFORMATION_OWNER, Role.CALDICOTT_GUARDIAN})
ROLES: Final[Mapping[type[Circumstance], frozenset[Role]]] = {
    ReasonableCauseRecorded: _SOCIAL_WORK,
    StrategyDiscussionCalled: _SOCIAL_WORK - {Role.CHILD_PROTECTION_POLICE},
    CallerRungBack: frozenset({Role.MASH_ANALYST, Role.MASH_MANAGER, Role.EMERGENCY_DUTY_TEAM}),
    ConflictRecorded: frozenset({Role.MASH_MANAGER, Role.CALDICOTT_GUARDIAN, Role.DATA_PROTECTION_OFFICER}),
    RecordsHidden: frozenset({Role.MASH_MANAGER, Role.ADOPTION_RECORDS_OFFICER}),
    SharingDetermined: _HOLDER,
    RecordMarked: _HOLDER | {Role.DESIGNATED_DOCTOR, Role.MASH_MANAGER},
}
_NEVER_KIN: Final = frozenset({"worker", "place", "peer-group"})


@dataclass(frozen=True, slots=True)
class _Child:
    """A person as asked about, the records taken for theirs now, and these records' events."""

    person: UUID
    records: list[UUID]
    events: list[StoredEvent]


class Recorder:
    """Records circumstances; raises `RefusedError` where the user has no role that may."""

    def __init__(self, log: EventLog, reading: Reading, vault: KeyVault) -> None:
        self._log = log
        self._reading = reading
        self._vault = vault

    def reasonable_cause(self, child: UUID, asked: Asked, *, until: date | None = None) -> UUID:
        """Record that there is reasonable cause to suspect significant harm to a child."""
        with self._change(asked, ReasonableCauseRecorded, child=child):
            return self._add(asked, ReasonableCauseRecorded, self._child(child), until=until)

    def strategy_discussion(
        self, child: UUID, members: Sequence[str], asked: Asked, *, until: date | None = None
    ) -> UUID:
        """Record who takes part in the strategy discussion about a child."""
        with self._change(asked, StrategyDiscussionCalled, child=child, members=", ".join(members)) as directory:
            for member in members:
                _known_user(directory, member)
            return self._add(asked, StrategyDiscussionCalled, self._child(child), members=list(members), until=until)

    def call_back(self, child: UUID, user: str, number_from: str, asked: Asked, *, until: date | None = None) -> UUID:
        """Record that a user of another area was rung back at a number known to be their authority's."""
        with self._change(asked, CallerRungBack, child=child, user=user) as directory:
            _known_user(directory, user)
            return self._add(
                asked, CallerRungBack, self._child(child), user=user, number_from=number_from, until=until
            )  # fmt: skip

    def conflict(self, user: str, children: Sequence[UUID], asked: Asked) -> UUID:
        """Record that a user is related to somebody in these children's records, or in those of their household."""
        with self._change(asked, ConflictRecorded, user=user, child=", ".join(map(str, children))) as directory:
            _known_user(directory, user)
            met = [self._child(child) for child in children]
            whole = _Child(met[0].person, [each for one in met for each in one.records], [])
            household = sorted({kin for one in met for kin in self._kin(one)})
            tags = [
                self._reading.conflict_tag(user),
                *(f"{BEARING}{each}" for each in (*household, *(one.person for one in met))),
            ]
            return self._add(asked, ConflictRecorded, whole, tags, user=user, household=household)

    def hide(self, identity: HiddenIdentity, records: Sequence[Held], asked: Asked) -> UUID:
        """Record that some records are somebody's protected or birth identity, which nobody may connect with them."""
        named = ", ".join(f"{held.agency}/{held.reference}" for held in records)
        with self._change(asked, RecordsHidden, identity=identity, records=named):
            hidden = [self._subject(held) for held in records]
            persons = sorted(set(persons_in_log(self._log, hidden).values()))
            theirs = {each for person in persons for each in self._child(person).records}
            beside = sorted(theirs - set(hidden))
            whole = _Child(persons[0], hidden, []) if persons else _Child(hidden[0], hidden, [])
            tags = [f"{BEARING}{each}" for each in beside]
            return self._add(asked, RecordsHidden, whole, tags, identity=identity, beside=beside)

    def determine(
        self,
        child: UUID,
        item: str,
        answer: HolderAnswer,
        asked: Asked,
        *,
        recipient: str | None = None,
        review_on: date | None = None,
    ) -> UUID:
        """Record the holder's answer under s16LA on one record of its own, by the id under which it knows it."""
        with self._change(asked, SharingDetermined, child=child, item=item, answer=answer) as directory:
            user = directory.user(asked.viewer)
            if recipient is not None:
                directory.agency(recipient)
            found = self._child(child)
            record = self._item(found, item, user)
            if record.agency != user.agency:
                raise _no_such_item()
            return self._add(
                asked, SharingDetermined, found, [DETERMINATIONS],
                event=record.first, answer=answer, recipient=recipient, review_on=review_on,
            )  # fmt: skip

    def mark(self, child: UUID, item: str, mark: Mark, asked: Asked) -> UUID:
        """Record what one record is about, by the id under which the user knows it."""
        with self._change(asked, RecordMarked, child=child, item=item, mark=mark) as directory:
            found = self._child(child)
            record = self._item(found, item, directory.user(asked.viewer))
            return self._add(asked, RecordMarked, found, event=record.first, mark=mark)

    def end(self, circumstance: UUID, asked: Asked) -> None:
        """Record that a circumstance no longer stands; raises `ConflictError` where it was ended already."""
        stored = [each for each in self._log.read([f"event:{circumstance}"]) if CIRCUMSTANCE_PART in each.parts]
        kind = CIRCUMSTANCES.get(stored[0].type) if stored else None
        with self._change(asked, kind, ends=circumstance):
            if kind is None:
                raise UsageError("There is nothing recorded under this id.", code="unknown-circumstance")
            tags = [tag for tag in stored[0].tags if not tag.startswith("event:")]
            after = self._log.read(tags, after=stored[0].position)
            if any(_ends(each, circumstance) for each in after):
                raise ConflictError("This was ended already.", code="circumstance-ended")
            ended = checked(CircumstanceEnded, ends=circumstance, reason=asked.reason, by=asked.viewer)
            self._append(uuid4(), ended, tags)

    @contextmanager
    def _change(self, asked: Asked, kind: type[Circumstance] | None, **told: object) -> Iterator[Directory]:
        """Yield the directory where the user may; that it was done, or why not, is recorded."""
        question = question_of(change=kind.__name__ if kind else "unknown", **told)
        user, directory, outcome = self._reading.viewer(asked, KIND, question)
        try:
            if kind is not None and ROLES[kind].isdisjoint(map(Role, user.roles)):
                raise RefusedError(f"This is for {_named(ROLES[kind])}.", code="not-for-this-role")
            yield directory
        except HubError as error:
            self._reading.refuse(asked, directory, outcome, error)
        self._reading.record(asked, directory, outcome)

    def _add(self, asked: Asked, kind: type[Circumstance], on: _Child, tags: Sequence[str] = (), **told: Any) -> UUID:
        fact = checked(kind, person=on.person, records=on.records, reason=asked.reason, by=asked.viewer, **told)
        made = uuid4()
        self._append(made, fact, [*(f"{BEARING}{each}" for each in (on.person, *on.records)), *tags])
        return made

    def _append(self, made: UUID, fact: Circumstance | CircumstanceEnded, tags: Sequence[str]) -> None:
        self._vault.make([made])
        self._log.append([circumstance_draft(made, fact, tags)], at=self._reading.now())

    def _child(self, person: UUID) -> _Child:
        log = self._log
        head = log.head()
        current = current_person(log, person, upto=head)
        known = read_person(log, current, upto=head)
        linked = subjects_of(current, known.facts, as_of=head, now=head)
        events = [each for each in known.events if CHILD_PART in each.parts and source_event(each).subject in linked]
        return _Child(current, sorted(linked), events)

    def _item(self, child: _Child, item: str, user: User) -> Item:
        """Return the item that the user knows by an id; one that they were never shown is as one that is not there."""
        items = chronology([source_event(each) for each in child.events], as_of=self._log.head())
        for each in items:
            if self._reading.item_id(user.id, each.event) == item:
                return each
        raise _no_such_item()

    def _kin(self, child: _Child) -> set[UUID]:
        """Return the records of the others named in a child's records, but for those who work with the child."""
        found = {
            self._vault.find_subject(source_event(stored).agency, people["reference"])
            for stored in child.events
            for name, part in stored.parts.items()
            if name.startswith(PERSON_PART) and part is not None
            if (people := part["people"]).get("reference") and people["kind"] not in _NEVER_KIN
        }
        return {each for each in found if each is not None}

    def _subject(self, held: Held) -> UUID:
        subject = self._vault.find_subject(held.agency, held.reference)
        if subject is None:
            raise UsageError("There is no such record.", code="unknown-record")
        return subject


def _ends(stored: StoredEvent, circumstance: UUID) -> bool:
    part = stored.parts.get(CIRCUMSTANCE_PART)
    if stored.type != CircumstanceEnded.__name__ or part is None:
        return False
    return bool(part["fact"]["ends"] == str(circumstance))


def _known_user(directory: Directory, user: str) -> None:
    if user not in directory.users:
        raise UsageError(f"There is no user {user!r} in this partnership.", code="unknown-user")


def _named(roles: frozenset[Role]) -> str:
    return " or ".join(sorted(role.value.replace("-", " ") for role in roles))


def _no_such_item() -> UsageError:
    return UsageError("You know no such record: give its id as your chronology shows it.", code="unknown-item")
