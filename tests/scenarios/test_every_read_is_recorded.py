"""Every read leaves a record before it answers: the empty and the refused ones too, and none without a record."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from hub.application.decisions import DecisionLog
from hub.application.finding import ChildFinder
from hub.application.linking import Held
from hub.application.reading import ChronologyReader, Reading
from hub.contract.topics import concerns_topic
from hub.errors import HubError, RefusedError, RetryableError
from hub.events.decisions import DisclosureDecided
from hub.store.vault import VIEWER_IDS
from policies.client import DecisionUnavailableError, PolicyVersion
from policies.model import Facts, Request, Verdict
from tests.hub_under_test import ANALYST, AUDITOR, HOUSING, OFFICER, STEWARD, HubUnderTest, Mash, asks, told


class NoPolicy:
    """A decision service that is away."""

    def version(self) -> PolicyVersion:
        raise DecisionUnavailableError("away", code="away")

    def decide(self, request: Request, facts: Sequence[Facts]) -> list[Verdict]:
        raise DecisionUnavailableError("away", code="away")


def newest(hub: HubUnderTest) -> DisclosureDecided:
    (found,) = hub.hub.decisions.newest(1)
    return found


def refused(ask: Callable[[], object]) -> HubError:
    with pytest.raises(HubError) as caught:
        ask()
    return caught.value


def without_policy(hub: HubUnderTest) -> Reading:
    open_hub = hub.hub
    key = open_hub.vault.purpose_key(VIEWER_IDS)
    return Reading(open_hub.log, open_hub.directory, NoPolicy(), open_hub.decisions, open_hub.clock, key)


@pytest.fixture(scope="module")
def child(shared_hub: HubUnderTest) -> UUID:
    shared_hub.hears("police", told("P-1", words="Seen on the stairs"))
    return shared_hub.person("police", "P-1")


def test_an_answer_names_the_decision_that_records_it(shared_hub: HubUnderTest, child: UUID) -> None:
    answer = shared_hub.hub.chronologies.read(child, asks(ANALYST, reason="Strategy discussion"))

    record = newest(shared_hub)
    assert str(record.id) == answer["decision"]
    assert (record.viewer, record.operator, record.purpose, record.reason) == (
        ANALYST, "tester", "s47", "Strategy discussion",
    )  # fmt: skip
    assert (record.person, record.kind, record.refusal) == (child, "chronology", None)
    assert record.verdicts == {"PERMIT": 1}
    assert [item.id for item in record.shown] == [item["id"] for item in answer["items"]]


def test_an_empty_answer_is_recorded_like_any_other(shared_hub: HubUnderTest) -> None:
    nobody = uuid4()

    answer = shared_hub.chronology(nobody, HOUSING)

    record = newest(shared_hub)
    assert str(record.id) == answer["decision"]
    assert (record.person, record.shown, record.decided) == (nobody, [], [])
    assert record.request["purpose"] == "s47"


def test_what_was_denied_is_in_the_record_and_not_in_the_answer(shared_hub: HubUnderTest, child: UUID) -> None:
    answer = shared_hub.chronology(child, HOUSING)

    assert answer["items"] == []
    assert newest(shared_hub).verdicts == {"DENY": 1}


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ({"reason": ""}, "no-reason"),
        ({"reason": " -- 123 "}, "no-reason"),
        ({"purpose": "curiosity"}, "unknown-purpose"),
        ({"purpose": "unknown"}, "unknown-purpose"),
        ({"purpose": ""}, "unknown-purpose"),
        ({"viewer": "nobody.we.know"}, "unknown-user"),
        ({"viewer": ""}, "unknown-user"),
        ({"viewer": "Mash.Analyst"}, "unknown-user"),
    ],
)
def test_a_question_that_may_not_be_put_is_refused_and_recorded(
    shared_hub: HubUnderTest, child: UUID, question: dict[str, str], code: str
) -> None:
    asked = asks(**{"viewer": ANALYST, **question})
    reads: dict[str, Callable[[], object]] = {
        "chronology": lambda: shared_hub.hub.chronologies.read(child, asked),
        "find": lambda: shared_hub.hub.finder.find(asked, identifier="P-1"),
        "identity": lambda: shared_hub.hub.finder.show(child, asked),
        "identity-change": lambda: shared_hub.hub.steward.unlink(Held("police", "P-1"), asked),
        "identity-reviews": lambda: shared_hub.hub.steward.reviews(asked),
    }
    for kind, read in reads.items():
        assert refused(read).code == code
        record = newest(shared_hub)
        assert (record.kind, record.refusal, record.shown, record.decided) == (kind, code, [], [])


def test_a_question_about_the_future_is_refused_and_recorded(shared_hub: HubUnderTest, child: UUID) -> None:
    tomorrow = shared_hub.clock.now() + timedelta(days=1)

    error = refused(lambda: shared_hub.chronology(child, as_of=tomorrow))

    assert error.code == "as-of-in-future"
    assert (newest(shared_hub).refusal, newest(shared_hub).person) == ("as-of-in-future", child)


@pytest.mark.parametrize(
    "reason", ["Cafe\u0301 visit", "two\tlines\nof words", "bytes \udcff of another code page", "a\x1b[2Jb", "r" * 4000]
)
def test_whatever_was_typed_as_the_reason_is_recorded(shared_hub: HubUnderTest, child: UUID, reason: str) -> None:
    shared_hub.hub.chronologies.read(child, asks(ANALYST, reason=reason))

    assert newest(shared_hub).reason[0] == reason[0]
    assert "\x1b" not in newest(shared_hub).reason


@pytest.mark.parametrize("viewer", ["a\x01b", "\udcff", "x" * 500, "mash.analyst\n"])
def test_whatever_was_typed_as_the_user_is_refused_and_recorded(
    shared_hub: HubUnderTest, child: UUID, viewer: str
) -> None:
    assert refused(lambda: shared_hub.hub.chronologies.read(child, asks(viewer))).code == "unknown-user"
    assert newest(shared_hub).refusal == "unknown-user"


def test_a_reason_longer_than_the_record_takes_is_refused_and_recorded(shared_hub: HubUnderTest, child: UUID) -> None:
    question = asks(ANALYST, reason="r" * 30_000)

    assert isinstance(refused(lambda: shared_hub.hub.chronologies.read(child, question)), RefusedError)
    assert newest(shared_hub).refusal == "bad-request"


def test_without_a_record_nothing_is_shown(
    shared_hub: HubUnderTest, child: UUID, mash_here: Mash, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RetryableError("The database is away.", code="database-away")

    monkeypatch.setattr(DecisionLog, "record", fail)
    question = ["--as", ANALYST, "--purpose", "s47", "--reason", "Strategy discussion"]

    for command in (["chronology", str(child)], ["identity", "show", str(child)], ["identity", "find", "P-1"]):
        for form in ([], ["--json"]):
            ran = mash_here(*command, *question, *form)
            assert (ran.status, ran.out) == (1, "")
            assert "database-away" in ran.err
    for change in (["unlink", "police/P-1"], ["link", "police/P-1", str(child)], ["reviews"]):
        assert mash_here("identity", *change, *question[2:], "--as", STEWARD).out == ""


def test_where_no_decision_can_be_had_nothing_is_shown_and_that_is_recorded(
    shared_hub: HubUnderTest, child: UUID
) -> None:
    chronologies = ChronologyReader(without_policy(shared_hub))

    error = refused(lambda: chronologies.read(child, asks(ANALYST)))

    assert isinstance(error, RetryableError)
    assert error.code == "decision-unavailable"
    record = newest(shared_hub)
    assert (record.refusal, record.shown, record.policy_version) == ("decision-unavailable", [], "unavailable")


def test_where_no_decision_can_be_had_a_known_child_looks_like_an_unknown_one(
    shared_hub: HubUnderTest, child: UUID
) -> None:
    reading = without_policy(shared_hub)
    chronologies = ChronologyReader(reading)
    finder = ChildFinder(reading, shared_hub.hub.blind_index, shared_hub.hub.identity_index)
    question = asks(HOUSING)

    for known, unknown in (
        (lambda: chronologies.read(child, question), lambda: chronologies.read(uuid4(), question)),
        (lambda: finder.show(child, question), lambda: finder.show(uuid4(), question)),
        (lambda: finder.find(question, identifier="P-1"), lambda: finder.find(question, identifier="P-0")),
    ):
        assert str(refused(known)) == str(refused(unknown))


def test_only_auditors_see_how_much_was_denied(shared_hub: HubUnderTest, child: UUID, mash_here: Mash) -> None:
    decision = shared_hub.chronology(child, HOUSING)["decision"]

    def verdicts(*viewer: str) -> Any:
        listed = mash_here("decisions", "list", "--json", *viewer).json["decisions"]
        (found,) = [each["verdicts"] for each in listed if each["id"] == decision]
        return found

    assert verdicts() == {}
    assert verdicts("--as", OFFICER) == {}
    assert verdicts("--as", AUDITOR) == {"DENY": 1}


def test_looking_at_what_was_kept_aside_is_recorded_before_it_is_shown(
    shared_hub: HubUnderTest, mash_here: Mash
) -> None:
    first, other = (shared_hub.message("police", told("P-c", words=words), ce_id="one") for words in ("One", "Two"))
    shared_hub.hub.ingest().take(shared_hub.received("police", first, other))
    (kept,) = shared_hub.hub.desk.all()
    look = ["quarantine", "show", str(kept.id), "--content", "--reason", "To correct it", "--json"]

    stranger, steward = mash_here(*look, "--as", OFFICER), mash_here(*look, "--as", STEWARD)

    assert (stranger.status, stranger.out, stranger.error["code"]) == (1, "", "not-a-steward")
    assert steward.json["content"]["data"]["narrative"] == "Two"
    kinds = [(each.kind, each.viewer, each.refusal) for each in shared_hub.hub.decisions.newest(2)]
    assert kinds == [("quarantine-content", STEWARD, None), ("quarantine-content", OFFICER, "not-a-steward")]
    assert kept.topic == concerns_topic("police")
