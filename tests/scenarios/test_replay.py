"""Any decision is taken again to the same bytes, whatever was recorded since; and where it is not, that is said."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from uuid import UUID, uuid4

import psycopg
import pytest

from hub.application.chronologies import Window
from hub.application.linking import Held
from hub.application.replaying import Cause, Ending, Replay, Replayer
from hub.bootstrap import open_hub
from hub.contract.ids import event_id
from hub.errors import HubError
from hub.events.decisions import DecidedAlike, DisclosureDecided
from policies import shelf
from policies.errors import PolicyLoadError
from policies.ruleset import PolicySetVersion, PolicyText
from tests.hub_under_test import (
    ANALYST,
    AUDITOR,
    HOUSING,
    NURSE,
    OFFICER,
    STEWARD,
    HubTemplate,
    HubUnderTest,
    asks,
    new_nhs_number,
    told,
)  # fmt: skip


@pytest.fixture(scope="module")
def hub(hub_template: HubTemplate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubUnderTest]:
    """A hub whose clock the tests of this module move on."""
    with hub_template.copied(tmp_path_factory.mktemp("replay") / "home") as made:
        yield made


@pytest.fixture(scope="module")
def child(hub: HubUnderTest) -> UUID:
    """A child of three agencies, with a correction and an address that is shielded."""
    nhs = new_nhs_number()
    hub.hears(
        "police", told("P-1", on="2024-01-10", born="2015-04-03", nhs=nhs, words="Seen on the stairs"), ce_id="replay-1"
    )
    hub.hears("hospital-trust", told("H-1", on="2023-02-01", born="2015-04-03", nhs=nhs, labels=["mental-health"]))
    hub.hears("refuge", told("R-1", on="2024-01-11", born="2015-04-03", nhs=nhs, labels=["refuge"]))
    first = str(event_id("police", "replay-1"))
    return hub.hears(
        "police", told("P-1", on="2024-01-12", born="2015-04-03", nhs=nhs, words="On the twelfth", corrects=first)
    )


def newest(hub: HubUnderTest) -> DisclosureDecided:
    (found,) = hub.hub.decisions.newest(1)
    return found


def replayed(hub: HubUnderTest, decision: DisclosureDecided | None = None) -> Replay:
    return hub.hub.replayer.replay(decision or newest(hub))


def assert_same(replay: Replay) -> None:
    assert (replay.ending, replay.differences) == (Ending.SAME, ())


@pytest.mark.parametrize("viewer", [ANALYST, OFFICER, NURSE, HOUSING, AUDITOR, "nobody-known"])
def test_a_chronology_is_the_same_again_for_whoever_asked(hub: HubUnderTest, child: UUID, viewer: str) -> None:
    try:
        hub.chronology(child, viewer)
    except HubError:
        assert viewer == "nobody-known"

    assert_same(replayed(hub))


def test_a_part_of_the_past_is_the_same_again(hub: HubUnderTest, child: UUID) -> None:
    then = hub.clock.now()
    hub.clock.advance(timedelta(days=30))
    hub.hears("police", told("P-1", on="2024-01-25"))
    hub.chronology(child, as_of=then, window=Window(date(2024, 1, 1), date(2024, 1, 31)))

    assert_same(replayed(hub))


@pytest.mark.parametrize(("purpose", "reason"), [("s47", ""), ("s47", "123"), ("no-such-purpose", "Why"), ("", "Why")])
def test_a_refusal_is_the_same_again(hub: HubUnderTest, child: UUID, purpose: str, reason: str) -> None:
    with pytest.raises(HubError):
        hub.hub.chronologies.read(child, asks(ANALYST, purpose=purpose, reason=reason))

    assert newest(hub).refusal is not None
    assert_same(replayed(hub))


def test_what_will_be_known_is_refused_again(hub: HubUnderTest, child: UUID) -> None:
    with pytest.raises(HubError):
        hub.chronology(child, as_of=hub.clock.now() + timedelta(days=1))

    assert newest(hub).refusal == "as-of-in-future"
    assert_same(replayed(hub))


def test_searches_looks_at_evidence_and_at_reviews_are_the_same_again(hub: HubUnderTest, child: UUID) -> None:
    number = new_nhs_number()
    hub.hears("police", told("P-twin", given="Ada", family="Twin", nhs=number))
    hub.hears("hospital-trust", told("H-twin", given="Bea", family="Twin", nhs=number))
    asked: list[Callable[[], object]] = [
        lambda: hub.hub.finder.find(asks(ANALYST), family="Example", given="Ada", born=date(2015, 4, 3)),
        lambda: hub.hub.finder.find(asks(HOUSING), identifier=number),
        lambda: hub.hub.finder.find(asks(ANALYST), identifier="nobody has this"),
        lambda: hub.hub.finder.show(child, asks(ANALYST)),
        lambda: hub.hub.finder.show(uuid4(), asks(ANALYST)),
        lambda: hub.hub.reviews.open(asks(STEWARD)),
    ]
    decisions = []
    for ask in asked:
        ask()
        decisions.append(newest(hub))
    assert decisions[0].candidates
    assert decisions[-1].question["reviews"]
    hub.hears("schools-trust", told("S-later", given="Ada", family="Example"))

    for decision in decisions:
        assert_same(replayed(hub, decision))


def test_what_is_recorded_since_changes_nothing(hub: HubUnderTest, child: UUID) -> None:
    hub.chronology(child)
    before = newest(hub)
    hub.hub.steward.unlink(Held("hospital-trust", "H-1"), asks(STEWARD))
    hub.hears("police", told("P-1", on="2024-02-02", labels=["refuge"]))
    hub.chronology(child)

    assert newest(hub).answer_hash != before.answer_hash
    assert_same(replayed(hub, before))
    assert_same(replayed(hub))


def test_an_erasure_since_is_named(hub: HubUnderTest) -> None:
    gone = hub.hears("police", told("P-gone", words="To be erased"))
    hub.chronology(gone)
    subject = hub.hub.vault.find_subject("police", "P-gone")
    assert subject is not None
    hub.hub.vault.destroy([subject])

    replay = replayed(hub)

    assert (replay.ending, replay.cause) == (Ending.DIFFERENT, Cause.KEY_ERASED)


def test_a_damaged_row_is_named_with_its_place(hub: HubUnderTest) -> None:
    damaged = hub.hears("police", told("P-damaged", words="To be damaged"))
    hub.chronology(damaged)
    decision = newest(hub)
    position = hub.hub.log.read([f"event:{decision.decided[0].event}"])[0].position
    _spoil(hub, position)

    replay = replayed(hub, decision)

    assert (replay.ending, replay.cause) == (Ending.DIFFERENT, Cause.ROW_DAMAGED)
    assert replay.place == f"position {position}"


def _spoil(hub: HubUnderTest, position: int) -> None:
    """Turn over the last bit of a row, as only a superuser can who takes the triggers away."""
    with psycopg.connect(hub.urls.superuser) as connection:
        connection.execute("alter table public.dcb_events_tt_main disable trigger user")
        connection.execute(
            "update public.dcb_events_tt_main set data = set_bit(data, length(data) * 8 - 8,"
            " 1 - get_bit(data, length(data) * 8 - 8)) where id = %s",
            [position],
        )
        connection.execute("alter table public.dcb_events_tt_main enable always trigger only_added_to")


def test_a_forged_record_differs_item_by_item_and_facet_by_facet(hub: HubUnderTest, child: UUID) -> None:
    hub.chronology(child, HOUSING)
    true = newest(hub)
    event = true.decided[0].event
    forged = true.model_copy(
        update={
            "outcomes": [DecidedAlike("PERMIT", ["what", "when"], ["made-up"], [event]), *true.outcomes[1:]],
            "answer_hash": "0" * 64,
        }
    )

    replay = replayed(hub, forged)

    told_of = {(each.of, each.what) for each in replay.differences}
    assert (replay.ending, replay.cause) == (Ending.DIFFERENT, Cause.UNEXPLAINED)
    assert {("decision", "answer_hash"), (f"event {event}", "verdict"), (f"event {event}", "facet what")} <= told_of


def test_other_software_is_the_cause_where_the_record_names_another(hub: HubUnderTest, child: UUID) -> None:
    hub.chronology(child, HOUSING)
    older = newest(hub).model_copy(update={"software": "0.0.1", "answer_hash": "0" * 64})

    assert replayed(hub, older).cause is Cause.CODE_CHANGED


def test_a_decision_that_could_not_be_had_is_not_taken_again(hub: HubUnderTest, child: UUID) -> None:
    hub.chronology(child)
    away = newest(hub).model_copy(update={"refusal": "decision-unavailable"})

    assert replayed(hub, away).ending is Ending.NOTHING_DECIDED


def test_a_policy_text_that_later_software_cannot_use_is_said_and_nothing_is_guessed(
    hub: HubUnderTest, child: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(text: PolicyText) -> PolicySetVersion:
        raise PolicyLoadError("A later Cedar does not parse this text.", code="policy-syntax")

    hub.chronology(child)
    monkeypatch.setattr(shelf, "load_policy", refuse)
    with open_hub(hub.settings, hub.clock) as later:
        replay = later.replayer.replay(newest(hub))

    assert (replay.ending, replay.cause) == (Ending.DIFFERENT, Cause.POLICY_UNUSABLE)
    assert not {each.replayed for each in replay.differences if each.what == "verdict"} - {None}


def test_a_replay_reads_another_viewers_ids(hub: HubUnderTest, child: UUID) -> None:
    hub.chronology(child)
    other = Replayer(hub.hub.log, hub.hub.policy, hub.hub.vault.purpose_key("another"))

    assert {each.what for each in other.replay(newest(hub)).differences} >= {"answer_hash", "content"}
