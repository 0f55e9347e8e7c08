"""Record every decision before its answer is given, and list what was decided.

A decision has a subject and key of its own, made for every read alike, so that a read of a child that the hub does not
know costs what any other costs. Erasing a person destroys the keys of the searches that found them alone (ADR 4).
"""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from hub.application.checked import checked_start
from hub.application.rule_six import WORDS
from hub.contract.canonical import canonical
from hub.errors import UsageError
from hub.events.decisions import (
    ASKED_FIELDS,
    CHILD_FIELDS,
    SHOWN_FIELDS,
    TYPED_FIELDS,
    DisclosureDecided,
    LinkState,
)
from hub.store.log import EventLog, LogReader
from hub.store.mapper import DraftEvent, DraftPart, StoredEvent
from hub.store.upcasting import Parts, Upcasters
from hub.store.vault import KeyVault

DECISIONS_TAG = "decisions"
EMERGENCIES_TAG = "emergencies"
SHOWN_PART = "shown"
AUDIT_PART = "audit"
BASIS_PART = "basis"
SEARCH = "find"
ERASED = "erased"
VERSION = 2
DECISION_SECTION = "decision"
ASKED_SECTION = "asked"


class Recorded(NamedTuple):
    """One record where it stands in the log; None in place of a decision that was erased."""

    position: int
    id: UUID
    decision: DisclosureDecided | None


class DecisionLog:
    """Writes and reads the records of decisions."""

    def __init__(self, log: EventLog, vault: KeyVault) -> None:
        self._log = log
        self._vault = vault

    def record(
        self,
        decision: DisclosureDecided,
        about: Collection[UUID],
        tags: Sequence[str] = (),
        beside: Sequence[DraftEvent] = (),
    ) -> None:
        """Append a decision on persons, sealed in the part that was shown and the part that is for audit.

        What follows from it stands `beside` it, recorded with it or not at all.
        """
        self.record_all([(decision, [*(f"viewed:{person}" for person in about), *tags])], beside)

    def record_all(
        self,
        decisions: Sequence[tuple[DisclosureDecided, Sequence[str]]],
        beside: Sequence[DraftEvent] = (),
        *,
        absent: Collection[str] = (),
        after: int = 0,
    ) -> int:
        """Append decisions with further tags, all or none, and return the last position.

        Raises `ConflictError` where one is recorded already, or an event with a tag of `absent` after a position.
        """
        keys = self._vault.make([each for decision, _ in decisions for each in (decision.id, child_key(decision.id))])
        drafts = [*(_draft(*each) for each in decisions), *beside]
        # What stands beside an answer may be sealed under the key of an earlier one.
        held = None if beside else keys
        return self._log.append(drafts, at=decisions[-1][0].at, keys=held, absent=absent, after=after)

    def existing(self, ids: Collection[UUID]) -> Collection[UUID]:
        """Return those of the decisions that are recorded."""
        return self._log.existing(ids)

    def last_position(self, tag: str) -> int:
        """Return where the last decision with a tag is, 0 if none has it."""
        return self._log.last_position(tag)

    def tagged(self, tags: Sequence[str], *, after: int = 0, upto: int | None = None) -> list[DisclosureDecided]:
        """Return the decisions with any of the tags, the oldest first; those about an erased person are left out."""
        return decisions_tagged(self._log, tags, after=after, upto=upto)

    def page(self, tag: str, *, after: int, upto: int, limit: int) -> list[Recorded]:
        """Return the first `limit` records with a tag between two positions, the erased ones too, the oldest first."""
        stored = self._log.read([tag], after=after, upto=upto, limit=limit)
        return [Recorded(each.position, each.id, _read(each)) for each in stored]

    def places(self, tag: str, *, after: int, upto: int, limit: int) -> list[Recorded]:
        """Return where the first `limit` records with a tag between two positions are, unopened, the oldest first."""
        found = self._log.places(tag, after=after, upto=upto, limit=limit)
        return [Recorded(position, each, None) for position, each in found]

    def page_before(self, tag: str, *, upto: int, limit: int) -> list[Recorded]:
        """Return the last `limit` records with a tag up to a position, the erased ones too, the newest first."""
        stored = self._log.newest(tag, limit, upto=upto)
        return [Recorded(each.position, each.id, _read(each)) for each in stored]

    def newest(self, limit: int, *, tag: str = DECISIONS_TAG, auditor: bool = True) -> list[DisclosureDecided]:
        """Return the latest decisions with a tag, for auditors or others, the newest first, without the erased."""
        asked = limit
        while True:
            stored = self._log.newest(tag, asked)
            read = (decision for each in stored if (decision := _read(each)) is not None)
            found = [decision for decision in read if auditor or decision.told_of]
            # What is left out must not show as a list that is shorter than was asked for.
            if len(found) >= limit or len(stored) < asked:
                return found[:limit]
            asked *= 2

    def listed(self, limit: int, unreviewed: Collection[UUID], *, auditor: bool = True) -> list[DisclosureDecided]:
        """Return the latest decisions for a list, emergencies first: those, however old, that nobody has looked at yet.

        Each part has the newest first.
        """
        latest = {decision.id: decision for decision in self.newest(limit, auditor=auditor)}
        older = self.tagged([f"decision:{each}" for each in unreviewed if each not in latest])
        every = [*latest.values(), *reversed(older)]
        return sorted(every, key=lambda decision: not decision.is_emergency)[:limit]

    def about(self, person: UUID, *, upto: int | None = None) -> list[DisclosureDecided]:
        """Return the decisions on a person, up to a position, the oldest first."""
        return self.tagged([f"viewed:{person}"], upto=upto)

    def one(self, id_or_start: str, *, auditor: bool = True) -> DisclosureDecided:
        """Return a decision of any age by its id, or one of the latest by its start.

        Raises `UsageError` where there is none, or more than one.
        """
        try:
            found = self.tagged([f"decision:{UUID(id_or_start)}"])
        except ValueError:
            start = checked_start(id_or_start)
            found = [each for each in self.newest(1000, auditor=auditor) if str(each.id).startswith(start)]
        found = [each for each in found if auditor or each.told_of]
        if len(found) != 1:
            raise UsageError(
                f"{len(found)} of the last 1,000 decisions have an id that starts so; an older one is found by its"
                " whole id.",
                code="unknown-decision",
            )
        return found[0]


