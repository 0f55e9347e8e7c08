"""The records that the relay leaves, and how it finds them again: a decision per item, and per disclosure taken back.

Their ids follow from what they are about under a key, so that a crash repeats none and nobody can guess one. A record
says up to which position of the log its recipient had been served with it: sent is what the broker has committed.
"""

import hmac
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from hub.application.decisions import DecisionLog
from hub.application.reading import decided_alike
from hub.application.relay_view import OPERATOR, Child, Considered, viewer_of_relay
from hub.application.rule_six import Weighed, rule_six
from hub.events.decisions import DecidedAlike, DisclosureDecided, ShownItem
from hub.views.answers import answer_hash, item_hash, viewers_id

DISCLOSED = "relay"
TAKEN_BACK = "relay-notice"
RELAYED_TAG = "relayed"


class RelayRecords:
    """Writes and finds the relay's records."""

    def __init__(self, decisions: DecisionLog, viewer_key: bytes) -> None:
        self._decisions = decisions
        self._viewer_key = viewer_key
        self._names = UUID(bytes=hmac.digest(viewer_key, b"relay", "sha256")[:16])

    def id_of(self, *parts: object) -> UUID:
        """Return the id that follows from these parts."""
        return uuid5(self._names, "/".join(map(str, parts)))

    def disclosure(self, child: Child, recipient: str, found: Considered, upto: int, version: str, now: datetime) -> (
        DisclosureDecided
    ):  # fmt: skip
        """Return the record of what was decided on an item, the denied one too, once for what the recipient gets."""
        rules = [str(rule.id) for rule in found.verdict.rules]
        content = found.digest if found.permitted else ",".join(rules)
        shown = [found.answer] if found.permitted else []
        items = [ShownItem(id=item["id"], verdict=item["verdict"], hash=item_hash(item)) for item in shown]
        agreement, item = found.agreement, found.item
        outcomes = [decided_alike(found.verdict, [item.event])]
        return DisclosureDecided(
            id=self.id_of(recipient, item.event, agreement.id, content),
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
                "upto": upto,
            },
            answer_hash=answer_hash([each.hash for each in items]),
            shown=items,
            outcomes=outcomes,
            rule_six=rule_six(Weighed(agreement.reason, outcomes, current=True)),
        )

    def taken_back(self, sent: DisclosureDecided, upto: int, head: int, version: str, now: datetime) -> (
        DisclosureDecided
    ):  # fmt: skip
        """Return the record that a recipient is told to rely on a disclosure no more."""
        event = sent.decided[0].event
        return DisclosureDecided(
            id=self.id_of("taken-back", sent.id),
            at=now,
            kind=TAKEN_BACK,
            viewer=sent.viewer,
            agency=sent.agency,
            operator=OPERATOR,
            purpose=sent.purpose,
            reason=sent.reason,
            person=sent.person,
            as_of=head,
            decided_at=head,
            policy_version=version,
            request={},
            question={"disclosure": str(sent.id), "upto": upto},
            answer_hash=answer_hash([]),
            shown=[],
            outcomes=[DecidedAlike("DENY", [], [], [event])],
        )

    def add(self, records: Iterable[DisclosureDecided], known: Mapping[UUID, int]) -> None:
        """Append those that are not known yet; raises `ConflictError` where another process was first."""
        self._decisions.record_all([(each, self._tags(each)) for each in records if each.id not in known])

    def recorded(self, ids: Iterable[UUID]) -> list[DisclosureDecided]:
        """Return the records with these ids."""
        return self._decisions.tagged([f"decision:{each}" for each in ids])

    def about(self, recipient: str, persons: Iterable[UUID]) -> list[DisclosureDecided]:
        """Return what was recorded for a recipient about some persons."""
        return self._decisions.tagged([self._tag(recipient, person) for person in sorted(persons)])

    def all(self, *, after: int = 0, upto: int | None = None) -> list[DisclosureDecided]:
        """Return all that the relay recorded between two positions."""
        return self._decisions.tagged([RELAYED_TAG], after=after, upto=upto)

    def _tags(self, record: DisclosureDecided) -> Sequence[str]:
        assert record.person is not None  # noqa: S101 - the relay records nothing that is about nobody
        return RELAYED_TAG, f"viewed:{record.person}", self._tag(record.agency, record.person)

    def _tag(self, recipient: str, person: UUID) -> str:
        return f"relay:{viewers_id(self._viewer_key, viewer_of_relay(recipient), person)}"


def upto_of(record: DisclosureDecided) -> int:
    """Return the position of the log that the recipient has come to once this record's message is sent."""
    upto: int = record.question["upto"]
    return upto


def told(record: DisclosureDecided) -> dict[str, Any]:
    """Return what the record of a disclosure says that it was of."""
    return record.question
