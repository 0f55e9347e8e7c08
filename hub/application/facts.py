"""Describe a record to the policy: from its sections to the words that rules may read. Nothing is decided here."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from hub.application.agreements import Agreement, allowing
from hub.application.circumstances import NOTHING_BEARS, Bearing
from hub.application.consents import Consent, Said, states
from hub.application.directory import Directory
from hub.chronology.items import FlagCode, Item, Status
from hub.chronology.source import SourceEvent
from hub.events.directory import beginning
from policies.model import (
    AgencyId,
    ChildAge,
    EventAge,
    Facts,
    Linkage,
    Purpose,
    Request,
    Role,
    Shield,
    Standing,
    Written,
    child_age,
    event_age,
    read_traits,
)

Sections = Mapping[str, Any]
_NOTHING: Mapping[str, Any] = {}
_STANDINGS = {status: Standing.CURRENT if status is Status.ERASED else Standing(status.value) for status in Status}
_SHIELDING_LABELS = frozenset({"refuge", "address-confidential", "pds-restricted", "witness-protection"})
_SHIELDING_CONFIDENTIALITY = frozenset({"R", "V", "REDACTED"})
_MASH = frozenset({Role.MASH_ANALYST, Role.MASH_MANAGER, Role.MASH_INFORMATION_MANAGER})
_DEATHS = frozenset({"death", "child-death-notification"})
_NEVER_TOLD = frozenset({"covert", "informant", "staff-allegation"})
_COVERT = frozenset({"A1", "A2"})
_BEGINNING = dt.datetime.min.replace(tzinfo=dt.UTC)
_LOST = ("label-lost-by-erasure",)
_UNTOLD: Mapping[str, Any] = {"post_closure": False, "asked_now": None}


class Described(NamedTuple):
    """One record that is put before the policy: an item, an earlier version of one, a note, a subject's identity.

    `subject` is the agency's record that it is in, and `thread` the event with which it began. `now` is what its thread
    says today, where that is something else: only what both permit may be shown.
    """

    event: UUID
    agency: str
    type: str | None
    sections: Sections | None
    standing: Standing
    post_closure: bool = False
    asked_now: Sections | None = None
    now: "Described | None" = None
    subject: UUID | None = None
    thread: UUID | None = None
    known: dt.datetime | None = None
    linkage: Linkage = Linkage.CERTAIN


def described_now(items: Iterable[Item], types: Mapping[UUID, str]) -> dict[UUID, Described]:
    """Return, by every event of an item's thread, what the item is now.

    `types` has each event's type as the log says it in the clear: of an erased one it is all that rules can go by.
    """
    now: dict[UUID, Described] = {}
    for item in items:
        own = _own(item, types)
        now[item.event] = own
        if item.history or item.notes:
            now.update((version.event, own) for version in item.history)
            now.update((note.event, own) for note in item.notes)
    return now


def described_item(item: Item, now: Mapping[UUID, Described], types: Mapping[UUID, str]) -> list[Described]:
    """Return an item and then what else it would tell: its earlier versions and the notes on it.

    Handling, sensitivity and consent are those that the owner asks for now, whatever was known of the item then.
    """
    today = now[item.event]
    own = today if item.event == today.event and item.sections is today.sections else _own(item, types)
    if not item.history and not item.notes:
        return [_beside(own, today)]
    before = [
        own._replace(event=version.event, sections=version.sections, standing=Standing.CORRECTED, **_UNTOLD)
        for version in item.history
    ]
    notes = [
        own._replace(
            event=note.event, sections=note.sections, standing=Standing.CURRENT, now=now[note.event], **_UNTOLD
        )
        for note in item.notes
    ]
    return [*(_beside(record, now[record.event]) for record in (own, *before)), *notes]


def _own(item: Item, types: Mapping[UUID, str]) -> Described:
    closed = bool(item.flags) and any(flag.code is FlagCode.AFTER_CLOSURE for flag in item.flags)
    kind = item.type or types.get(item.event)
    standing = _STANDINGS[item.status]
    return Described(
        item.event, item.agency, kind, item.sections, standing, closed, item.sections, None, item.subject, item.first,
        item.known,
    )  # fmt: skip


def _beside(record: Described, now: Described) -> Described:
    return record if record is now else record._replace(asked_now=now.sections, now=now)


def is_apart(sections: Sections | None) -> bool:
    """Say whether a record is of a covert matter, an informant or a worker, or was erased: nobody is told."""
    if sections is None:
        return True
    labels = set(sections.get("sharing", {}).get("sensitivity", ()))
    conditions = set(sections.get("source", {}).get("handling", {}).get("conditions", ()))
    kind = sections.get("subject", {}).get("kind")
    return bool(
        labels & _NEVER_TOLD
        or conditions & _COVERT
        or kind == "worker"
        or sections.get("what", {}).get("type") == "lado-allegation"
    )


def shields_of(everything: Iterable[SourceEvent]) -> tuple[Shield, ...]:
    """Return the shields that stand over a person now, from all their records, whichever agency's and whenever known.

    One agency's refuge label shields the whereabouts in every agency's records: else the new address would stand,
    unlabelled, in the next one (ContactPoint practice: shields are applied before any practitioner has access). Who
    lives with a child tells where the child is, so the others in a record count as the child does. What was erased
    may have asked for a shield: unknown means shielded.
    """
    return (Shield.LOCATION,) if any(map(_shields, everything)) else ()


def _shields(event: SourceEvent) -> bool:
    if event.sections is None or None in event.people:
        return True
    others = (part["people"].get("person", _NOTHING) for part in event.people if part is not None)
    return _shielding(event.sections) or any(_is_hidden(other, other.get("addresses", ())) for other in others)


def _shielding(sections: Sections) -> bool:
    labels = sections.get("sharing", _NOTHING).get("sensitivity", ())
    person = sections.get("subject", _NOTHING).get("person", _NOTHING)
    where = sections.get("location", _NOTHING)
    places = (*where.get("addresses", ()), *where.get("places", ()))
    return not _SHIELDING_LABELS.isdisjoint(labels) or _is_hidden(person, places)


def _is_hidden(person: Sections, places: Iterable[Sections]) -> bool:
    return person.get("confidentiality") in _SHIELDING_CONFIDENTIALITY or any(
        place.get("confidential") or place.get("kind") == "refuge" for place in places
    )


class Around(NamedTuple):
    """What stands around all records of one question alike: what bears on them, and this viewer's part."""

    bearing: Bearing = NOTHING_BEARS
    involved: bool = False
    deceased: bool = False
    answered: frozenset[UUID] = frozenset()