def decisions_tagged(
    log: LogReader, tags: Sequence[str], *, after: int = 0, upto: int | None = None
) -> list[DisclosureDecided]:
    """Return the decisions in a log with any of the tags, the oldest first, without those about an erased person."""
    stored = log.read(tags, after=after, upto=upto) if tags else []
    return [decision for each in stored if (decision := _read(each)) is not None]


def decision_in_full(decision: DisclosureDecided, *, auditor: bool) -> dict[str, Any]:
    """Return a decision in the documented shape of `mash decisions show --json`: what was typed is for auditors."""
    body: dict[str, Any] = {
        **decision_summary(decision, auditor=auditor),
        "decided_at": decision.decided_at if auditor else None,
        "answer_hash": decision.answer_hash,
        "shown": [asdict(item) for item in decision.shown],
    }
    if auditor:
        body["reason"] = decision.reason
        body["question"] = decision.question
        body["rule_six"] = {name: asdict(decision.rule_six[name]) for name in WORDS if name in decision.rule_six}
        grounds = {str(event): asdict(ground) for event, ground in decision.grounds_by_event.items()}
        body["decided"] = [
            {**item._asdict(), "event": str(item.event), "grounds": grounds.get(str(item.event))}
            for item in decision.decided
        ]
        body["law_on"] = decision.law_on and decision.law_on.isoformat()
        body["previous"] = decision.previous and str(decision.previous)
        body["checkpoint"] = decision.checkpoint and asdict(decision.checkpoint)
        body["links"] = None if decision.links is None else [_json_of(each) for each in decision.links]
        body["software"] = decision.software
    return body


