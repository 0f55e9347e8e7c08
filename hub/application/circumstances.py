"""What people recorded on a child beside the records, as it bears on one viewer's question now. Decides nothing.

It is read with the child's records, at the position that is decided on, whatever moment is asked about: what hides
today hides in every earlier moment, and what was permitted then and is not now stays shut.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final
from uuid import UUID

from hub.application.consents import Said
from hub.application.partnership_facts import PARTNERSHIP
from hub.contract.canonical import canonical
from hub.events.circumstances import (
    CIRCUMSTANCES,
    CallerRungBack,
    Circumstance,
    CircumstanceEnded,
    HiddenIdentity,
    HolderAnswer,
    Mark,
    ReasonableCauseRecorded,
    RecordMarked,
    RecordsHidden,
    SharingDetermined,
    StrategyDiscussionCalled,
)
from hub.store.mapper import DraftEvent, DraftPart, StoredEvent
from hub.views.answers import viewers_id
from policies.model import Determination, Request, Shield

CIRCUMSTANCE_PART: Final = "circumstance"
BEARING: Final = "bearing:"
CONFLICT: Final = "conflict:"
_PARTY: Final = "party:"
_SHIELDS: Final = {HiddenIdentity.PROTECTED: Shield.IDENTITY, HiddenIdentity.BIRTH: Shield.ADOPTION}
_DETERMINED: Final = {
    HolderAnswer.RELEVANT_AND_HELPS: Determination.RELEVANT,
    HolderAnswer.NOT_RELEVANT: Determination.NOT_RELEVANT,
    HolderAnswer.DOES_NOT_HELP: Determination.NOT_RELEVANT,
    HolderAnswer.MORE_DETRIMENTAL: Determination.MORE_DETRIMENTAL,
}
_MARKS: Final = {Mark.FABRICATED_ILLNESS: "fabricated_illness", Mark.OTHER_HOUSEHOLD: "other_household"}
Traits = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Bearing:
    """What bears on all records of a child, on those of some subjects, and on single ones by their first event."""

    shields: tuple[Shield, ...] = ()
    reasonable_cause: bool = False
    strategy_member: bool = False
    called_back: bool = False
    of_subject: Mapping[UUID, tuple[Shield, ...]] = field(default_factory=dict)
    of_record: Mapping[UUID, Traits] = field(default_factory=dict)
    consents: tuple[Said, ...] = ()


NOTHING_BEARS: Final = Bearing()


@dataclass(frozen=True, slots=True)
class Asking:
    """For whom circumstances are looked at: the viewer, the tag of their conflicts, their agency, England's day."""

    user: str
    conflict_tag: str
    agency: str
    day: date


@dataclass(frozen=True, slots=True)
class Standing:
    """A circumstance that was not ended; `fact` is None where its key was destroyed, and its tags still hide."""

    id: UUID
    type: str
    tags: tuple[str, ...]
    fact: Circumstance | None

    @property
    def bears_on(self) -> frozenset[UUID]:
        """The subjects and persons that it bears on."""
        return frozenset(UUID(tag[len(BEARING) :]) for tag in self.tags if tag.startswith(BEARING))


def conflict_tag(viewer_key: bytes, user: str) -> str:
    """Return the tag of a user's conflicts of interest, which names nobody."""
    return f"{CONFLICT}{viewers_id(viewer_key, user, PARTNERSHIP)}"


def circumstance_draft(event_id: UUID, fact: Circumstance | CircumstanceEnded, tags: Iterable[str]) -> DraftEvent:
    """Return the draft of a circumstance, sealed under a key of its own."""
    part = DraftPart(CIRCUMSTANCE_PART, event_id, {"fact": canonical(fact.model_dump(mode="json"))})
    return DraftEvent(event_id, type(fact).__name__, tuple(dict.fromkeys(tags)), (part,))


def standing(stored: Iterable[StoredEvent]) -> list[Standing]:
    """Return the circumstances among events that were not ended, in log order."""
    ended: set[UUID] = set()
    found: list[Standing] = []
    for each in stored:
        part = each.parts.get(CIRCUMSTANCE_PART)
        if each.type == CircumstanceEnded.__name__:
            ended |= {CircumstanceEnded.model_validate(part["fact"], strict=False).ends} if part else set()
        elif (model := CIRCUMSTANCES.get(each.type)) is not None:
            fact = model.model_validate(part["fact"], strict=False) if part else None
            found.append(Standing(each.id, each.type, each.tags, fact))
    return [each for each in found if each.id not in ended]


