"""What the relay tells on its beat: that records sent earlier have changed, and to owners what of theirs was shown.

Both wait for the end of a beat, a fixed length of time counted from 1970 in UTC, so that neither a new shield nor an
enquiry that starts is told by the moment at which a message comes. Why a record may no longer be relied on is not said.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hub.application.crash_points import no_fault
from hub.application.directory import Directory
from hub.application.facts import Sections
from hub.application.links import persons_in_log
from hub.application.relay_records import DISCLOSED, TAKEN_BACK, told, upto_of
from hub.application.relay_view import Child, Considered, events_of
from hub.application.relaying import BATCH, Outgoing, Positions, RelayParts, affected, notices_of
from hub.contract.relayed import CHANGE_NOTICE, CHANGED, RECEIPT, ChangeNotice, Receipt, SentBefore, Shown
from hub.contract.topics import disclosures_topic, receipts_topic
from hub.errors import ConflictError, RetryableError
from hub.events.decisions import DisclosureDecided
from hub.events.directory import AgreementEnded

DAY = timedelta(hours=24)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RECORDS_OF_A_NOTICE = 1_000
_NEVER_TOLD = frozenset({"covert", "informant", "staff-allegation"})
_COVERT = frozenset({"A1", "A2"})


def receipts_of(owner: str) -> str:
    """Return the name of the position up to which an owner has had receipts."""
    return f"receipts:{owner}"


def beat_before(moment: datetime, beat: timedelta) -> datetime:
    """Return the end of the last whole beat."""
    return moment - (moment - _EPOCH) % beat


class TellingChanges:
    """Works out the notices and receipts of a beat."""

    def __init__(self, parts: RelayParts, beat: timedelta, at_point: Callable[[str], None] = no_fault) -> None:
        self._with = parts
        self._beat = beat
        self._at_point = at_point

    def of_beat(self, positions: Positions) -> Outgoing | None:
        """Return what is due since the last beat that was told of, None where nothing is; raises `RetryableError`."""
        until = beat_before(self._with.clock.now(), self._beat)
        upto, directory = self._with.log.position_at(until), self._with.directory.load()
        keys, agreements = directory.opening_keys, directory.agreements.values()
        recipients = {each.recipient for each in agreements} & keys.keys()
        owners = {each.owner for each in agreements} & keys.keys()
        out = Outgoing()
        for recipient in sorted(recipients):
            if upto > positions.get(notices_of(recipient), upto):
                out.add(self._notices(directory, recipient, upto, positions))
        for owner in sorted(owners):
            if upto > positions.get(receipts_of(owner), 0):
                out.add(self._receipt(directory, owner, upto, until, positions))
        return out if out.positions else None

    def _notices(self, directory: Directory, recipient: str, upto: int, positions: Positions) -> Outgoing:
        after = positions[notices_of(recipient)]
        due = self._due(directory, recipient, after, upto, positions)
        head, now = self._with.log.head(), self._with.clock.now()
        version = self._with.view.version(head, now)
        records = [self._with.records.taken_back(each, upto, head, version, now) for each in due]
        try:
            self._with.records.add(records, self._with.log.existing([each.id for each in records]))
        except ConflictError as error:
            raise RetryableError("Another process tells the same; trying again later.", code="busy") from error
        self._at_point("noticed")
        by_lead: dict[str, list[SentBefore]] = {}
        for each in due:
            by_lead.setdefault(directory.agreements[told(each)["agreement"]].lead, []).append(_sent_before(each))
        out = Outgoing(positions={notices_of(recipient): upto})
        for lead, sent in sorted(by_lead.items()):
            for start in range(0, len(sent), _RECORDS_OF_A_NOTICE):
                some = sent[start : start + _RECORDS_OF_A_NOTICE]
                message = self._with.outbox.write(
                    recipient, directory.opening_keys[recipient], CHANGE_NOTICE,
                    ChangeNotice(lead=lead, records=some, notice=CHANGED),
                    id=self._with.records.id_of("notice", recipient, after, lead, start), about=lead, now=now,
                )  # fmt: skip
                out.messages.append((disclosures_topic(recipient), message))
                out.notices += len(some)
        return out

    def _due(
        self, directory: Directory, recipient: str, after: int, upto: int, positions: Positions
    ) -> list[DisclosureDecided]:
        """Return what was sent to a recipient, is no longer so, and was not taken back yet."""
        past = self._past(recipient, after, upto)
        taken_back = {told(each)["disclosure"] for each in past if each.kind == TAKEN_BACK and upto_of(each) <= after}
        sent = [each for each in past if _was_sent(each, positions) and str(each.id) not in taken_back]
        children: dict[UUID, Child] = {}
        return [each for each in sent if not self._stands(directory, each, children)]

    def _past(self, recipient: str, after: int, upto: int) -> list[DisclosureDecided]:
        persons: set[UUID] = set()
        while events := [each for each in self._with.log.after(after, BATCH) if each.position <= upto]:
            if any(each.type == AgreementEnded.__name__ for each in events):
                return [each for each in self._with.records.all() if each.agency == recipient]
            persons |= affected(self._with.log, events)
            after = events[-1].position
        return self._with.records.about(recipient, persons)

    def _stands(self, directory: Directory, sent: DisclosureDecided, children: dict[UUID, Child]) -> bool:
        """Say whether the recipient would get the same now, by the law and the ages of the day it was sent."""
        child = self._child(sent, children)
        if child is None:
            return False
        found = self._with.view.considered(child, sent.agency, directory, sent.at)
        same = _same(sent, found)
        return (
            same is not None
            and same.permitted
            and same.digest == told(sent)["digest"]
            and set(told(sent)["references"]) <= set(same.references)
            and not same.corrected_since(sent.as_of)
        )

    def _child(self, sent: DisclosureDecided, children: dict[UUID, Child]) -> Child | None:
        subject = UUID(told(sent)["subject"])
        person = persons_in_log(self._with.log, [subject]).get(subject)
        if person is None:
            return None
        if person not in children:
            children[person] = self._with.view.child(person, self._with.log.head())
        return children[person]

    def _receipt(self, directory: Directory, owner: str, upto: int, until: datetime, positions: Positions) -> Outgoing:
        after = positions.get(receipts_of(owner), 0)
        shown = [
            each
            for each in self._with.records.all(after=after, upto=upto)
            if _was_sent(each, positions) and told(each)["owner"] == owner
        ]
        children: dict[UUID, Child] = {}
        tellable = [each for each in shown if self._tellable(each, children)]
        out = Outgoing(positions={receipts_of(owner): upto})
        if tellable:
            since = beat_before(min(each.at for each in tellable), self._beat)
            content = Receipt(since=since, until=until, shown=_summed(directory, tellable))
            message = self._with.outbox.write(
                owner, directory.opening_keys[owner], RECEIPT, content,
                id=self._with.records.id_of("receipt", owner, after), about=owner, now=self._with.clock.now(),
            )  # fmt: skip
            out.messages.append((receipts_topic(owner), message))
            out.receipts = 1
        return out

    def _tellable(self, sent: DisclosureDecided, children: dict[UUID, Child]) -> bool:
        """Say whether an owner's system may learn that its record was shown: no covert matter, nor one of a worker."""
        child = self._child(sent, children)
        item = child.item_of(sent.decided[0].event) if child is not None else None
        if item is None:
            return False
        told_of = [item.sections, *(each.sections for each in item.history), *(each.sections for each in item.notes)]
        return not any(sections is None or _is_apart(sections) for sections in told_of)


