"""What waits for a person: who is asked, what they learn, and what the requester is answered."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from hub.application.replaying import Ending
from hub.application.review_desk import Answering
from hub.application.review_log import ReviewLog
from hub.contract.ids import event_id
from hub.errors import RefusedError, UsageError
from hub.store.log import EventLog
from hub.store.vault import VIEWER_IDS
from tests.hub_under_test import ANALYST, NURSE, OFFICER, TEACHER, HubUnderTest, asks, told
from tests.reviews import (
    GUARDIAN,
    MANAGER,
    OWNER,
    POLICE_OWNER,
    REFUSE,
    RELEASE,
    TOMORROW,
    WORKER,
    ask,
    conditioned,
    confided,
    covert,
    decide,
    on_monday,
    waiting,
)


@pytest.fixture
def hub(new_hub: HubUnderTest) -> HubUnderTest:
    """A hub on a Monday at ten."""
    return on_monday(new_hub)


def test_a_review_is_a_task_for_the_information_owner_and_for_nobody_else(hub: HubUnderTest) -> None:
    child = confided(hub)
    ask(hub, child)

    (task,) = waiting(hub, OWNER)

    assert task["for"] == ["information-owner"]
    assert task["person"] == str(child)
    assert task["items"][0]["facets"] == ["detail", "narrative", "voice", "what", "when"]
    assert task["answers"] == ["released", "refused"]
    for user in (POLICE_OWNER, NURSE, OFFICER, TEACHER, ANALYST, MANAGER, GUARDIAN):
        assert waiting(hub, user) == []


def test_listing_what_waits_opens_no_childs_records_where_nobody_is_related_to_anybody(
    hub: HubUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        ask(hub, confided(hub))
    sought: list[str] = []
    read = EventLog.read

    def noting(log: EventLog, tags: Sequence[str], **bounds: Any) -> Any:
        sought.extend(tags)
        return read(log, tags, **bounds)

    monkeypatch.setattr(EventLog, "read", noting)

    assert [len(waiting(hub, user)) for user in (OWNER, ANALYST, MANAGER)] == [3, 0, 0]
    assert [tag for tag in sought if tag.startswith(("person:", "link:", "subject:", "event:"))] == []


def test_a_task_tells_the_class_of_purpose_and_neither_who_asks_nor_why(hub: HubUnderTest) -> None:
    ask(hub, confided(hub))

    (task,) = waiting(hub, OWNER)

    assert task["purpose_class"] == "screening"
    assert task["asker"] is None
    assert ANALYST not in str(task)
    assert "sister" not in str(task)


def test_asking_for_the_same_again_makes_no_second_task(hub: HubUnderTest) -> None:
    child = confided(hub)

    ask(hub, child)
    ask(hub, child)
    ask(hub, child, MANAGER, "lateral-check")

    assert len(waiting(hub, OWNER)) == 1
    assert hub.events("ReviewRequested") == 1


def test_another_class_of_purpose_is_another_task(hub: HubUnderTest) -> None:
    child = confided(hub)

    ask(hub, child)
    ask(hub, child, purpose="early-help")

    assert {each["purpose_class"] for each in waiting(hub, OWNER)} == {"screening", "help and safety of a child"}


def test_what_one_question_meets_is_one_task_and_what_is_new_since_one_more(hub: HubUnderTest) -> None:
    child = hub.hears("hospital-trust", told("H-batch", "health-encounter", labels=["sexual-health"]))
    hub.hears("hospital-trust", told("H-batch", "health-encounter", on="2024-01-02", labels=["mental-health"]))

    ask(hub, child)
    assert [len(each["items"]) for each in waiting(hub, OWNER)] == [2]

    hub.hears("hospital-trust", told("H-batch", "health-encounter", on="2024-01-03", labels=["mental-health"]))
    ask(hub, child)
    assert sorted(len(each["items"]) for each in waiting(hub, OWNER)) == [1, 2]


def test_what_waits_looks_the_same_whatever_it_is(hub: HubUnderTest) -> None:
    """A rule that names what was confided, or the police, would tell what is not to be known (principle 5)."""
    confidence = ask(hub, confided(hub))
    conditions = ask(hub, conditioned(hub))

    (one,), (other,) = confidence, conditions

    assert one["verdict"] == "REVIEW"
    assert {**one, "id": ""} == {**other, "id": ""}
    assert [rule["id"] for rule in one["rules"]] == ["waits-for-a-person"]
    assert (one["review"], one["obligations"]) == ({"facets": [], "by": []}, [])


def test_the_record_of_the_decision_keeps_the_rule_that_asked(hub: HubUnderTest) -> None:
    ask(hub, confided(hub))

    (decision,) = [each for each in hub.hub.decisions.newest(5) if each.kind == "chronology"]

    assert decision.decided[0].rules == ["told-in-confidence", "told-in-confidence-asks-provider"]


@pytest.mark.parametrize(("held", "owner"), [("confided", OWNER), ("conditioned", POLICE_OWNER)])
def test_what_is_released_is_shown_when_it_is_asked_again_and_no_more(hub: HubUnderTest, held: str, owner: str) -> None:
    child = confided(hub) if held == "confided" else conditioned(hub)
    ask(hub, child)
    decide(hub, owner, RELEASE, "Bears on harm")

    (item,) = ask(hub, child)

    assert (item["verdict"], set(item["facets"])) == ("PERMIT", {"what", "when"})
    assert [rule["id"] for rule in item["rules"]] == ["released-by-review"]
    assert item["review"] == {"facets": [], "by": []}
    assert item["obligations"] == ["use-only-for-this-purpose"]
    assert "Bears on harm" not in str(item)
    assert owner not in str(item)
    assert waiting(hub, owner) == []


def test_a_release_holds_for_the_agency_and_the_class_of_purpose_that_asked(hub: HubUnderTest) -> None:
    child = confided(hub)
    ask(hub, child)
    decide(hub, OWNER, RELEASE)

    assert ask(hub, child, MANAGER, "lateral-check")[0]["verdict"] == "PERMIT"
    assert ask(hub, child, purpose="early-help")[0]["verdict"] == "REVIEW"


def test_a_refusal_is_told_with_its_day_and_asked_again_after_it(hub: HubUnderTest) -> None:
    child = confided(hub)
    ask(hub, child)
    decide(hub, OWNER, REFUSE, "Too little bears on it")

    (refused,) = ask(hub, child)
    assert refused["verdict"] == "EXISTENCE"
    assert [rule["id"] for rule in refused["rules"]] == ["refused-by-review"]
    assert "after 9 January 2024" in refused["rules"][0]["reason"]
    assert "Too little" not in str(refused)
    assert waiting(hub, OWNER) == []

    hub.clock.advance(timedelta(days=2))
    assert ask(hub, child)[0]["verdict"] == "REVIEW"
    assert len(waiting(hub, OWNER)) == 1


def test_what_a_rule_forbids_since_stays_as_absent_though_it_was_released(hub: HubUnderTest) -> None:
    child = hub.hears("hospital-trust", told("H-later", "health-encounter", labels=["sexual-health"]), ce_id="later")
    ask(hub, child)
    decide(hub, OWNER, RELEASE)
    then = hub.clock.now()
    hub.clock.advance(timedelta(hours=1))
    first = str(event_id("hospital-trust", "later"))
    hub.hears("hospital-trust", told("H-later", "lado-allegation", labels=["staff-allegation"], corrects=first))

    assert ask(hub, child) == []
    assert hub.hub.chronologies.read(child, asks(ANALYST, purpose="mash-screening"), as_of=then)["items"] == []


@pytest.mark.parametrize(
    ("answering", "code"),
    [
        (Answering("released"), "bad-facets"),
        (Answering("released", ("location",)), "bad-facets"),
        (Answering("released", ("everything",)), "bad-facets"),
        (Answering("refused"), "no-until"),
        (Answering("refused", ("what",), until=TOMORROW), "bad-facets"),
        (Answering("refused", until=date(2023, 12, 31)), "until-past"),
        (Answering("seen"), "bad-outcome"),
        (Answering("maybe"), "bad-outcome"),
        (Answering("released", ("what",), items=("0" * 32,)), "unknown-item"),
    ],
)  # fmt: skip
def test_an_answer_that_does_not_fit_is_refused_and_the_task_stays(
    hub: HubUnderTest, answering: Answering, code: str
) -> None:
    ask(hub, confided(hub))

    with pytest.raises(UsageError) as refused:
        decide(hub, OWNER, answering)

    assert refused.value.code == code
    assert len(waiting(hub, OWNER)) == 1
    assert hub.events("ReviewAnswered") == 0
    assert code in {each.refusal for each in hub.hub.decisions.newest(5)}


def test_a_task_of_others_cannot_be_told_from_none(hub: HubUnderTest) -> None:
    ask(hub, confided(hub))
    (task,) = waiting(hub, OWNER)
    errors = []
    for start in (task["id"], "00000000-0000"):
        with pytest.raises(UsageError) as refused:
            hub.hub.review_desk.answer(start, RELEASE, asks(POLICE_OWNER, purpose="own-service"))
        errors.append((refused.value.code, str(refused.value)))

    assert errors[0] == errors[1]


def test_looking_at_tasks_and_answering_one_are_recorded(hub: HubUnderTest) -> None:
    child = confided(hub)
    ask(hub, child)
    decide(hub, OWNER, RELEASE)

    answered, looked, *_ = hub.hub.decisions.newest(5)

    assert (looked.kind, looked.viewer, len(looked.shown)) == ("reviews", OWNER, 1)
    assert (answered.kind, answered.question["outcome"]) == ("review-answer", "released")
    assert {looked.id, answered.id} < {each.id for each in hub.hub.decisions.about(child)}


def test_whatever_only_the_police_may_know_is_told_its_owner_and_leaves_no_trace_for_who_asked(
    hub: HubUnderTest,
) -> None:
    child = covert(hub)
    before = ask(hub, child)

    (task,) = waiting(hub, POLICE_OWNER)

    assert (task["kind"], task["answers"], task["asker"]) == ("owner", ["seen"], None)
    assert before == []
    decide(hub, POLICE_OWNER, Answering("seen"), "We ring the MASH ourselves")
    assert ask(hub, child) == before


def test_a_question_that_met_something_covert_looks_like_one_that_met_nothing(hub: HubUnderTest) -> None:
    child, nobody = covert(hub), UUID(int=7)
    questions = [asks(ANALYST, purpose="mash-screening")] * 2
    of_child, of_nobody = (
        hub.hub.chronologies.read(person, question) for person, question in zip((child, nobody), questions, strict=True)
    )

    assert {**of_child, "decision": "", "person": ""} == {**of_nobody, "decision": "", "person": ""}
    assert [each.shown for each in hub.hub.decisions.newest(2)] == [[], []]


def test_a_word_that_the_hub_does_not_know_is_told_its_manager(hub: HubUnderTest) -> None:
    child = confided(hub)
    with pytest.raises(RefusedError):
        ask(hub, child, purpose="curiosity")
    with pytest.raises(RefusedError):
        ask(hub, child, purpose="curiosity")

    (task,) = waiting(hub, MANAGER)

    assert (task["kind"], task["items"], task["purpose_class"]) == ("unknown-word", [], "not known")
    decide(hub, MANAGER, Answering("seen"), "Told them which words there are")
    assert waiting(hub, MANAGER) == []


def test_what_was_erased_is_no_unknown_word_and_its_task_is_gone(hub: HubUnderTest) -> None:
    child = confided(hub)
    ask(hub, child)
    decision = hub.hub.decisions.newest(1)[0]
    hub.hub.vault.destroy([decision.id])

    assert ReviewLog(hub.hub.log, hub.hub.vault.purpose_key(VIEWER_IDS)).all() == {}


def test_no_event_of_a_task_says_a_word_in_clear(hub: HubUnderTest) -> None:
    ask(hub, confided(hub))
    decide(hub, OWNER, RELEASE)

    events = [each for each in hub.hub.log.after(0, 10_000) if "tasks" in each.tags]

    assert [each.type for each in events] == ["ReviewRequested", "ReviewAnswered"]
    tags = {tag.partition(":")[0] for each in events for tag in each.tags}
    assert tags == {"tasks", "task", "asks", "subject"}


def test_two_who_ask_at_the_same_moment_make_one_task(hub: HubUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    child = confided(hub)
    reviews, asked_before = hub.hub.review_log, hub.hub.review_log.asked_before
    others = iter([MANAGER])

    def overtaken(asks: Any) -> Any:
        """Return what there was before another asked the same, who then does."""
        found = asked_before(asks)
        for other in others:
            ask(hub, child, other)
        return found

    monkeypatch.setattr(reviews, "asked_before", overtaken)
    (item,) = ask(hub, child)

    assert item["verdict"] == "REVIEW"
    assert hub.events("ReviewRequested") == 1
    assert [each.kind for each in hub.hub.decisions.newest(2)] == ["chronology", "chronology"]


def test_what_was_answered_before_and_after_a_release_is_replayed_the_same(hub: HubUnderTest) -> None:
    child = confided(hub)
    ask(hub, child)
    decide(hub, OWNER, RELEASE)
    ask(hub, child)
    before = hub.events("ReviewRequested")
    asked = [each for each in hub.hub.decisions.newest(10) if each.kind == "chronology"]

    endings = [hub.hub.replayer.replay(each).ending for each in asked]

    assert [each.shown[0].verdict for each in asked] == ["PERMIT", "REVIEW"]
    assert endings == [Ending.SAME, Ending.SAME]
    assert hub.events("ReviewRequested") == before


def test_below_the_threshold_and_without_consent_the_manager_decides(hub: HubUnderTest) -> None:
    child = hub.hears("hospital-trust", told("H-early"))
    assert ask(hub, child, WORKER, "early-help")[0]["verdict"] == "REVIEW"

    (task,) = waiting(hub, MANAGER)
    decide(hub, MANAGER, Answering("released", ("what",)))

    assert (task["for"], task["items"][0]["facets"]) == (["mash-manager"], ["detail", "what", "when"])
    assert set(ask(hub, child, WORKER, "early-help")[0]["facets"]) == {"what"}


def test_only_the_items_that_are_named_are_answered(hub: HubUnderTest) -> None:
    child = hub.hears("hospital-trust", told("H-two", "health-encounter", labels=["mental-health"]))
    hub.hears("hospital-trust", told("H-two", "health-encounter", on="2024-01-02", labels=["mental-health"]))
    ask(hub, child)
    first = waiting(hub, OWNER)[0]["items"][0]["id"]

    decide(hub, OWNER, Answering("released", ("what",), items=(first,)))

    assert sorted(item["verdict"] for item in ask(hub, child)) == ["PERMIT", "REVIEW"]
    assert len(waiting(hub, OWNER)[0]["items"]) == 1
