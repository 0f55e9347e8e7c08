"""Who is linked to whom, as of then, less what was undone since."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from hub.events.identity import EVENT_TYPES, LinkForbidden, SubjectLinked
from hub.identity.linking import Candidate, NewPerson, decide_link
from hub.identity.links import LinkFact, LinkFactKind, barred_pairs, links_at, person_of, persons_of, subjects_of
from tests.identity_subjects import NHS, id_of, profile

ADA, BETH, CLEO = id_of("person Ada"), id_of("person Beth"), id_of("person Cleo")
S1, S2, S3 = id_of("s1"), id_of("s2"), id_of("s3")
LINKED, UNLINKED, FORBIDDEN = LinkFactKind.LINKED, LinkFactKind.UNLINKED, LinkFactKind.FORBIDDEN


def _facts(*said: tuple[LinkFactKind, UUID, UUID]) -> list[LinkFact]:
    return [LinkFact(kind, subject, other, position) for position, (kind, subject, other) in enumerate(said, 1)]


def test_a_link_holds_from_when_it_was_known() -> None:
    facts = _facts((LINKED, S1, ADA), (LINKED, S2, ADA))
    assert subjects_of(ADA, facts, as_of=1, now=2) == {S1}
    assert subjects_of(ADA, facts, as_of=2, now=2) == {S1, S2}
    assert subjects_of(ADA, facts, as_of=0, now=2) == frozenset()


def test_a_wrong_link_shows_nothing_of_then_once_it_was_undone_except_in_a_replay() -> None:
    facts = _facts((LINKED, S1, ADA), (LINKED, S2, ADA), (UNLINKED, S2, ADA))
    assert subjects_of(ADA, facts, as_of=2, now=2) == {S1, S2}
    assert subjects_of(ADA, facts, as_of=2, now=3) == {S1}
    assert subjects_of(ADA, facts, as_of=2, now=3, replay=True) == {S1, S2}


def test_a_link_that_was_made_again_holds_for_then_too() -> None:
    facts = _facts((LINKED, S1, ADA), (UNLINKED, S1, ADA), (LINKED, S1, ADA))
    assert subjects_of(ADA, facts, as_of=1, now=3) == {S1}
    assert subjects_of(ADA, facts, as_of=2, now=3) == frozenset()


def test_merging_persons_is_links_moved() -> None:
    facts = _facts((LINKED, S1, ADA), (LINKED, S2, BETH), (UNLINKED, S2, BETH), (LINKED, S2, ADA))
    assert subjects_of(ADA, facts, as_of=4, now=4) == {S1, S2}
    assert subjects_of(BETH, facts, as_of=2, now=4) == frozenset()
    assert subjects_of(BETH, facts, as_of=2, now=4, replay=True) == {S2}
    assert person_of(S2, facts, now=4) == ADA


def test_a_subject_has_one_person_at_a_time() -> None:
    facts = _facts((LINKED, S1, ADA), (LINKED, S1, BETH))
    assert subjects_of(ADA, facts, as_of=2, now=2) == frozenset()
    assert links_at(facts, 2)[S1].other == BETH


def test_unlinking_from_another_person_changes_nothing() -> None:
    assert person_of(S1, _facts((LINKED, S1, ADA), (UNLINKED, S1, BETH)), now=2) == ADA
    assert person_of(S1, _facts((UNLINKED, S1, ADA)), now=1) is None


@pytest.mark.parametrize("pair", [(S2, ADA), (ADA, S2), (S1, S2), (S2, S1)])
def test_a_forbidden_link_does_not_hold_at_any_past_moment(pair: tuple[UUID, UUID]) -> None:
    facts = _facts((LINKED, S1, ADA), (LINKED, S2, ADA), (FORBIDDEN, *pair))
    assert subjects_of(ADA, facts, as_of=2, now=3) == {S1}
    assert subjects_of(ADA, facts, as_of=2, now=3, replay=True) == {S1, S2}


def test_a_pair_of_one_is_no_pair() -> None:
    assert barred_pairs(_facts((FORBIDDEN, S1, S1)), now=1) == frozenset()


def test_a_forbidden_pair_stands_for_its_persons_and_their_subjects() -> None:
    facts = _facts((LINKED, S1, ADA), (LINKED, S2, BETH), (FORBIDDEN, S1, S2))
    assert barred_pairs(facts, now=3) == {frozenset(pair) for pair in [(S1, S2), (S1, BETH), (ADA, S2), (ADA, BETH)]}
    assert barred_pairs(facts, now=2) == frozenset()


def test_what_was_unlinked_is_not_linked_by_rule_again() -> None:
    undone = _facts((LINKED, S1, ADA), (UNLINKED, S1, ADA))
    assert barred_pairs(undone, now=2) == {frozenset({S1, ADA})}
    assert barred_pairs([*undone, LinkFact(LINKED, S1, ADA, 3)], now=3) == frozenset()


_PARTED = _facts((LINKED, S1, ADA), (LINKED, S2, ADA), (UNLINKED, S2, ADA), (LINKED, S2, BETH), (LINKED, S1, CLEO))


def test_what_was_unlinked_stays_apart_from_the_records_that_stayed_wherever_they_go() -> None:
    pairs = [(S2, ADA), (S1, S2), (S1, BETH), (S2, CLEO), (BETH, CLEO)]
    assert barred_pairs(_PARTED, now=5) == {frozenset(pair) for pair in pairs}


@pytest.mark.parametrize(("decided_by", "apart"), [("data.steward", False), ("rule:nhs-number", True)])
@pytest.mark.parametrize("moved", [(S2, CLEO), (S1, BETH)])
def test_only_a_person_brings_together_what_was_parted(moved: tuple[UUID, UUID], decided_by: str, apart: bool) -> None:
    again = LinkFact(LINKED, *moved, 6, decided_by)
    assert (frozenset({S1, S2}) in barred_pairs([*_PARTED, again], now=6)) is apart


def test_a_record_linked_after_the_parting_is_not_barred() -> None:
    later = LinkFact(LINKED, S3, ADA, 6)
    assert frozenset({S2, S3}) not in barred_pairs([*_PARTED, later], now=6)


_FACTS = st.lists(
    st.tuples(
        st.sampled_from([LINKED, LINKED, UNLINKED, FORBIDDEN]),
        st.sampled_from([S1, S2, S3]),
        st.sampled_from([ADA, BETH]),
    )
    | st.tuples(st.just(FORBIDDEN), st.sampled_from([S1, S2]), st.sampled_from([S2, S3])),
    max_size=10,
).map(lambda said: _facts(*said))


@given(_FACTS, st.integers(0, 10))
def test_what_shows_was_known_then_and_still_holds(facts: list[LinkFact], as_of: int) -> None:
    now = len(facts)
    shown = subjects_of(ADA, facts, as_of=as_of, now=now)
    assert shown <= subjects_of(ADA, facts, as_of=as_of, now=now, replay=True)
    assert shown <= subjects_of(ADA, facts, as_of=now, now=now)


@given(_FACTS, st.integers(0, 10))
def test_a_replay_sees_what_was_seen_then(facts: list[LinkFact], as_of: int) -> None:
    then = subjects_of(ADA, facts, as_of=as_of, now=as_of)
    assert then == subjects_of(ADA, facts, as_of=as_of, now=len(facts), replay=True)


@given(_FACTS, st.integers(0, 10), st.randoms(use_true_random=False))
def test_the_order_in_which_facts_are_read_makes_no_difference(facts: list[LinkFact], as_of: int, random: Any) -> None:
    mixed: Sequence[LinkFact] = random.sample(facts, len(facts))
    assert links_at(mixed, as_of) == links_at(facts, as_of)
    assert barred_pairs(mixed, now=as_of) == barred_pairs(facts, now=as_of)


@given(_FACTS)
def test_no_person_holds_a_forbidden_pair(facts: list[LinkFact]) -> None:
    now = len(facts)
    forbidden = {frozenset({fact.subject, fact.other}) for fact in facts if fact.kind is FORBIDDEN}
    for person in (ADA, BETH):
        together = subjects_of(person, facts, as_of=now, now=now) | {person}
        assert not any(pair <= together and len(pair) == 2 for pair in forbidden)


@given(_FACTS)
def test_who_was_linked_last_is_what_holds_but_for_what_is_forbidden(facts: list[LinkFact]) -> None:
    links = [fact for fact in facts if fact.kind is not FORBIDDEN]
    holds = {subject: link.other for subject, link in links_at(links, len(facts)).items()}
    assert persons_of(facts) == persons_of(reversed(facts)) == holds


@given(_FACTS)
def test_each_subject_is_of_one_person_at_most(facts: list[LinkFact]) -> None:
    now = len(facts)
    ada, beth = (subjects_of(person, facts, as_of=now, now=now) for person in (ADA, BETH))
    assert not ada & beth


def test_twins_once_forbidden_are_not_offered_again() -> None:
    facts = _facts((LINKED, S1, ADA), (LINKED, S2, BETH), (FORBIDDEN, S1, S2))
    from_hospital = profile("s2", given="Beth", nhs=NHS[1])
    known = [Candidate(profile("s1", nhs=NHS[0]), ADA)]
    assert decide_link(from_hospital, known, barred_pairs(facts, now=3)) == NewPerson()


@pytest.mark.parametrize("decided_by", ["rule:nhs-number", "steward.ann", "user@example.org"])
def test_link_events_read_back_from_json(decided_by: str) -> None:
    linked = SubjectLinked(subject=S1, person=ADA, decided_by=decided_by, reason="The rule held.")
    again = EVENT_TYPES["SubjectLinked"].model_validate(linked.model_dump(mode="json"))
    assert again == linked
    assert SubjectLinked.model_validate_json(linked.model_dump_json()) == linked


@pytest.mark.parametrize("decided_by", ["", "rule:", "rule:Not A Code", "two words", ":x"])
def test_every_link_says_who_or_what_decided(decided_by: str) -> None:
    with pytest.raises(ValidationError):
        LinkForbidden(one=S1, other=S2, decided_by=decided_by, reason="Twins.")
