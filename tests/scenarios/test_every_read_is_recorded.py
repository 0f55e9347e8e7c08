"""Every read leaves a record before it answers: the empty and the refused ones too, and none without a record."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from hub.application.candidates import Candidates
from hub.application.chronologies import ChronologyReader, Window
from hub.application.decisions import DecisionLog
from hub.application.finding import ChildFinder
from hub.application.linking import Held
from hub.application.reading import Reading
from hub.contract.topics import concerns_topic
from hub.errors import HubError, RefusedError, RetryableError
from hub.events.decisions import DisclosureDecided
from hub.store.vault import VIEWER_IDS
from policies.client import DecisionUnavailableError, PolicyVersion
from policies.model import Facts, Request, Verdict
from tests.hub_under_test import ANALYST, AUDITOR, HOUSING, OFFICER, STEWARD, HubUnderTest, Mash, asks, told


class NoPolicy:
    """A decision service that is away."""

    def version(self, *_: object) -> PolicyVersion:
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
    return Reading(open_hub.log, open_hub.directory, NoPolicy(), open_hub.calling, open_hub.clock, key)


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
        ({"risk": "puce"}, "unknown-risk"),
        ({"bases": ("a-hunch",)}, "unknown-basis"),
        ({"bases": ("unknown",)}, "unknown-basis"),
        ({"stated": {"hunch": "It felt so"}}, "unknown-statement"),
        ({"viewer": "nobody.we.know"}, "unknown-user"),
        ({"viewer": ""}, "unknown-user"),
        ({"viewer": "Mash.Analyst"}, "unknown-user"),
    ],
)
def test_a_question_that_may_not_be_put_is_refused_and_recorded(
    shared_hub: HubUnderTest, child: UUID, question: dict[str, Any], code: str
) -> None:
    asked = asks(**{"viewer": ANALYST, **question})
    reads: dict[str, Callable[[], object]] = {
        "chronology": lambda: shared_hub.hub.chronologies.read(child, asked),
        "find": lambda: shared_hub.hub.finder.find(asked, identifier="P-1"),
        "identity": lambda: shared_hub.hub.finder.show(child, asked),
        "identity-change": lambda: shared_hub.hub.steward.unlink(Held("police", "P-1"), asked),
        "identity-reviews": lambda: shared_hub.hub.reviews.open(asked),
    }
    for kind, read in reads.items():
        assert refused(read).code == code
        record = newest(shared_hub)
        assert (record.kind, record.refusal, record.shown, record.decided) == (kind, code, [], [])


@pytest.mark.parametrize("limits", [{}, {"given": "Ada"}, {"family": "Example"}, {"born": date(2015, 4, 3)}])
def test_a_search_with_too_little_to_go_on_is_refused_and_recorded(
    shared_hub: HubUnderTest, limits: dict[str, Any]
) -> None:
    error = refused(lambda: shared_hub.hub.finder.find(asks(ANALYST), **limits))

    assert (error.code, error.exit_status) == ("too-little", 2)
    record = newest(shared_hub)
    assert (record.kind, record.refusal, record.shown) == ("find", "too-little", [])
    assert record.question == {
        "identifier": None, "family": None, "given": None, "born": None,
        **{name: str(value) for name, value in limits.items()},
    }  # fmt: skip


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
    told_before = shared_hub.events()
    question = ["--as", ANALYST, "--purpose", "s47", "--reason", "Strategy discussion"]

    for command in (["chronology", str(child)], ["identity", "show", str(child)], ["identity", "find", "P-1"]):
        for form in ([], ["--json"]):
            ran = mash_here(*command, *question, *form)
            assert (ran.status, ran.out) == (1, "")
            assert "database-away" in ran.err
    for change in (["unlink", "police/P-1"], ["link", "police/P-1", str(child)], ["reviews"]):
        assert mash_here("identity", *change, *question[2:], "--as", STEWARD).out == ""
    for look in (["list"], ["show", str(newest(shared_hub).id)]):
        assert mash_here("decisions", *look, "--as", AUDITOR).out == ""
    assert shared_hub.events() == told_before


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
    finder = ChildFinder(reading, Candidates(shared_hub.hub.blind_index, shared_hub.hub.identity_index))
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
    assert newest(shared_hub).question == {"quarantine": str(kept.id)}
    assert kinds == [("quarantine-content", STEWARD, None), ("quarantine-content", OFFICER, "not-a-steward")]
    assert kept.topic == concerns_topic("police")


class TestTheQuestionInTheRecord:
    def test_a_chronology_leaves_its_window_and_moment(self, shared_hub: HubUnderTest, child: UUID) -> None:
        shared_hub.chronology(child)
        assert newest(shared_hub).question == {"person": str(child), "start": None, "end": None, "as_of": None}

        then = shared_hub.clock.now()
        shared_hub.chronology(child, as_of=then, window=Window(date(2023, 1, 1), date(2024, 1, 1)))

        assert newest(shared_hub).question == {
            "person": str(child), "start": "2023-01-01", "end": "2024-01-01", "as_of": then.isoformat(),
        }  # fmt: skip

    def test_a_search_leaves_what_was_searched(self, shared_hub: HubUnderTest, child: UUID) -> None:
        finder = shared_hub.hub.finder
        finder.find(asks(ANALYST), family="Nobody\udcff", given="Ada", born=date(2015, 4, 3))
        named = newest(shared_hub).question
        finder.find(asks(ANALYST), identifier="P-1")
        numbered = newest(shared_hub).question

        assert named == {"identifier": None, "family": "Nobody\ufffd", "given": "Ada", "born": "2015-04-03"}
        assert numbered == {"identifier": "P-1", "family": None, "given": None, "born": None}

    def test_a_look_at_a_person_leaves_whom(self, shared_hub: HubUnderTest) -> None:
        nobody = uuid4()

        shared_hub.hub.finder.show(nobody, asks(ANALYST))

        assert newest(shared_hub).question == {"person": str(nobody)}

    def test_a_refused_question_leaves_it_too(self, shared_hub: HubUnderTest, child: UUID) -> None:
        refused(lambda: shared_hub.hub.finder.find(asks("nobody.we.know"), identifier="P-1"))
        assert newest(shared_hub).question["identifier"] == "P-1"

        refused(lambda: shared_hub.hub.steward.link(Held("police", "P-1"), child, asks(OFFICER)))
        assert newest(shared_hub).question == {"change": "link", "person": str(child), "record_1": "police/P-1"}

    def test_every_record_that_was_decided_on_is_there(self, shared_hub: HubUnderTest) -> None:
        alike: dict[str, Any] = {"family": "Alike", "given": "Ria", "born": "2009-05-05"}
        for agency, reference in (("police", "P-alike"), ("schools-trust", "S-alike")):
            shared_hub.hears(agency, told(reference, **alike))

        found = shared_hub.hub.finder.find(asks(ANALYST), family="Alike", given="Ria", born=date(2009, 5, 5))
        record = newest(shared_hub)
        assert len(found["children"]) == 2
        assert len({item.event for item in record.decided}) == len(record.decided) == 2

        shared_hub.hub.finder.show(shared_hub.person("police", "P-alike"), asks(ANALYST))
        assert len({item.event for item in newest(shared_hub).decided}) == 2

    def test_the_reviews_that_were_listed(self, shared_hub: HubUnderTest) -> None:
        listed = shared_hub.hub.reviews.open(asks(STEWARD))

        assert newest(shared_hub).question == {"reviews": [each["id"] for each in listed]}

    def test_a_change_leaves_the_records_and_what_came_of_it(self, shared_hub: HubUnderTest) -> None:
        steward, other = shared_hub.hub.steward, Held("police", "P-other")
        one = shared_hub.hears("police", told("P-one", given="One", born="2010-01-01"))
        shared_hub.hears("police", told("P-other", given="Other", born="2011-01-01"))

        steward.link(other, one, asks(STEWARD))
        linked = newest(shared_hub)
        steward.unlink(other, asks(STEWARD))
        unlinked = newest(shared_hub)
        steward.forbid(Held("police", "P-one"), other, asks(STEWARD))
        forbidden = newest(shared_hub)

        records = {"record_1": "police/P-other"}
        assert linked.question == {"change": "link", "person": str(one), **records, "outcome": "done"}
        assert unlinked.question == {"change": "unlink", "person": None, **records, "outcome": "done"}
        assert forbidden.question == {
            "change": "forbid", "person": None, "record_1": "police/P-one", "record_2": "police/P-other",
            "outcome": "done",
        }  # fmt: skip
        assert refused(lambda: steward.link(other, one, asks(STEWARD))).code == "link-forbidden"
        assert newest(shared_hub).question["outcome"] == newest(shared_hub).refusal == "link-forbidden"

    def test_a_probe_for_a_record_leaves_its_outcome(self, shared_hub: HubUnderTest) -> None:
        probe = Held("police", "not-there")

        assert refused(lambda: shared_hub.hub.steward.unlink(probe, asks(STEWARD))).code == "unknown-record"

        record = newest(shared_hub)
        assert (record.kind, record.viewer, record.refusal) == ("identity-change", STEWARD, "unknown-record")
        assert record.question["record_1"] == "police/not-there"

    def test_a_record_of_before_there_were_questions_is_read(self, shared_hub: HubUnderTest, child: UUID) -> None:
        shared_hub.chronology(child)
        old = newest(shared_hub).model_dump(mode="json", exclude={"question"})

        assert DisclosureDecided.model_validate(old, strict=False).question == {}


class TestWhoMayReadTheRecord:
    def listed(self, mash: Mash, *viewer: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = mash("decisions", "list", "--json", *viewer).json["decisions"]
        return found

    def test_a_hidden_match_looks_like_nobody(self, shared_hub: HubUnderTest, mash_here: Mash) -> None:
        hushed = shared_hub.hears("hospital-trust", told("H-hush", given="Lil", family="Hush", born="2015-04-03"))
        finder, born = shared_hub.hub.finder, date(2015, 4, 3)
        for family in ("Hush", "Nobody"):
            assert finder.find(asks(OFFICER), family=family, given="Lil", born=born)["children"] == []

        for viewer in ([], ["--as", OFFICER]):
            nobody, hidden = self.listed(mash_here, *viewer)[:2]
            telling = {"id", "at", "as_of"}
            assert {k: v for k, v in nobody.items() if k not in telling} == {
                k: v for k, v in hidden.items() if k not in telling
            }
        nobody, hidden = self.listed(mash_here, "--as", AUDITOR)[:2]
        assert (nobody["person"], hidden["person"]) == (None, str(hushed))

    def test_what_was_typed_is_for_auditors_and_their_look_is_recorded(
        self, shared_hub: HubUnderTest, child: UUID, mash_here: Mash
    ) -> None:
        asked = asks(ANALYST, reason="Ada was seen on the stairs")
        decision = shared_hub.hub.chronologies.read(child, asked)["decision"]
        show = ["decisions", "show", decision]

        for viewer in ([], ["--as", OFFICER]):
            shown = mash_here(*show, *viewer, "--json").json
            assert shown.keys().isdisjoint({"reason", "question", "decided"})
            assert "stairs" not in mash_here(*show, *viewer).out
        assert str(newest(shared_hub).id) == decision

        audited = mash_here(*show, "--as", AUDITOR, "--json").json
        assert (audited["reason"], audited["question"]["person"]) == ("Ada was seen on the stairs", str(child))
        record = newest(shared_hub)
        assert (record.kind, record.viewer, record.question) == ("decisions", AUDITOR, {"decision": decision})
        self.listed(mash_here, "--as", AUDITOR)
        assert (newest(shared_hub).kind, newest(shared_hub).question) == ("decisions", {"newest": "50"})
