"""What the relay tells on its beat: that records sent earlier have changed, and to owners what of theirs was shown.

Both wait for the end of a beat, a fixed length of time counted from 1970 in UTC, so that neither a new shield nor an
enquiry that starts is told by the moment at which a message comes. Why a record may no longer be relied on is not said.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hub.application.crash_points import no_fault
from hub.application.directory import Directory
from hub.application.facts import is_apart
from hub.application.links import persons_in_log
from hub.application.relay_records import discloses, told
from hub.application.relay_view import Child, Considered
from hub.application.relaying import BATCH, RECORDED, Outgoing, Positions, RelayParts, affected, notices_of
from hub.chronology.items import events_of
from hub.contract.relayed import CHANGE_NOTICE, CHANGED, RECEIPT, ChangeNotice, Receipt, SentBefore, Shown
from hub.contract.topics import disclosures_topic, receipts_topic
from hub.events.decisions import TAKEN_BACK, DisclosureDecided
from hub.events.directory import AgreementEnded

DAY = timedelta(hours=24)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RECORDS_OF_A_NOTICE = 1_000


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

    def of_beat(self, positions: Positions, missing: Collection[str] = ()) -> Outgoing | None:
        """Return what is due since the last beat that was told of, None where nothing is; raises `RetryableError`.

        Whose topic is missing is told once that is there.
        """
        until = beat_before(self._with.clock.now(), self._beat)
        upto, directory = self._with.log.position_at(until), self._with.directory.load()
        keys, agreements = directory.opening_keys, directory.agreements.values()
        recipients = {each.recipient for each in agreements if disclosures_topic(each.recipient) not in missing}
        owners = {each.owner for each in agreements if receipts_topic(each.owner) not in missing}
        out = Outgoing()
        for recipient in sorted(recipients & keys.keys()):
            if upto > positions.get(notices_of(recipient), upto):
                out.add(self._notices(directory, recipient, upto, {**positions, **out.positions}))
        for owner in sorted(owners & keys.keys()):
            if upto > positions.get(receipts_of(owner), 0):
                out.add(self._receipt(directory, owner, upto, until, {**positions, **out.positions}))
        return out if out.positions else None

    def _notices(self, directory: Directory, recipient: str, upto: int, positions: Positions) -> Outgoing:
        after = positions[notices_of(recipient)]
        due = self._due(recipient, after, upto, positions)
        now = self._with.clock.now()
        view = self._with.view
        version = view.version(upto, now)
        records = self._with.records.new(self._with.records.taken_back(each, upto, version, now) for each in due)
        last = self._with.records.add(records.values(), positions[RECORDED])
        self._at_point("noticed")
        whom: dict[tuple[str, str], list[SentBefore]] = {}
        children: dict[UUID, Child | None] = {}
        for each in due:
            agreement = directory.agreements[told(each)["agreement"]]
            child = self._child(each, upto, directory, children)
            reader = None if child is None else view.reader(child, agreement, directory, now)
            whom.setdefault((agreement.lead, reader or told(each).get("reader", "")), []).append(_sent_before(each))
        out = Outgoing(positions={notices_of(recipient): upto, RECORDED: last})
        for (lead, reader), sent in sorted(whom.items()):
            for start in range(0, len(sent), _RECORDS_OF_A_NOTICE):
                some = sent[start : start + _RECORDS_OF_A_NOTICE]
                message = self._with.outbox.write(
                    recipient, directory.opening_keys[recipient], CHANGE_NOTICE,
                    ChangeNotice(lead=lead, reader=reader or None, records=some, notice=CHANGED),
                    id=self._with.records.id_of("notice", recipient, after, lead, reader, start), about=lead, now=now,
                )  # fmt: skip
                out.messages.append((disclosures_topic(recipient), message))
                out.notices += len(some)
        return out

    def _due(self, recipient: str, after: int, upto: int, positions: Positions) -> list[DisclosureDecided]:
        """Return what was sent to a recipient, was no longer so when the beat ended, and was not taken back yet.

        What came after the beat is for the next one, with the disclosures that were decided by then.
        """
        past = self._past(recipient, after, upto, positions[RECORDED])
        taken_back = {told(each)["disclosure"] for each in past if each.kind == TAKEN_BACK}
        sent = [each for each in past if discloses(each) and each.as_of <= upto and str(each.id) not in taken_back]
        directory, children = self._with.directory.load(upto), dict[UUID, Child | None]()
        return [each for each in sent if not self._stands(directory, each, upto, children)]

    def _past(self, recipient: str, after: int, upto: int, recorded: int) -> list[DisclosureDecided]:
        """Return what was sent to a recipient about those of whom a beat's events may change what it sees."""
        persons: set[UUID] = set()
        while events := [each for each in self._with.log.after(after, BATCH) if each.position <= upto]:
            if any(each.type == AgreementEnded.__name__ for each in events):
                return self._sent(each for each in self._with.records.all(upto=recorded) if each.agency == recipient)
            persons |= affected(self._with.log, events)
            after = events[-1].position
        return self._sent(self._with.records.about(recipient, persons, upto=recorded))

    def _sent(self, records: Iterable[DisclosureDecided]) -> list[DisclosureDecided]:
        """Return the records without those of what was never sent."""
        found = list(records)
        unsent = self._with.records.unsent(found)
        return [each for each in found if each.id not in unsent]

    def _stands(
        self, directory: Directory, sent: DisclosureDecided, upto: int, children: dict[UUID, Child | None]
    ) -> bool:
        """Say whether the recipient would get the same at a position, by the law and the ages of the day of sending."""
        child = self._child(sent, upto, directory, children)
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

    def _child(
        self, sent: DisclosureDecided, at: int, directory: Directory, children: dict[UUID, Child | None]
    ) -> Child | None:
        """Return the child whose the record was at a position; `children` are those met before, by subject."""
        subject = UUID(told(sent)["subject"])
        if subject not in children:
            person = persons_in_log(self._with.log, [subject], upto=at).get(subject)
            children[subject] = None if person is None else self._with.view.child(person, at, directory)
        return children[subject]

    def _receipt(self, directory: Directory, owner: str, upto: int, until: datetime, positions: Positions) -> Outgoing:
        after = positions.get(receipts_of(owner), 0)
        shown = [
            each
            for each in self._sent(self._with.records.all(after=after, upto=min(upto, positions[RECORDED])))
            if discloses(each) and told(each)["owner"] == owner
        ]
        head, children = self._with.log.head(), dict[UUID, Child | None]()
        tellable = [each for each in shown if self._tellable(each, head, directory, children)]
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

    def _tellable(
        self, sent: DisclosureDecided, head: int, directory: Directory, children: dict[UUID, Child | None]
    ) -> bool:
        """Say whether an owner's system may learn that its record was shown: no covert matter, nor one of a worker.

        Judged by all that is known, since what has become such a matter after the beat is one too.
        """
        child = self._child(sent, head, directory, children)
        item = child.item_of(sent.decided[0].event) if child is not None else None
        if item is None:
            return False
        told_of = [item.sections, *(each.sections for each in item.history), *(each.sections for each in item.notes)]
        return not any(map(is_apart, told_of))


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
