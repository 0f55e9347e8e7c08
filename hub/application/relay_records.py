"""The records that the relay leaves, and how it finds them again: a decision per item, and per disclosure taken back.

Their ids follow from what they are about under a key, so that nobody can guess one. A record is sent by the process
that wrote it, in the transaction after the writing, or never: whoever finds one that was not records that too. Records
are added only while none has come since those that the writer knows, so no process that was shut out adds one.
"""

import hmac
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from hub.application.asking import ENGLAND
from hub.application.decisions import DecisionLog
from hub.application.grounds import decided_alike, ground_of
from hub.application.relay_view import OPERATOR, Child, Considered, viewer_of_relay
from hub.application.rule_six import Weighed, rule_six
from hub.errors import ConflictError, RetryableError
from hub.events.decisions import DISCLOSED, NEVER_SENT, TAKEN_BACK, DecidedAlike, DisclosureDecided, ShownItem
from hub.software import software_version
from hub.views.answers import answer_hash, item_hash, viewers_id

RELAYED_TAG = "relayed"


class RelayRecords:
    """Writes and finds the relay's records."""

    def __init__(self, decisions: DecisionLog, viewer_key: bytes) -> None:
        self._decisions = decisions
        self._viewer_key = viewer_key
        self._names = names_of(viewer_key)

    def id_of(self, *parts: object) -> UUID:
        """Return the id that follows from these parts."""
        return _named(self._names, *parts)

    def disclosure(self, child: Child, recipient: str, found: Considered, version: str, now: datetime) -> (
        DisclosureDecided
    ):  # fmt: skip
        """Return the record of what was decided on an item, the denied one too, once for what the recipient gets."""
        return disclosure_record(self._names, child, recipient, found, version, now)

    def taken_back(self, sent: DisclosureDecided, head: int, version: str, now: datetime) -> DisclosureDecided:
        """Return the record that a recipient is told to rely on a disclosure no more."""
        told_of = {"disclosure": str(sent.id)}
        return _about(sent, self.id_of("taken-back", sent.id), TAKEN_BACK, told_of, head, version, now)

    def never_sent(self, record: DisclosureDecided, head: int, version: str, now: datetime) -> DisclosureDecided:
        """Return the record that what another one tells of was never sent and never will be."""
        told_of = {"record": str(record.id)}
        return _about(record, self._never_sent(record.id), NEVER_SENT, told_of, head, version, now)

    def last(self) -> int:
        """Return the position of the last record."""
        return self._decisions.last_position(RELAYED_TAG)

    def new(self, records: Iterable[DisclosureDecided]) -> dict[UUID, DisclosureDecided]:
        """Return, by its id, each that is to be written; under another id where what had that one was never sent."""
        wanted = {each.id: each for each in records}
        new: dict[UUID, DisclosureDecided] = {}
        while wanted:
            known = self._decisions.existing([each.id for each in wanted.values()])
            new.update((first, each) for first, each in wanted.items() if each.id not in known)
            unsent = self._unsent(known)
            wanted = {
                first: each.model_copy(update={"id": self.id_of("again", each.id)})
                for first, each in wanted.items()
                if each.id in unsent
            }
        return new

    def add(self, records: Iterable[DisclosureDecided], after: int) -> int:
        """Append records and return where the last one is, `after` if there is none.

        Raises `RetryableError` where another process has added one after that position.
        """
        drafts = [(each, self._tags(each)) for each in records]
        try:
            return self._decisions.record_all(drafts, absent=[RELAYED_TAG], after=after) if drafts else after
        except ConflictError as error:
            raise RetryableError("Another process relays too; trying again later.", code="busy") from error

    def unsent(self, records: Iterable[DisclosureDecided]) -> set[UUID]:
        """Return which of the records tell of what was never sent."""
        return self._unsent([each.id for each in records])

    def about(self, recipient: str, persons: Iterable[UUID], *, upto: int) -> list[DisclosureDecided]:
        """Return what was recorded for a recipient about some persons up to a position."""
        return self._decisions.tagged([self._tag(recipient, person) for person in sorted(persons)], upto=upto)

    def all(self, *, after: int = 0, upto: int | None = None) -> list[DisclosureDecided]:
        """Return all that the relay recorded between two positions."""
        return self._decisions.tagged([RELAYED_TAG], after=after, upto=upto)

    def _unsent(self, ids: Collection[UUID]) -> set[UUID]:
        never = {self._never_sent(each): each for each in ids}
        return {never[each] for each in self._decisions.existing(never)}

    def _never_sent(self, record: UUID) -> UUID:
        return self.id_of("never-sent", record)

    def _tags(self, record: DisclosureDecided) -> Sequence[str]:
        assert record.person is not None  # noqa: S101 - the relay records nothing that is about nobody
        return RELAYED_TAG, f"viewed:{record.person}", self._tag(record.agency, record.person)

    def _tag(self, recipient: str, person: UUID) -> str:
        return f"relay:{viewers_id(self._viewer_key, viewer_of_relay(recipient), person)}"


