"""Each CIN rule that is judged is broken once and noted on the record that breaks it; a clean return has no flag."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.adapters.cin_outline import EPISODE_RULES
from producers.adapters.faults import FAULTS
from producers.adapters.quality import DATE_RULES, NOT_JUDGED, RULES
from tests.census_xml import (
    UPN,
    assessment,
    census,
    characteristics,
    child,
    cin_plan,
    cp_plan,
    enquiry,
    episode,
    identifiers,
    only,
    records,
    rules,
)

REGISTRY = """
100 1103 1104 1105 1510 1520 1530 1540 1550 1560Q 1570 1580 2883 2884 2885 2886Q 2887Q 2888Q 2889 2990 2991Q 4000 4001
4003 4004 4008 4009Q 4010 4011 4012Q 4013 4014 4015 4016 4017 4180 4220 8500 8510 8520 8525Q 8530Q 8535Q 8540 8545Q
8555Q 8565 8568 8569Q 8585Q 8590 8600 8606 8608 8610 8614 8615 8620 8630 8640 8650 8670Q 8675Q 8696 8715 8720 8730 8736
8740 8750 8770Q 8772 8775Q 8790 8794 8805 8810 8815 8816 8820 8825Q 8831 8832 8839 8840 8841 8842Q 8863Q 8866 8867 8868
8869 8870Q 8873Q 8875 8890 8896 8897Q 8898 8905 8910 8915 8920 8925 8930 8935 8940 8945Q 8950Q
"""

FRIDAY, SATURDAY = "2024-02-02", "2024-02-03"
CLOSED = {"CINclosureDate": "2024-03-20", "ReasonForClosure": "RC7"}
DEAD = identifiers(PersonDeathDate="2024-02-20")
CONFERENCE = enquiry(DateOfInitialCPC="2024-02-01", ICPCnotRequired="false")


def of_child(who: str) -> str:
    return census(child(episode(), who=who))


def of(*modules: str, **values: str | None) -> str:
    return census(child(episode(*modules, **values)))


# The rule, a return that breaks it, the type of the event that carries the flag.
CASES: list[tuple[str, str, str]] = [
    ("1103", of(assessment("2024-01-05")), "assessment"),
    ("1104", of(DateOfInitialCPC="2024-01-05"), "cp-conference"),
    ("1105", of(cp_plan("2024-01-05")), "cp-plan"),
    ("1510", of_child(identifiers(UPN="A" + UPN[1:])), "referral"),
    ("1520", census(child(episode()), child(episode(), who=identifiers(LAchildID="C0002"))), "referral"),
    ("1530", of_child(identifiers(UPN="N999202400001")), "referral"),
    ("1540", of_child(identifiers(UPN=f"{UPN[0]}20120240X001")), "referral"),
    ("1550", of_child(identifiers(UPN=f"{UPN[0]}20120240000I")), "referral"),
    ("1560Q", of_child(identifiers(FormerUPN="X123")), "referral"),
    ("1570", of_child(identifiers(LAchildID="C" * 21)), "referral"),
    ("1580", of_child(identifiers(LAchildID="C-1")), "referral"),
    ("2884", of(assessment(), CONFERENCE, cp_plan("2024-02-01"), DateOfInitialCPC="2024-02-01"), "referral"),
    ("2885", of(cp_plan("2024-02-05"), DateOfInitialCPC="2024-02-01"), "cp-plan"),
    ("2889", of(assessment(), enquiry("2024-01-05")), "section-47"),
    ("2990", of(assessment(), cin_plan(), **{**CLOSED, "ReasonForClosure": "RC8"}), "referral"),
    ("2991Q", of(enquiry()), "referral"),
    ("4000", of(cin_plan(), ReferralNFA="1"), "referral"),
    ("4001", of(cin_plan(end=None), cp_plan("2024-02-01")), "referral"),
    ("4003", of(cin_plan(), cp_plan("2024-01-20", ["2024-02-20"])), "cp-conference"),
    ("4004", of(cin_plan("2024-01-10", None), cin_plan("2024-02-10", None)), "referral"),
    ("4008", census(child(episode(cin_plan("2024-02-21")), who=DEAD)), "cin-plan"),
    ("4009Q", census(child(episode(cin_plan("2024-02-13", "2024-02-21")), who=DEAD)), "cin-plan"),
    ("4011", of(cin_plan("2024-02-13", "2024-02-12")), "cin-plan"),
    ("4012Q", of(cin_plan("2024-02-13", "2024-02-13")), "cin-plan"),
    ("4014", of(cin_plan("2024-02-13"), cin_plan("2024-02-20")), "referral"),
    ("4015", of(cin_plan("2024-01-05")), "cin-plan"),
    ("4016", of(cin_plan("2024-02-13"), cp_plan("2024-02-01", CPPendDate="2024-02-20")), "referral"),
    ("4017", of(cin_plan("2024-01-20"), cp_plan("2024-02-01", CPPendDate="2024-03-20")), "referral"),
    ("4180", of_child(identifiers(Sex="1")), "referral"),
    ("4220", census(child(episode(), about=characteristics(ethnicity="WXYZ"))), "referral"),
    ("8510", census(child(episode()), child(episode(), who=identifiers(UPN=None))), "referral"),
    ("8520", of_child(identifiers(PersonBirthDate="2024-04-01")), "referral"),
    ("8525Q", of_child(identifiers(PersonBirthDate=None)), "referral"),
    ("8535Q", of_child(identifiers(PersonDeathDate="2014-01-01")), "death"),
    ("8540", census(child(episode(), about=characteristics("XX"))), "referral"),
    ("8555Q", of_child(identifiers(PersonDeathDate="2024-01-07")), "referral"),
    ("8565", of(assessment(end="2024-03-21"), **CLOSED), "assessment"),
    ("8568", of(ReferralNFA="perhaps"), "referral"),
    ("8585Q", of(assessment(), **{**CLOSED, "ReasonForClosure": "RC2"}), "case-closure"),
    ("8590", census(child(who=DEAD)), "death"),
    ("8600", of(CINreferralDate="2024-04-01"), "referral"),
    ("8606", of_child(identifiers(PersonBirthDate=None, ExpectedPersonBirthDate="2024-10-15", Sex="U")), "referral"),
    ("8608", of(assessment("2024-02-13")), "assessment"),
    ("8610", of(PrimaryNeedCode=None), "referral"),
    ("8614", of(assessment(end=None)), "assessment"),
    ("8615", of(assessment(), enquiry("2024-02-05", DateOfInitialCPC="2024-02-01")), "section-47"),
    ("8630", of(**{**CLOSED, "CINclosureDate": "2024-01-05"}), "case-closure"),
    ("8640", of(assessment(), **{**CLOSED, "ReasonForClosure": "RC99"}), "case-closure"),
    ("8650", of(PrimaryNeedCode="N99"), "referral"),
    ("8730", of(cp_plan(NumberOfPreviousCPP=None)), "cp-plan"),
    ("8750", of_child(identifiers(PersonBirthDate=None, ExpectedPersonBirthDate="2024-07-01")), "referral"),
    ("8772", of_child(identifiers(UPN=None, UPNunknown="UN7")), "referral"),
    ("8775Q", of_child(identifiers(PersonBirthDate="1998-01-01")), "referral"),
    ("8790", census(child(episode(), about=characteristics("NONE", "LD"))), "referral"),
    ("8794", census(child(episode(), about=characteristics("LD", "LD"))), "referral"),
    ("8805", of(CINclosureDate="2024-03-20"), "case-closure"),
    ("8810", of(ReasonForClosure="RC7"), "referral"),
    ("8815", census(child(episode(), episode(CINreferralDate="2024-02-01"))), "referral"),
    ("8820", census(child(episode(**CLOSED), episode(CINreferralDate="2024-03-01"))), "referral"),
    ("8825Q", of(**{**CLOSED, "ReasonForClosure": "RC9"}), "referral"),
    ("8831", of(assessment(), ReferralNFA="true"), "referral"),
    ("8832", of(cp_plan(), ReferralNFA="true"), "referral"),
    (
        "8839",
        of(assessment(), *[enquiry(day, ICPCnotRequired="0") for day in ("2024-01-11", "2024-01-12")]),
        "referral",
    ),
    ("8840", of(cp_plan(CPPendDate="2024-02-01")), "cp-plan"),
    ("8841", of(cp_plan("2024-02-01", ["2024-02-01"])), "cp-conference"),
    ("8842Q", of(cp_plan().replace("</Child", "<Reviews/></Child")), "cp-plan"),
    ("8863Q", of(assessment(), assessment("2024-01-20")), "referral"),
    ("8866", of(ReferralSource="Z"), "referral"),
    ("8867", of(assessment(end=None, factors=()), **CLOSED), "referral"),
    ("8868", of(assessment(), enquiry(ICPCnotRequired="0"), **CLOSED), "referral"),
    ("8869", of(assessment(factors=("21", "2A"))), "assessment"),
    ("8870Q", of(assessment(), enquiry(InitialCPCtarget=SATURDAY)), "section-47"),
    ("8873Q", of(assessment(factors=("21",)), **CLOSED), "referral"),
    ("8875", of(DateOfInitialCPC=SATURDAY), "cp-conference"),
    (
        "8890",
        of(assessment(), *[enquiry(day, DateOfInitialCPC=FRIDAY) for day in ("2024-01-11", "2024-01-12")]),
        "referral",
    ),
    ("8896", of(*[assessment(day, None, ()) for day in ("2024-01-10", "2024-02-10")]), "referral"),
    ("8897Q", of(assessment(factors=())), "assessment"),
    ("8898", of(assessment(factors=("2A", "2A"))), "assessment"),
    ("8905", of(cp_plan(InitialCategoryOfAbuse="XXX")), "cp-plan"),
    ("8910", of(cp_plan(LatestCategoryOfAbuse=None)), "cp-plan"),
    ("8915", census(child(episode(cp_plan("2024-02-21")), who=DEAD)), "cp-plan"),
    ("8920", census(child(episode(cp_plan("2024-02-01", CPPendDate="2024-02-21")), who=DEAD)), "cp-plan"),
    ("8925", of(cp_plan("2024-02-01", CPPendDate="2024-01-31")), "cp-plan"),
    ("8935", of(cp_plan("2024-02-01"), cp_plan("2024-02-05")), "referral"),
    ("8940", of(*[cp_plan(day, CPPendDate="2024-02-20") for day in ("2024-02-01", "2024-02-05")]), "referral"),
    ("8945Q", of(assessment(factors=("18A",))), "assessment"),
    ("8950Q", of(assessment(factors=("19A",))), "assessment"),
]

# Rules that cannot be broken without breaking another: two plans that are open at once also overlap, and so on.
IMPLIED: dict[str, set[str]] = {
    "4001": {"4016"},
    "4003": {"4016", "4017"},
    "4004": {"4014"},
    "4008": {"4009Q"},
    "8535Q": {"8555Q"},
    "8815": {"8820"},
    "8839": {"8890"},
    "8896": {"8863Q"},
    "8935": {"8940"},
}


def test_every_rule_of_the_registry_is_judged_or_not_with_a_reason() -> None:
    assert len(REGISTRY.split()) == 109
    assert sorted([*RULES, *NOT_JUDGED]) == sorted(REGISTRY.split())


def test_every_rule_that_is_judged_has_a_case() -> None:
    assert sorted(rule for rule, _, _ in CASES) == sorted(RULES)


def test_no_table_names_a_rule_that_has_no_sentence() -> None:
    of_dates = {rule.rule for group in DATE_RULES.values() for rule in group}
    of_episodes = {rule.rule for group in EPISODE_RULES for rule in group.rules}
    assert of_dates | of_episodes <= set(RULES)
    assert not set(FAULTS) & set(RULES)


def test_a_clean_return_has_no_flag() -> None:
    clean = census(
        child(
            episode(
                assessment(),
                cin_plan(),
                enquiry("2024-01-11", DateOfInitialCPC="2024-02-01", ICPCnotRequired="false"),
                DateOfInitialCPC=None,
            )
        ),
        child(episode(**CLOSED), who=identifiers(LAchildID="C0002", UPN=None, UPNunknown="UN1")),
    )
    assert [rules(record) for record in records(clean)] == [[]] * 7


@pytest.mark.parametrize(("rule", "text", "carrier"), CASES, ids=[rule for rule, _, _ in CASES])
def test_a_broken_rule_is_noted_on_the_record_that_breaks_it(rule: str, text: str, carrier: str) -> None:
    found = records(text)
    carriers = {record.event.type for record in found if rule in rules(record)}
    assert carrier in carriers


@pytest.mark.parametrize(
    ("rule", "text"), [(rule, text) for rule, text, _ in CASES], ids=[rule for rule, _, _ in CASES]
)
def test_breaking_one_rule_breaks_only_what_it_implies(rule: str, text: str) -> None:
    noted = {each for record in records(text) for each in rules(record)}
    assert noted - {rule} <= IMPLIED.get(rule, set())


def test_a_rule_between_two_records_is_noted_on_the_later_one() -> None:
    first, second = records(census(child(episode()), child(episode(), who=identifiers(UPN=None))))
    assert (rules(first), rules(second)) == ([], ["8510"])


def test_an_identifier_that_is_held_is_not_written_into_a_flag() -> None:
    wrong = "A" + UPN[1:]
    (record,) = records(of_child(identifiers(UPN=wrong)))
    assert wrong not in str([flag.written for flag in record.event.quality])
    assert wrong in [each.value for each in record.event.subject.person.identifiers]


def test_a_code_outside_its_list_is_written_and_never_enters_the_field() -> None:
    found = records(
        of(assessment(factors=("1C", "RB", "6B")), cp_plan(InitialCategoryOfAbuse="ZZZ"), ReferralSource="X9")
    )
    told = only(found, "assessment").event
    assert [code.value for code in told.category.factors] == ["1C", "6B"]
    assert [(flag.rule, flag.written) for flag in told.quality] == [("not-in-code-list", "RB")]
    assert ("8866", "X9") in [(flag.rule, flag.written) for flag in only(found, "referral").event.quality]
    assert ("8905", "ZZZ") in [(flag.rule, flag.written) for flag in only(found, "cp-plan").event.quality]


@pytest.mark.parametrize(
    ("field", "written", "sex", "flags"),
    [
        ("Sex", "M", "M", []),
        ("Sex", "F", "F", []),
        ("Sex", "U", "U", []),
        ("Sex", "1", None, ["4180"]),
        ("Sex", "m", None, ["4180"]),
        ("GenderCurrent", "1", "M", []),
        ("GenderCurrent", "2", "F", []),
        ("GenderCurrent", "0", "U", []),
        ("GenderCurrent", "9", "U", []),
        ("GenderCurrent", "M", None, ["4180"]),
        ("GenderCurrent", "3", None, ["4180"]),
    ],
)
def test_sex_of_every_year(field: str, written: str, sex: str | None, flags: list[str]) -> None:
    (record,) = records(of_child(identifiers(**{"Sex": None, field: written})))
    held = record.event.subject.person.sex
    assert (held.value if held else None, rules(record)) == (sex, flags)


@given(st.text("0123456789ABC", max_size=14))
def test_any_upn_gives_flags_and_never_stops_a_record(upn: str) -> None:
    (record,) = records(of_child(identifiers(UPN=upn)))
    assert set(rules(record)) <= {"1510", "1530", "1540", "1550", "upn-length"}