def around(records: Sequence[Described], bearing: Bearing, request: Request) -> Around:
    """Return what is so of all records together; where several children may be meant, nobody is involved."""
    if request.identity_only:
        return Around(bearing)
    standing = [record for record in records if record.standing is not Standing.RETRACTED and record.sections]
    # A record kept apart within the viewer's own agency would show by what else becomes visible.
    involved = any(record.agency == request.viewer and not is_apart(record.sections) for record in standing)
    deceased = any(record.type in _DEATHS for record in standing)
    answered = _answered(standing, request) if request.purpose is Purpose.FEEDBACK else frozenset()
    return Around(bearing, involved, deceased, answered)


def _answered(standing: Sequence[Described], request: Request) -> frozenset[UUID]:
    """Return the outcomes that answer the viewer's own agency: the last to refer before each was that agency alone.

    The agency that answers keeps records of referrals too, as it received them: they refer to nobody.
    """
    referrals = [(_date(each), each.agency) for each in standing if each.type == "referral"]
    found: set[UUID] = set()
    for outcome in standing:
        if outcome.type != "outcome-feedback" or outcome.thread is None:
            continue
        before = [each for each in referrals if each[1] != outcome.agency and each[0] <= _date(outcome)]
        latest = max((day for day, _ in before), default="")
        if {agency for day, agency in before if day == latest} == {request.viewer}:
            found.add(outcome.thread)
    return frozenset(found)


def _date(record: Described) -> str:
    sections = record.sections or _NOTHING
    return str(sections.get("when", _NOTHING).get("occurred", _NOTHING).get("date", ""))