def _json_of(links: LinkState) -> dict[str, Any]:
    return {"person": str(links.person), "then": [*map(str, links.then)], "now": [*map(str, links.now)]}


def child_key(decision: UUID) -> UUID:
    """Return the subject under whose key stands what a decision rests on of the child."""
    return uuid5(decision, BASIS_PART)


def _draft(decision: DisclosureDecided, tags: Sequence[str]) -> DraftEvent:
    body = decision.model_dump(mode="json", exclude={"child_erased"})
    told = SHOWN_FIELDS if decision.names_person else SHOWN_FIELDS - {"person"}
    # The relay types nothing: what it says was asked is its own book of what it sent, and stays.
    of_person = frozenset() if decision.is_relays else TYPED_FIELDS
    shown = {name: body.pop(name) for name in told}
    child = {name: body.pop(name) for name in CHILD_FIELDS}
    typed = {name: body.pop(name) for name in of_person}
    asked = {name: body.pop(name) for name in ASKED_FIELDS - of_person}
    parts = (
        DraftPart(AUDIT_PART, decision.id, {ASKED_SECTION: canonical(asked), DECISION_SECTION: canonical(body)}),
        DraftPart(
            BASIS_PART, child_key(decision.id), {ASKED_SECTION: canonical(typed), DECISION_SECTION: canonical(child)}
        ),
        DraftPart(SHOWN_PART, decision.id, {DECISION_SECTION: canonical(shown)}),
    )
    urgent = (EMERGENCIES_TAG,) if decision.is_emergency else ()
    named = (DECISIONS_TAG, f"decision:{decision.id}", *urgent, *tags)
    return DraftEvent(decision.id, DisclosureDecided.__name__, named, parts, VERSION)


def _read(stored: StoredEvent) -> DisclosureDecided | None:
    shown, audit = stored.parts.get(SHOWN_PART), stored.parts.get(AUDIT_PART)
    if shown is None or audit is None:
        return None
    child = stored.parts[BASIS_PART]
    rest = _without_child(stored) if child is None else {**child[DECISION_SECTION], **child.get(ASKED_SECTION, {})}
    told = {**rest, **shown[DECISION_SECTION], **audit[DECISION_SECTION], **audit.get(ASKED_SECTION, {})}
    return DisclosureDecided.model_validate(told, strict=False)


def _without_child(stored: StoredEvent) -> dict[str, Any]:
    """Return what stands for the part that went with the child; that it was an emergency is a tag of the record."""
    claims = {"emergency": True} if EMERGENCIES_TAG in stored.tags else {}
    return {"reason": ERASED, "request": {}, "claims": claims, "child_erased": True}


def with_basis_part(parts: Parts) -> Parts:
    """Return the parts of a record from before it had one for its basis: what it would hold was not recorded."""
    return {**parts, BASIS_PART: {DECISION_SECTION: {}}}


def known_upcasters() -> Upcasters:
    """Return the steps from every earlier schema of the log's events to the present one."""
    upcasters = Upcasters()
    upcasters.register(DisclosureDecided.__name__, 1, with_basis_part)
    return upcasters


def decision_summary(decision: DisclosureDecided, *, auditor: bool) -> dict[str, Any]:
    """Return a decision in the documented shape of `mash decisions list --json`.

    Whoever is no auditor learns of what was shown only: a match that was withheld looks like nobody, and positions,
    which count all that is recorded, are not told.
    """
    verdicts = decision.verdicts if auditor else decision.shown_verdicts
    person = decision.person if auditor else decision.person_told
    return {
        "id": str(decision.id),
        "at": decision.at.isoformat(),
        "kind": decision.kind,
        "viewer": decision.viewer,
        "agency": decision.agency,
        "operator": decision.operator,
        "purpose": decision.purpose,
        "person": str(person) if person else None,
        "as_of": decision.as_of if auditor else None,
        "policy_version": decision.policy_version,
        "refusal": decision.refusal,
        "emergency": decision.is_emergency,
        "verdicts": verdicts,
    }