def names_of(viewer_key: bytes) -> UUID:
    """Return the name space of the relay's records."""
    return UUID(bytes=hmac.digest(viewer_key, b"relay", "sha256")[:16])


def disclosure_record(
    names: UUID, child: Child, recipient: str, found: Considered, version: str, now: datetime
) -> DisclosureDecided:
    """Return the record of what was decided on an item, the denied one too, once for what the recipient gets."""
    rules = [str(rule.id) for rule in found.verdict.rules]
    content = found.digest if found.permitted else ",".join(rules)
    shown = [found.answer] if found.permitted else []
    items = [ShownItem(id=item["id"], verdict=item["verdict"], hash=item_hash(item)) for item in shown]
    agreement, item = found.agreement, found.item
    outcomes = [decided_alike(found.verdict, [item.event])]
    return DisclosureDecided(
        id=_named(names, recipient, item.event, agreement.id, content),
        at=now,
        kind=DISCLOSED,
        viewer=viewer_of_relay(recipient),
        agency=recipient,
        operator=OPERATOR,
        purpose=agreement.purpose,
        reason=agreement.reason,
        person=child.person,
        as_of=child.at,
        decided_at=child.at,
        policy_version=version,
        request=found.request.as_record(),
        question={
            "agreement": agreement.id,
            "item": found.answer["id"],
            "owner": item.agency,
            "subject": str(item.subject),
            "type": item.type,
            "references": list(found.references),
            "digest": found.digest,
            **({"reader": found.reader} if found.reader is not None else {}),
        },
        answer_hash=answer_hash([each.hash for each in items]),
        shown=items,
        outcomes=outcomes,
        rule_six=rule_six(Weighed(agreement.reason, outcomes, current=True)),
        software=software_version(),
        law_on=found.request.law_on,
        grounds=[ground_of(found.judged)],
        links=[child.links],
    )


def _named(names: UUID, *parts: object) -> UUID:
    return uuid5(names, "/".join(map(str, parts)))


def promises(record: DisclosureDecided) -> bool:
    """Say whether a record tells of something that is to be sent."""
    return record.kind == TAKEN_BACK or discloses(record)


def discloses(record: DisclosureDecided) -> bool:
    """Say whether a record tells of an item that is to be sent."""
    return record.kind == DISCLOSED and bool(record.shown)


def told(record: DisclosureDecided) -> dict[str, Any]:
    """Return what the record of a disclosure says that it was of."""
    return record.question


def _about(
    record: DisclosureDecided, own: UUID, kind: str, told_of: dict[str, Any], head: int, version: str, now: datetime
) -> DisclosureDecided:
    """Return what is recorded about another record; it shows nothing."""
    return DisclosureDecided(
        id=own,
        at=now,
        kind=kind,
        viewer=record.viewer,
        agency=record.agency,
        operator=OPERATOR,
        purpose=record.purpose,
        reason=record.reason,
        person=record.person,
        as_of=head,
        decided_at=head,
        policy_version=version,
        request={},
        question=told_of,
        answer_hash=answer_hash([]),
        shown=[],
        outcomes=[DecidedAlike("DENY", [], [], [record.decided[0].event])],
        software=software_version(),
        law_on=now.astimezone(ENGLAND).date(),
    )