def facts_of(record: Described, directory: Directory, about: Around, request: Request) -> Facts:
    """Return what rules may read of one record; an erased one has the facts of its type alone.

    Its labels are lost, and what is unknown is denied, but not to the caseworkers of the agency that held it.
    """
    agency = directory.agencies.get(record.agency)
    sections = record.sections or _NOTHING
    subject = sections.get("subject", _NOTHING)
    what = sections.get("what", _NOTHING)
    now = record.asked_now or sections
    sharing, shared_then = now.get("sharing", _NOTHING), sections.get("sharing", _NOTHING)
    handling = now.get("source", _NOTHING).get("handling", _NOTHING)
    labels = {*sharing.get("sensitivity", ()), *shared_then.get("sensitivity", ())}
    if record.sections is None and (record.agency != request.viewer or not _MASH.isdisjoint(request.roles)):
        labels.update(_LOST)
    if sections.get("detail", _NOTHING).get("domestic_abuse"):
        labels.add("domestic-abuse")
    item_type = what.get("type", record.type or "")
    person = subject.get("person", _NOTHING)
    born = person.get("born") or person.get("expected") or _NOTHING
    occurred = sections.get("when", _NOTHING).get("occurred", _NOTHING)
    written = Written(
        owner_kind=agency.kind.value if agency else "",
        subject_kind=subject.get("kind", "child"),
        item_type=item_type,
        codes=_codes(what["category"]) if "category" in what else (),
        level=what.get("level"),
        event_age=_event_age(occurred.get("date"), request.law_on),
        child_age=_child_age(born.get("date"), request.law_on),
        sensitivity=tuple(sorted(labels)) if labels else (),
        confidentiality=person.get("confidentiality", "U"),
        shields=_shields_on(record, about.bearing),
        linkage=record.linkage,
        standing=record.standing,
        post_closure=record.post_closure,
        involved=about.involved,
        deceased=about.deceased,
        injury=bool(sections.get("narrative", _NOTHING).get("detail", _NOTHING).get("injury")),
        age_then=_age_then(born.get("date"), occurred.get("date")),
        **_agreements(directory.agreements_naming(request.viewer, record.agency, item_type), request),
        **(_handling(handling) if handling else _NOTHING),
        **_consent(record, sharing.get("consent", _NOTHING), about.bearing.consents, request.law_on),
        own_referral=bool(about.answered) and record.thread in about.answered,
        **_said_of(record, about.bearing),
    )
    return _facts(record.agency, written)


def _shields_on(record: Described, bearing: Bearing) -> tuple[Shield, ...]:
    if not bearing.of_subject or record.subject is None:
        return bearing.shields
    return (*bearing.shields, *bearing.of_subject.get(record.subject, ()))


def _said_of(record: Described, bearing: Bearing) -> Mapping[str, Any]:
    if not bearing.of_record or record.thread is None:
        return _NOTHING
    return bearing.of_record.get(record.thread, _NOTHING)


@lru_cache(maxsize=8_192)
def _facts(owner: str, written: Written) -> Facts:
    """Return the facts that an agency's words stand for: one object for the same words, so it is asked about once."""
    return Facts(AgencyId(owner), read_traits(written))


def _handling(handling: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "marking": handling.get("marking", "OFFICIAL-SENSITIVE"),
        "source": handling.get("source"),
        "information": handling.get("information"),
        "handling": handling.get("code"),
        "conditions": tuple(handling.get("conditions", ())),
        "owner_control": handling.get("owner_control", False),
    }


def _consent(record: Described, own: Consent, said: tuple[Said, ...], law_on: dt.date) -> Mapping[str, Any]:
    if not own and not said:
        return _NOTHING
    born = (record.sections or _NOTHING).get("subject", _NOTHING).get("person", _NOTHING).get("born", _NOTHING)
    first = Said(record.agency, record.known or _BEGINNING, own)
    return states(first, said, _child_age(born.get("date"), law_on))


def _agreements(naming: Sequence[Agreement], request: Request) -> Sections:
    """Return whether an agreement that names a record serves now, and whether there are but such as do not."""
    if not naming:
        return _NOTHING
    agreed = allowing(naming, request.purpose.value, request.at or beginning(request.law_on)) is not None
    return {"agreed": agreed, "agreement_lapsed": not agreed}


def _codes(category: Mapping[str, Any]) -> tuple[str, ...]:
    need = category.get("need")
    return (*((need,) if need else ()), *category.get("abuse", ()), *category.get("factors", ()))


@lru_cache(maxsize=16_384)
def _event_age(day: str | None, law_on: dt.date) -> EventAge:
    return event_age(_day(day), law_on)


@lru_cache(maxsize=16_384)
def _child_age(day: str | None, law_on: dt.date) -> ChildAge:
    return child_age(_day(day), law_on)


@lru_cache(maxsize=16_384)
def _age_then(born: str | None, occurred: str | None) -> ChildAge:
    on = _day(occurred)
    return ChildAge.NOT_KNOWN if on is None else child_age(_day(born), on)


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None
