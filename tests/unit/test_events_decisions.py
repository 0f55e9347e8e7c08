"""The record of an answer: what was decided stands by verdict and is told by event."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

from hub.events.decisions import DecidedAlike, DecidedItem, DisclosureDecided, ShownItem

ONE, TWO, THREE = (UUID(int=number) for number in (1, 2, 3))


def decision(*outcomes: DecidedAlike) -> DisclosureDecided:
    return DisclosureDecided(
        id=uuid4(), at=datetime.now(UTC), kind="chronology", viewer="mash.analyst", agency="mash", operator="mash",
        purpose="s47", reason="A strategy discussion.", person=uuid4(), as_of=1, decided_at=1, policy_version="v",
        request={}, answer_hash="h", shown=[ShownItem("a", "PERMIT", "h")], outcomes=list(outcomes),
    )  # fmt: skip


SHOWN = DecidedAlike("PERMIT", ["what", "when"], ["rule-a"], [ONE, THREE])
DENIED = DecidedAlike("DENY", [], ["rule-b"], [TWO])


def test_each_event_is_told_with_what_was_decided_on_it() -> None:
    assert sorted(decision(SHOWN, DENIED).decided) == [
        DecidedItem(ONE, "PERMIT", ["what", "when"], ["rule-a"]),
        DecidedItem(TWO, "DENY", [], ["rule-b"]),
        DecidedItem(THREE, "PERMIT", ["what", "when"], ["rule-a"]),
    ]


def test_verdicts_are_counted_by_event() -> None:
    assert decision(SHOWN, DENIED).verdicts == {"DENY": 1, "PERMIT": 2}


def test_the_record_reads_back_as_it_was_written() -> None:
    written = decision(SHOWN, DENIED)

    assert DisclosureDecided.model_validate(written.model_dump(mode="json"), strict=False) == written
