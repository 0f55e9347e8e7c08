"""Which records link by rule, which go to a person, and which never meet."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.contract.codes import SubjectKind
from hub.events.identity import LinkEvidence
from hub.identity.comparison import Agreement, Field, compare
from hub.identity.evidence import AGREEMENTS, FIELD_NAMES, REASONS
from hub.identity.keys import blind_keys
from hub.identity.linking import KIND_CLASSES, Candidate, Link, NewPerson, Review, decide_link
from hub.identity.profile import Profile, merge
from hub.identity.rules import RULES, Effect, RuleCode
from tests.identity_subjects import BAD_UPN, NHS, UPN, id_of, profile

ADA = id_of("person Ada")
BETH = id_of("person Beth")


def _known(name: str = "known", person: Any = ADA, agency: str = "hospital-trust", **held: Any) -> Candidate:
    return Candidate(profile(name, agency=agency, **held), person)


def _decide(new: Profile, *known: Candidate, forbidden: Any = ()) -> Link | Review | NewPerson:
    return decide_link(new, known, [frozenset(pair) for pair in forbidden])


def _reasons(decision: Link | Review | NewPerson) -> tuple[RuleCode, ...]:
    assert isinstance(decision, Review)
    return decision.reasons


def test_nobody_known_is_a_new_person() -> None:
    assert _decide(profile()) == NewPerson()


def test_a_verified_nhs_number_with_names_and_birth_date_links() -> None:
    decision = _decide(profile(nhs=NHS[0], postcode=None), _known(nhs=NHS[0]))
    assert isinstance(decision, Link)
    assert (decision.person, decision.evidence.rule, decision.besides) == (ADA, RuleCode.NHS_NUMBER, None)


def test_a_upn_with_names_and_birth_date_links() -> None:
    decision = _decide(profile(upn=UPN[0]), _known(upn=UPN[0], postcode="RM9 9ZZ"))
    assert isinstance(decision, Link)
    assert decision.evidence.rule is RuleCode.UPN


@pytest.mark.parametrize(
    "held",
    [
        {"given": "ADA GRACE"},
        {"family": "o'kafor"},
        {"names": [{"family": "Smith"}, {"family": "Okafor", "given": "Ada"}]},
    ],
)
def test_names_agree_however_they_are_written(held: dict[str, Any]) -> None:
    assert isinstance(_decide(profile(nhs=NHS[0], **held), _known(nhs=NHS[0])), Link)


def test_a_family_that_changed_its_name_is_known_by_the_name_it_had() -> None:
    renamed = merge(profile(nhs=NHS[0]), profile(nhs=NHS[0], family="Smith"))
    assert isinstance(_decide(renamed, _known(nhs=NHS[0], family="Okafor")), Link)
    assert isinstance(_decide(renamed, _known(nhs=NHS[0], family="Smith")), Link)


@pytest.mark.parametrize(
    ("new", "known", "reason"),
    [
        ({"nhs": NHS[0], "born": "2015-04-30"}, {"nhs": NHS[0]}, RuleCode.NHS_NUMBER_CONTRADICTED),
        ({"nhs": NHS[0], "family": "Smith"}, {"nhs": NHS[0]}, RuleCode.NHS_NUMBER_CONTRADICTED),
        ({"nhs": NHS[0], "given": "Zoe", "postcode": None}, {"nhs": NHS[0]}, RuleCode.NHS_NUMBER_CONTRADICTED),
        ({"upn": UPN[0], "family": "Smith"}, {"upn": UPN[0]}, RuleCode.UPN_CONTRADICTED),
        ({"upn": UPN[0], "born": "2014-04-03"}, {"upn": UPN[0]}, RuleCode.UPN_CONTRADICTED),
        (
            {"nhs": NHS[0], "upn": UPN[0], "postcode": None},
            {"nhs": NHS[0], "upn": UPN[1]},
            RuleCode.NUMBERS_CONTRADICT,
        ),
        ({"nhs": NHS[0], "postcode": None}, {"nhs": NHS[1]}, RuleCode.NUMBERS_CONTRADICT),
    ],
)
def test_what_contradicts_goes_to_a_person(new: dict[str, Any], known: dict[str, Any], reason: RuleCode) -> None:
    assert _reasons(_decide(profile(**new), _known(**known))) == (reason,)


@pytest.mark.parametrize(
    ("new", "known", "reason"),
    [
        ({"nhs": NHS[0], "verified": False}, {"nhs": NHS[0]}, RuleCode.NHS_NUMBER_NOT_ENOUGH),
        ({"nhs": NHS[0]}, {"nhs": NHS[0], "verified": False}, RuleCode.NHS_NUMBER_NOT_ENOUGH),
        ({"nhs": NHS[0], "born": None}, {"nhs": NHS[0]}, RuleCode.NHS_NUMBER_NOT_ENOUGH),
        ({"nhs": NHS[0], "accuracy": "UAA"}, {"nhs": NHS[0]}, RuleCode.NHS_NUMBER_NOT_ENOUGH),
        ({"nhs": NHS[0], "given": None}, {"nhs": NHS[0]}, RuleCode.NHS_NUMBER_NOT_ENOUGH),
        ({"nhs": NHS[0], "given": "A"}, {"nhs": NHS[0]}, RuleCode.NHS_NUMBER_NOT_ENOUGH),
        (
            {"nhs": NHS[0], "given": None, "family": None, "born": None},
            {"nhs": NHS[0]},
            RuleCode.NHS_NUMBER_NOT_ENOUGH,
        ),
        ({"upn": BAD_UPN}, {"upn": BAD_UPN}, RuleCode.UPN_NOT_ENOUGH),
        ({"upn": UPN[0]}, {"others": {"former-upn": UPN[0]}}, RuleCode.UPN_NOT_ENOUGH),
        ({"upn": UPN[0], "born": None}, {"upn": UPN[0]}, RuleCode.UPN_NOT_ENOUGH),
        ({}, {"nhs": NHS[0]}, RuleCode.NAMES_AND_BIRTH_DATE),
        ({"family": "Ada", "given": "Okafor"}, {}, RuleCode.NAMES_SWAPPED),
        ({"given": "A", "postcode": None}, {}, RuleCode.NAMES_PARTLY),
        ({"family": "Okafor-Lee", "postcode": None}, {}, RuleCode.NAMES_PARTLY),
        ({"given": "Twin One"}, {}, RuleCode.GIVEN_NAME_MISSING),
        ({"family": "Smith"}, {}, RuleCode.FAMILY_NAME_OTHER),
        ({"born": "2015-03-04"}, {}, RuleCode.NAMES_AND_POSTCODE),
        ({"accuracy": "UAA", "postcode": None}, {}, RuleCode.NAMES_AND_PART_OF_BIRTH_DATE),
        (
            {"others": {"pnc": "2019/1Z"}, "given": "Zoe"},
            {"others": {"pnc": "2019/1Z"}, "born": None},
            RuleCode.OTHER_NUMBER,
        ),
    ],
)
def test_what_falls_short_goes_to_a_person(new: dict[str, Any], known: dict[str, Any], reason: RuleCode) -> None:
    assert _reasons(_decide(profile(**new), _known(**known))) == (reason,)


@pytest.mark.parametrize(
    ("new", "known"),
    [
        ({"given": "Beth", "postcode": None}, {}),
        ({"born": "2013-01-01", "given": "Beth"}, {}),
        ({"family": "Smith", "given": "Beth"}, {}),
        ({"family": "Smith", "postcode": None}, {}),
        ({"born": None, "postcode": None}, {}),
        ({"upn": "A000000000000", "born": None, "given": "Zoe", "family": "Lee"}, {"upn": "A000000000000"}),
    ],
)
def test_too_little_in_common_is_a_new_person(new: dict[str, Any], known: dict[str, Any]) -> None:
    assert _decide(profile(**new), _known(**known)) == NewPerson()


@pytest.mark.parametrize(
    ("new", "known"),
    [
        ({"given": "Beth"}, {}),
        ({"given": "Beth", "nhs": NHS[1]}, {"nhs": NHS[0]}),
        ({"given": "Beth", "nhs": NHS[0]}, {"nhs": NHS[0]}),
        ({"nhs": NHS[1]}, {"nhs": NHS[0]}),
        ({"upn": UPN[1], "nhs": NHS[0]}, {"upn": UPN[0], "nhs": NHS[0]}),
        ({"given": "Beth", "postcode": None, "multiple_birth": True}, {}),
    ],
)
def test_possible_twins_are_never_linked(new: dict[str, Any], known: dict[str, Any]) -> None:
    assert _reasons(_decide(profile(**new), _known(**known))) == (RuleCode.POSSIBLE_TWINS,)


def test_a_twins_own_records_link_and_the_other_twin_is_mentioned_besides() -> None:
    ada, beth = _known("a", ADA, nhs=NHS[0]), _known("b", BETH, given="Beth", nhs=NHS[1])
    decision = _decide(profile(nhs=NHS[0]), ada, beth)
    assert isinstance(decision, Link)
    assert decision.person == ADA
    assert decision.besides is not None
    assert (decision.besides.reasons, decision.besides.persons) == ((RuleCode.POSSIBLE_TWINS,), (BETH,))
    kept_apart = _decide(profile(nhs=NHS[0]), ada, beth, forbidden=[(ADA, BETH)])
    assert kept_apart == replace(decision, besides=None)


@pytest.mark.parametrize(
    ("new", "known"),
    [
        ({"kind": "unborn-child", "nhs": NHS[0]}, {"nhs": NHS[0]}),
        ({"nhs": NHS[0]}, {"kind": "unborn-child", "nhs": NHS[0]}),
        ({"kind": "unborn-child", "nhs": NHS[0]}, {"kind": "unborn-child", "nhs": NHS[0]}),
        ({"kind": "unborn-child", "born": None, "given": None, "expected": "2015-04-10"}, {}),
        ({}, {"kind": "unborn-child", "born": None, "given": None, "expected": "2015-06-10"}),
        (
            {"kind": "unborn-child", "born": None, "expected": "2015-04-10"},
            {"kind": "unborn-child", "born": None, "expected": "2015-04-01"},
        ),
        ({"kind": "unborn-child", "born": None}, {}),
    ],
)
def test_an_unborn_child_is_never_linked_by_rule(new: dict[str, Any], known: dict[str, Any]) -> None:
    assert _reasons(_decide(profile(**new), _known(**known))) == (RuleCode.UNBORN_CHILD,)


def test_an_unborn_child_and_a_brother_born_long_before_are_two() -> None:
    unborn = profile(kind="unborn-child", born=None, given=None, expected="2020-01-01")
    assert _decide(unborn, _known()) == NewPerson()


def test_the_mothers_number_never_makes_mother_and_child_one() -> None:
    mother = _known(kind="parent-or-carer", nhs=NHS[0])
    assert _decide(profile(nhs=NHS[0]), mother) == NewPerson()
    assert _decide(profile(nhs=NHS[0], kind="unborn-child"), mother) == NewPerson()


@pytest.mark.parametrize("kind", ["place", "peer-group"])
def test_places_and_groups_are_never_linked(kind: str) -> None:
    assert _decide(profile(kind=kind, nhs=NHS[0]), _known(kind=kind, nhs=NHS[0])) == NewPerson()


def test_an_allegation_against_a_worker_is_not_linked_to_the_parent_they_also_are() -> None:
    assert _decide(profile(kind="worker", nhs=NHS[0]), _known(kind="parent-or-carer", nhs=NHS[0])) == NewPerson()
    assert isinstance(
        _decide(profile(kind="other-adult", nhs=NHS[0]), _known(kind="parent-or-carer", nhs=NHS[0])), Link
    )


@pytest.mark.parametrize("pair", [("new", "known"), ("known", "new"), ("new", "person Ada")])
def test_a_forbidden_pair_is_neither_linked_nor_offered(pair: tuple[str, str]) -> None:
    forbidden = [tuple(id_of(name) for name in pair)]
    assert _decide(profile(nhs=NHS[0]), _known(nhs=NHS[0]), forbidden=forbidden) == NewPerson()
    assert _decide(profile(), _known(), forbidden=forbidden) == NewPerson()


def test_one_forbidden_record_bars_the_whole_person() -> None:
    known = [_known("a", nhs=NHS[0]), _known("b", agency="schools-trust", family="Smith")]
    assert _decide(profile(nhs=NHS[0]), *known, forbidden=[(id_of("new"), id_of("b"))]) == NewPerson()


def test_two_persons_who_both_qualify_go_to_a_person() -> None:
    decision = _decide(profile(nhs=NHS[0]), _known("a", ADA, nhs=NHS[0]), _known("b", BETH, nhs=NHS[0]))
    assert _reasons(decision) == (RuleCode.SEVERAL_PERSONS,)
    assert isinstance(decision, Review)
    assert set(decision.persons) == {ADA, BETH}
    assert len(decision.evidence) == 2


def test_a_number_that_is_also_anothers_goes_to_a_person() -> None:
    other = _known("b", BETH, nhs=NHS[0], family="Smith", born="2011-01-01")
    assert _reasons(_decide(profile(nhs=NHS[0]), _known("a", ADA, nhs=NHS[0]), other)) == (
        RuleCode.SEVERAL_PERSONS,
        RuleCode.NHS_NUMBER_CONTRADICTED,
    )


def test_a_contradiction_inside_one_person_goes_to_a_person() -> None:
    other = _known("b", ADA, agency="schools-trust", nhs=NHS[0], born="2011-01-01")
    assert _reasons(_decide(profile(nhs=NHS[0]), _known("a", ADA, nhs=NHS[0]), other)) == (
        RuleCode.NHS_NUMBER_CONTRADICTED,
    )


def test_a_possible_duplicate_does_not_hold_up_a_certain_link() -> None:
    decision = _decide(profile(nhs=NHS[0]), _known("a", ADA, nhs=NHS[0]), _known("b", BETH))
    assert isinstance(decision, Link)
    assert decision.besides is not None
    assert decision.besides.persons == (BETH,)


@pytest.mark.parametrize(
    ("new", "known", "linked"),
    [
        ({"agency": "police"}, {"agency": "police"}, False),
        ({"agency": "police"}, {"agency": "hospital-trust"}, True),
    ],
)
def test_two_records_of_one_agency_are_kept_apart_where_one_is_marked_adopted(
    new: dict[str, Any], known: dict[str, Any], *, linked: bool
) -> None:
    decision = _decide(profile(nhs=NHS[0], sensitivity=["adoption"], **new), _known(nhs=NHS[0], **known))
    assert isinstance(decision, Link) is linked
    assert linked or _reasons(decision) == (RuleCode.ADOPTED,)


def test_an_adopted_child_is_not_linked_by_the_name_before() -> None:
    adopted = merge(profile(upn=UPN[0]), profile(upn=UPN[0], family="Smith", sensitivity=["adoption"]))
    assert _reasons(_decide(adopted, _known(upn=UPN[0], family="Okafor"))) == (RuleCode.ADOPTED,)
    assert isinstance(_decide(adopted, _known(upn=UPN[0], family="Smith")), Link)


def test_a_subject_is_not_its_own_candidate() -> None:
    assert _decide(profile("known", nhs=NHS[0]), _known(nhs=NHS[0])) == NewPerson()


def test_evidence_names_fields_and_quotes_nothing() -> None:
    decision = _decide(profile(nhs=NHS[0]), _known(nhs=NHS[0]))
    assert isinstance(decision, Link)
    told = " ".join(decision.evidence.sentences)
    assert "NHS number agrees." in told
    assert "UPN is not held by both." in told
    assert not any(value in told + str(decision.evidence.as_json()) for value in (NHS[0], "Okafor", "2015", "RM1"))


def test_evidence_fits_the_event_that_seals_it() -> None:
    decision = _decide(profile(nhs=NHS[0]), _known(nhs=NHS[0]))
    assert isinstance(decision, Link)
    sealed = LinkEvidence.model_validate(decision.evidence.as_json())
    assert (sealed.rule, sealed.against, sealed.person) == ("nhs-number", id_of("known"), ADA)
    assert sealed.fields["given-name"] == "agrees"


def test_the_tables_cover_their_codes() -> None:
    assert set(REASONS) == set(RuleCode)
    assert set(FIELD_NAMES) == set(Field)
    assert set(AGREEMENTS) == set(Agreement)
    assert set(KIND_CLASSES) == set(SubjectKind)
    assert [rule.code for rule in RULES] == [code for code in RuleCode if code is not RuleCode.SEVERAL_PERSONS]


def test_scores_lie_in_their_band() -> None:
    bands = {Effect.LINK: range(95, 101), Effect.REVIEW: range(85, 95), Effect.NOTHING: range(1)}
    assert all(rule.percent in bands[rule.effect] for rule in RULES)


_HELD = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["child", "child", "child", "unborn-child", "parent-or-carer"]),
        "family": st.sampled_from(["Okafor", "Okafor-Lee", "Lee", None]),
        "given": st.sampled_from(["Ada", "Ada Grace", "Adagrace", "Beth", "A", "Lee", None]),
        "born": st.sampled_from(["2015-04-03", "2015-03-04", None]),
        "accuracy": st.sampled_from(["AAA", "AAA", "UAA", "EAA", "AAU", "UUE"]),
        "expected": st.sampled_from([None, "2015-04-10"]),
        "nhs": st.sampled_from([None, NHS[0], NHS[1], "9990000019"]),
        "verified": st.booleans(),
        "upn": st.sampled_from([None, UPN[0], UPN[1], BAD_UPN]),
        "others": st.sampled_from([{}, {"former-upn": UPN[0]}, {"pnc": "2019/1Z"}, {"local": "1"}]),
        "postcode": st.sampled_from([None, "RM1 1AA", "RM2 2BB"]),
        "sensitivity": st.sampled_from([(), ("adoption",)]),
        "multiple_birth": st.sampled_from([None, True]),
    }
)
_CANDIDATES = st.lists(
    st.tuples(_HELD, st.sampled_from([ADA, BETH]), st.sampled_from(["police", "housing"])), max_size=4
)


def _candidates(drawn: list[Any]) -> list[Candidate]:
    return [_known(f"known {n}", person, agency, **held) for n, (held, person, agency) in enumerate(drawn)]


@given(_HELD, _CANDIDATES, st.randoms(use_true_random=False))
def test_the_order_of_the_candidates_makes_no_difference(held: Any, drawn: list[Any], random: Any) -> None:
    known = _candidates(drawn)
    assert _decide(profile(**held), *known) == _decide(profile(**held), *random.sample(known, len(known)))


@given(_HELD, _HELD)
def test_comparing_has_no_direction(one: Any, other: Any) -> None:
    assert compare(profile("a", **one), profile("b", **other)) == compare(profile("b", **other), profile("a", **one))


@given(_HELD, _CANDIDATES)
def test_a_link_rests_on_agreement_in_all_that_a_rule_asks(held: Any, drawn: list[Any]) -> None:
    decision = _decide(profile(**held), *_candidates(drawn))
    if isinstance(decision, Link):
        fields = dict(decision.evidence.fields)
        assert held["kind"] != "unborn-child"
        assert {fields[name] for name in (Field.FAMILY_NAME, Field.GIVEN_NAME, Field.BIRTH_DATE)} == {Agreement.AGREES}
        assert Agreement.AGREES in {fields[Field.NHS_NUMBER], fields[Field.UPN]}
        assert Agreement.DIFFERS not in {fields[Field.NHS_NUMBER], fields[Field.UPN]}


@given(_HELD, _CANDIDATES, st.sets(st.sampled_from([f"known {n}" for n in range(4)] + ["person Ada", "person Beth"])))
def test_no_forbidden_pair_ever_links_or_is_offered(held: Any, drawn: list[Any], barred: set[str]) -> None:
    known = _candidates(drawn)
    forbidden = {id_of(name) for name in barred}
    never = {one.person for one in known if one.profile.subject in forbidden or one.person in forbidden}
    decision = _decide(profile(**held), *known, forbidden=[(id_of("new"), one) for one in forbidden])
    if isinstance(decision, Link):
        besides = set() if decision.besides is None else set(decision.besides.persons)
        assert not never & {decision.person, *besides}
    elif isinstance(decision, Review):
        assert not never & set(decision.persons)


@given(_HELD, _HELD)
def test_whatever_a_rule_would_see_is_found_by_a_key(one: Any, other: Any) -> None:
    new, known = profile(**one), _known(**other)
    if not isinstance(_decide(new, known), NewPerson):
        assert set(blind_keys(new)) & set(blind_keys(known.profile))