def bearing_on(
    person: UUID,
    linked: Collection[UUID],
    beside: Sequence[StoredEvent],
    events: Iterable[StoredEvent],
    asking: Asking,
    shields: tuple[Shield, ...] = (),
) -> Bearing:
    """Return what bears on a person's records for one viewer; `events` are those records', looked at for kin."""
    if not beside:
        return Bearing(shields)
    found = [each for each in standing(beside) if in_force(each, asking.day)]
    opening = [each.fact for each in found if _opens(each.fact, person, linked)]
    hidden = _hidden(found)
    hiding = {*shields}
    if any(_betrays_place(each, linked) for each in found):
        hiding.add(Shield.LOCATION)
    if _conflicted(found, linked, events, asking):
        hiding.add(Shield.CONFLICT_OF_INTEREST)
    return Bearing(
        tuple(sorted(hiding)),
        reasonable_cause=any(isinstance(fact, ReasonableCauseRecorded) for fact in opening),
        strategy_member=any(
            isinstance(fact, StrategyDiscussionCalled) and asking.user in fact.members for fact in opening
        ),
        called_back=any(isinstance(fact, CallerRungBack) and asking.user == fact.user for fact in opening),
        of_subject={subject: (shield,) for subject, shield in hidden.items()},
        of_record=_of_records(found, asking),
    )


def bearing_apart(held: Mapping[UUID, Sequence[StoredEvent]], stored: Iterable[StoredEvent], asking: Asking) -> Bearing:
    """Return what bears on records that are looked at each by itself, whoever they are about: only what hides them."""
    beside = [each for each in stored if CIRCUMSTANCE_PART in each.parts]
    if not beside:
        return NOTHING_BEARS
    found = [each for each in standing(beside) if in_force(each, asking.day)]
    hidden: dict[UUID, tuple[Shield, ...]] = {subject: (shield,) for subject, shield in _hidden(found).items()}
    for subject, events in held.items():
        if _conflicted(found, {subject}, events, asking):
            hidden[subject] = (*hidden.get(subject, ()), Shield.CONFLICT_OF_INTEREST)
    return Bearing(of_subject=hidden)


def also_said(bearing: Bearing, said: Mapping[UUID, Traits]) -> Bearing:
    """Return what bears on records, with what else was said of single ones."""
    if not said:
        return bearing
    known = bearing.of_record
    return replace(bearing, of_record={**known, **{name: {**known.get(name, {}), **said[name]} for name in said}})


def borne(request: Request, bearing: Bearing) -> Request:
    """Return a request with what bears on it."""
    return replace(
        request,
        reasonable_cause=bearing.reasonable_cause,
        strategy_member=bearing.strategy_member,
        called_back=bearing.called_back,
    )


def in_force(each: Standing, day: date) -> bool:
    """Say whether the last day of a circumstance is not past."""
    return each.fact is None or each.fact.until is None or day <= each.fact.until


def _opens(fact: Circumstance | None, person: UUID, linked: Collection[UUID]) -> bool:
    """Say whether what opens may open here: for the person it was said of, or whoever has all that person's records."""
    if fact is None:
        return False
    return fact.person == person or (bool(fact.records) and set(fact.records) <= set(linked))


def _hidden(found: Iterable[Standing]) -> dict[UUID, Shield]:
    """Return the shield of each hidden record; the stricter of two, and the strictest where its key was destroyed."""
    hidden: dict[UUID, Shield] = {}
    for each in found:
        if each.type != RecordsHidden.__name__:
            continue
        if not isinstance(each.fact, RecordsHidden):
            hidden |= dict.fromkeys(each.bears_on, Shield.IDENTITY)
            continue
        shield = _SHIELDS[each.fact.identity]
        hidden |= {subject: shield for subject in each.fact.records if hidden.get(subject) is not Shield.IDENTITY}
    return hidden


def _betrays_place(each: Standing, linked: Collection[UUID]) -> bool:
    """Say whether a protected identity is a person's, so that no place in the person's other records may be seen."""
    if each.type != RecordsHidden.__name__ or each.bears_on.isdisjoint(linked):
        return False
    return not isinstance(each.fact, RecordsHidden) or each.fact.identity is HiddenIdentity.PROTECTED


def _conflicted(
    found: Iterable[Standing], linked: Collection[UUID], events: Iterable[StoredEvent], asking: Asking
) -> bool:
    """Say whether the viewer is related to somebody here: by a record of the child's, or by one of their household."""
    theirs = {subject for each in found if asking.conflict_tag in each.tags for subject in each.bears_on}
    if not theirs:
        return False
    return not theirs.isdisjoint({*linked, *parties_of(events)})


def parties_of(events: Iterable[StoredEvent]) -> set[UUID]:
    """Return the records of those who are named in events beside the child."""
    return {UUID(tag[len(_PARTY) :]) for each in events for tag in each.tags if tag.startswith(_PARTY)}


def _of_records(found: Iterable[Standing], asking: Asking) -> Mapping[UUID, Traits]:
    """Return what was said of single records, the latest word on each."""
    said: dict[UUID, dict[str, Any]] = {}
    for each in found:
        match each.fact:
            case SharingDetermined(event=event, recipient=recipient) if recipient in {None, asking.agency}:
                said.setdefault(event, {})["determination"] = _DETERMINED[each.fact.answer]
            case RecordMarked(event=event, mark=mark):
                said.setdefault(event, {})[_MARKS[mark]] = True
    return said