def _is_apart(sections: Sections) -> bool:
    labels = set(sections.get("sharing", {}).get("sensitivity", ()))
    conditions = set(sections.get("source", {}).get("handling", {}).get("conditions", ()))
    kind = sections.get("subject", {}).get("kind")
    return bool(
        labels & _NEVER_TOLD
        or conditions & _COVERT
        or kind == "worker"
        or sections.get("what", {}).get("type") == "lado-allegation"
    )


def _was_sent(record: DisclosureDecided, positions: Positions) -> bool:
    return record.kind == DISCLOSED and bool(record.shown) and upto_of(record) <= positions.get(record.agency, 0)


def _same(sent: DisclosureDecided, found: Iterable[Considered]) -> Considered | None:
    event = sent.decided[0].event
    return next(
        (each for each in found if each.agreement.purpose == sent.purpose and event in events_of(each.item)), None
    )


def _sent_before(sent: DisclosureDecided) -> SentBefore:
    return SentBefore(message=str(sent.id), item=told(sent)["item"], references=told(sent)["references"])


def _summed(directory: Directory, sent: Sequence[DisclosureDecided]) -> list[Shown]:
    counted = Counter(
        (directory.agency(each.agency).kind.value, told(each)["type"], each.purpose, rule)
        for each in sent
        for rule in each.decided[0].rules
    )
    return [
        Shown(recipient_kind=kind, type=item_type, purpose=purpose, rule=rule, records=number)
        for (kind, item_type, purpose, rule), number in sorted(counted.items())
    ]
