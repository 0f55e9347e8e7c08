"""A log of any size, built through the hub's own sealing and append, with one child's record spread evenly over it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import cycle, islice
from uuid import UUID, uuid4

from hub.application.admission import Admission, Admitted
from hub.application.ingest import Ingest
from hub.application.links import identity_draft
from hub.bootstrap import Hub, open_hub
from hub.broker.port import Received
from hub.contract.event import ConcernEvent
from hub.contract.person import Name, PersonAsHeld, Subject
from hub.contract.primitives import PartialDate
from hub.contract.topics import concerns_topic
from hub.events.identity import SubjectLinked
from hub.memory import collected_seldom
from hub.settings import Settings
from hub.signing.message import MessageWriter
from producers.synthetic import Told
from tests.benchmarks.invented import stream

AGENCIES = ("childrens-social-care", "police", "hospital-trust", "community-health", "schools-trust", "housing")
CHILD = "BENCH-1"
# A child like any other, of whom some twenty events tell.
ORDINARY = "0-0"
ITEMS = 500
_TEMPLATES = 4_000
_BATCH = 1_000
_EVENTS_A_CHILD = 20
_CHANGES = frozenset({"correction", "retraction"})
FAMILY, GIVEN, BORN = "Benchley", "Robin", date(2012, 5, 4)
_PERSON = PersonAsHeld(names=[Name(family=FAMILY, given=GIVEN)], born=PartialDate(date=BORN))


@dataclass(frozen=True, slots=True)
class Share:
    """What one of several processes adds to a log: so many events, and so many of the child's among them."""

    events: int
    items: int
    first: int


def shares(events: int, processes: int) -> list[Share]:
    """Divide the building of a log among processes."""
    return [Share(events // processes, ITEMS // processes, number) for number in range(processes)]


def link_child(hub: Hub, child: str = CHILD) -> UUID:
    """Link a child's records at all agencies to one person and return that person."""
    person = uuid4()
    facts = [
        SubjectLinked(subject=subject, person=person, decided_by="rule:benchmark", reason="The benchmark's child.")
        for subject in child_subjects(hub, child)
    ]
    hub.log.append([identity_draft(uuid4(), fact) for fact in facts], at=datetime.now(UTC))
    return person


def child_tags(hub: Hub) -> list[str]:
    """Return the tags under which the child's events are found."""
    return [f"subject:{subject}" for subject in child_subjects(hub)]


def child_subjects(hub: Hub, child: str = CHILD) -> list[UUID]:
    """Return a child's records, one of each agency."""
    known = hub.vault.made({(agency, child) for agency in AGENCIES})
    return sorted(held.subject for held in known.values())


def filling(stack: ExitStack, settings: Settings, share: Share) -> Callable[[], None]:
    """Return what adds a share of the events, the child's spread evenly among them; whoever screens may see these."""
    hub = stack.enter_context(open_hub(settings))
    stack.enter_context(collected_seldom())
    told = [each for each in stream(_TEMPLATES, share.first) if each.agency in AGENCIES and is_plain(each.event)]
    writers = {agency: MessageWriter(hub.credentials(agency)) for agency in AGENCIES}
    admission = Admission(hub.reader())

    def admitted(agency: str, event: ConcernEvent) -> Admitted:
        message = writers[agency].write(event, now=datetime.now(UTC))
        return admission.admit(Received(concerns_topic(agency), 0, 0, message, datetime.now(UTC)))

    others = [admitted(each.agency, each.event) for each in told]
    open_ = [each for each in told if not each.event.sharing.handling.conditions]
    childs = [admitted(agency, _about_child(event)) for agency, event in _of_all_agencies(open_, share.items)]
    return lambda: _fill(hub, _mixed(others, childs, share))


class _Prepared(Admission):
    """Lets pass what was admitted before."""

    def __init__(self, batch: Sequence[Admitted]) -> None:
        self._batch = batch

    def admit(self, received: Received) -> Admitted:
        return self._batch[received.offset]


def _fill(hub: Hub, events: Iterator[Admitted]) -> None:
    while batch := list(islice(events, _BATCH)):
        received = [replace(event.received, offset=offset) for offset, event in enumerate(batch)]
        Ingest(_Prepared(batch), hub.log, hub.vault, hub.quarantine, hub.clock).take(received)


def _mixed(others: Sequence[Admitted], childs: Sequence[Admitted], share: Share) -> Iterator[Admitted]:
    """Yield as many events as the share has: other children's, each some twenty of them, and the child's in between."""
    ours, apart = iter(childs), share.events // share.items
    for number, other in enumerate(islice(cycle(others), share.events)):
        if number % apart == apart // 2 and (about_child := next(ours, None)) is not None:
            yield about_child
        else:
            yield replace(other, id=uuid4(), reference=f"{share.first}-{number // _EVENTS_A_CHILD}")


def _of_all_agencies(told: Sequence[Told], count: int) -> Iterator[tuple[str, ConcernEvent]]:
    """Yield so many different events, from each agency in turn."""
    by_agency = [[each.event for each in told if each.agency == agency] for agency in AGENCIES]
    rounds = range(count // len(AGENCIES) + 1)
    pairs = list(zip(AGENCIES, by_agency, strict=True))
    in_turn = ((agency, own[turn % len(own)]) for turn in rounds for agency, own in pairs)
    for number, (agency, event) in enumerate(islice(in_turn, count)):
        yield agency, event.model_copy(update={"origin": event.origin.model_copy(update={"record": f"R-{number}"})})


def _about_child(event: ConcernEvent) -> ConcernEvent:
    return event.model_copy(update={"subject": Subject(reference=CHILD, person=_PERSON)})


def is_plain(event: ConcernEvent) -> bool:
    """Say whether an event stands by itself."""
    return event.corrects is None and event.retracts is None and event.type not in _CHANGES
