"""What each module of a CIN return becomes, where it stands, and what travels with it."""

import datetime as dt

import pytest

from hub.contract.codes import ClosureReason, Factor, PrimaryNeed, ReferralSource, SubjectKind
from hub.contract.details.plans import CinPlan, CpPlan
from hub.contract.details.social_care import Assessment, CaseClosure, CpConference, Referral, Section47
from hub.errors import UsageError
from producers.adapters import cin_identity
from producers.adapters.port import Record, Reject, RejectCode
from tests.census_xml import (
    HEADER,
    assessment,
    census,
    characteristics,
    child,
    cin_plan,
    cp_plan,
    enquiry,
    episode,
    identifiers,
    module,
    only,
    read,
    records,
    rules,
)

CONFERENCE = "2024-02-01"
FULL = episode(
    assessment(factors=("2A", "3B")),
    cin_plan(),
    enquiry("2024-01-11", InitialCPCtarget="2024-02-01", DateOfInitialCPC=CONFERENCE, ICPCnotRequired="0"),
    cp_plan("2024-02-01", ["2024-02-20", "2024-03-05"], NumberOfPreviousCPP="2", LatestCategoryOfAbuse="PHY"),
    CINclosureDate="2024-03-20",
    ReasonForClosure="RC7",
    DateOfInitialCPC=CONFERENCE,
)


def conferences(found: list[Record]) -> list[tuple[str, dt.date]]:
    details = [(record.event.detail, record.event.occurred.date) for record in found]
    return [(detail.kind.value, day) for detail, day in details if isinstance(detail, CpConference)]


def test_a_full_episode_gives_one_event_for_each_thing_that_happened() -> None:
    found = records(census(child(FULL, who=identifiers(PersonDeathDate="2024-03-25"))))
    assert sorted(record.event.type for record in found) == sorted(
        ["death", "referral", "case-closure", "assessment", "cin-plan", "section-47", "cp-plan", *["cp-conference"] * 3]
    )


def test_the_conference_repeated_inside_its_section_47_is_the_same_conference() -> None:
    assert conferences(records(census(child(FULL)))) == [
        ("initial", dt.date(2024, 2, 1)),
        ("review", dt.date(2024, 2, 20)),
        ("review", dt.date(2024, 3, 5)),
    ]


def test_conferences_on_other_days_are_other_conferences() -> None:
    two = [enquiry(DateOfInitialCPC=day) for day in ("2024-02-05", "2024-02-06")]
    found = conferences(records(census(child(episode(*two, DateOfInitialCPC=CONFERENCE)))))
    assert [day.day for _, day in found] == [1, 5, 6]


def test_the_referral_carries_source_need_and_whether_anything_was_done() -> None:
    event = only(records(census(child(FULL))), "referral").event
    assert isinstance(event.detail, Referral)
    assert event.detail.source is ReferralSource("1A")
    assert event.detail.no_further_action is False
    assert event.category.need is PrimaryNeed("N1")
    assert event.occurred.date == dt.date(2024, 1, 8)


def test_modules_carry_their_dates_and_codes() -> None:
    found = records(census(child(FULL)))
    told = {record.event.type: record.event for record in found}
    assert told["assessment"].detail == Assessment(authorised=dt.date(2024, 2, 12))
    assert told["assessment"].category.factors == [Factor("2A"), Factor("3B")]
    assert told["cin-plan"].detail == CinPlan(ended=dt.date(2024, 3, 1))
    section_47 = told["section-47"].detail
    assert isinstance(section_47, Section47)
    assert (section_47.conference_target, section_47.conference) == (dt.date(2024, 2, 1), dt.date(2024, 2, 1))
    assert section_47.conference_not_required is False
    plan = told["cp-plan"].detail
    assert isinstance(plan, CpPlan)
    assert plan.previous_plans == 2
    assert [code.value for code in told["cp-plan"].category.abuse] == ["NEG", "PHY"]
    assert told["case-closure"].detail == CaseClosure(reason=ClosureReason("RC7"))


def test_identity_and_characteristics_travel_with_every_event() -> None:
    who = identifiers(FormerUPN="X98765432123B", PersonDeathDate="2024-03-25")
    found = records(census(child(FULL, who=who, about=characteristics("LD", "AUT"))))
    (subject,) = {record.event.subject.model_dump_json() for record in found}
    person = found[0].event.subject.person
    assert found[0].event.subject.reference == "C0001"
    assert [(each.system.value, each.verified) for each in person.identifiers] == [
        ("la-child-id", False),
        ("upn", False),
        ("former-upn", False),
    ]
    assert person.born is not None
    assert person.died is not None
    assert (person.born.date, person.died.date) == (dt.date(2015, 3, 27), dt.date(2024, 3, 25))
    assert [code.value for code in person.disabilities] == ["LD", "AUT"]
    assert "WBRI" in subject


def test_a_child_not_yet_born_is_an_unborn_child() -> None:
    who = identifiers(UPN=None, PersonBirthDate=None, ExpectedPersonBirthDate="2024-07-01", Sex="U")
    (record,) = records(census(child(episode(), who=who)))
    assert record.event.subject.kind is SubjectKind.UNBORN_CHILD
    assert record.event.subject.person.expected is not None
    assert rules(record) == []


def test_the_header_says_when_the_authority_recorded_it_and_which_it_is() -> None:
    (record,) = records(census(child(episode())))
    assert record.recorded_at == dt.datetime(2024, 5, 23, 10, 14, 5, tzinfo=dt.UTC)
    assert record.event.origin.system == "CIN census, local authority 201"
    assert record.ce_id is None
    assert record.source is None


@pytest.mark.parametrize("written", ["", "yesterday", "2024-13-01T00:00:00", "2024-05-23", "0001-01-01T00:00:00"])
def test_a_header_time_that_cannot_be_read_is_no_time(written: str) -> None:
    (record,) = records(census(child(episode()), header=HEADER.replace("2024-05-23T11:14:05", written)))
    assert record.recorded_at is None or record.recorded_at.year == 1


def test_a_return_without_a_header_is_read() -> None:
    (record,) = records(census(child(episode()), header=""))
    assert record.recorded_at is None


def test_pre_proceedings_travel_in_the_referral_and_lose_nothing() -> None:
    inside = module(
        "PreProceedingsandFGDM",
        PPStartDate="2024-02-09",
        LBPSentDate="2024-02-20",
        FGDMMeetingOffer="1",
        FGDMMeetingFac="0",
        InitialPPMeetingDate="2024-02-28",
        ReviewMeetingsCount="3",
        StepDecisionDate="2024-03-01",
        PPOutcome="A",
        CourtAppDate="2024-03-18",
        LetterInitCPDate="31 June",
    )
    record = only(records(census(child(episode(inside)))), "referral")
    detail = record.event.detail
    assert isinstance(detail, Referral)
    assert detail.pre_proceedings is not None
    held = detail.pre_proceedings
    assert (held.started, held.letter_before_proceedings) == (dt.date(2024, 2, 9), dt.date(2024, 2, 20))
    assert (held.family_meeting_offered, held.family_meeting_facilitated) == (True, False)
    assert (held.review_meetings, held.outcome, held.court_application) == (3, "A", dt.date(2024, 3, 18))
    assert held.initial_letter is None
    assert ("unreadable-date", "31 June") in [(flag.rule, flag.written) for flag in record.event.quality]


def test_a_second_pre_proceedings_is_kept_word_for_word_in_a_flag() -> None:
    twice = [module("PreProceedingsandFGDM", PPOutcome=outcome) for outcome in "AB"]
    record = only(records(census(child(episode(*twice)))), "referral")
    assert [(flag.rule, flag.written) for flag in record.event.quality] == [("repeated-element", "PPOutcome=B")]


def test_each_record_names_its_line_and_its_path() -> None:
    text = census(child(episode()), child(episode(assessment()), who=identifiers(LAchildID="C2", UPN=None)))
    broken = (
        text.replace("2024-01-10", "soon").replace("<Child>", "\n<Child>").replace("<Assessments>", "\n<Assessments>")
    )
    (reject,) = [each for each in read(broken) if isinstance(each, Reject)]
    assert reject.place == "line 4 Child[2]/CINdetails[1]/Assessments[1]"
    assert reject.code is RejectCode.NO_DATE
    assert reject.reason == "AssessmentActualStartDate is not a date that can be read."


def test_modules_of_an_episode_without_a_readable_referral_date_are_still_told() -> None:
    found = read(census(child(episode(assessment(), cin_plan(), CINreferralDate="30/02/2024"))))
    assert [each.event.type for each in found if isinstance(each, Record)] == ["assessment", "cin-plan"]
    (reject,) = [each for each in found if isinstance(each, Reject)]
    assert reject.reason == "CINreferralDate is not a date that can be read (rule 8600)."


def test_fields_in_another_order_are_read_all_the_same() -> None:
    reordered = f"<Child><CINdetails>{assessment()}<CINreferralDate>2024-01-08</CINreferralDate></CINdetails>"
    text = census(f"{reordered}{characteristics()}{identifiers()}</Child>")
    assert [record.event.type for record in records(text)] == ["referral", "assessment"]


@pytest.mark.parametrize(
    ("who", "code"),
    [
        ("", RejectCode.NO_REFERENCE),
        (identifiers(LAchildID=None), RejectCode.NO_REFERENCE),
        (identifiers(LAchildID=" "), RejectCode.NO_REFERENCE),
        (identifiers(LAchildID="C" * 65), RejectCode.NO_REFERENCE),
        (identifiers(LAchildID="C" * 5000), RejectCode.TOO_LARGE),
    ],
)
def test_without_a_usable_reference_each_record_of_the_child_is_rejected(who: str, code: RejectCode) -> None:
    found = read(census(child(FULL, who=who), child(episode(), who=identifiers(LAchildID="C2", UPN=None))))
    assert [type(each) for each in found] == [Reject] * 9 + [Record]
    assert {each.code for each in found if isinstance(each, Reject)} == {code}


def test_a_child_of_whom_nothing_is_told_is_rejected_by_its_rule() -> None:
    (reject,) = read(census(child()))
    assert isinstance(reject, Reject)
    assert (reject.code, reject.place) == (RejectCode.NO_EPISODE, "line 1 Child[1]")
    assert "8590" in reject.reason


def test_stray_text_and_unknown_elements_are_kept_by_name_and_text() -> None:
    who = identifiers("stray words <Nickname>Bo</Nickname>")
    strange = "<Mood><Now>sad</Now> and <Then>glad</Then></Mood>"
    record = only(records(census(child(episode(strange, assessment()), who=who))), "referral")
    assert [(flag.rule, flag.field, flag.written) for flag in record.event.quality] == [
        ("stray-text", "ChildIdentifiers", "stray words"),
        ("unknown-element", "Nickname", "Bo"),
        ("unknown-element", "Mood", "and Now=sad Then=glad"),
    ]


def test_a_field_that_stands_twice_keeps_both() -> None:
    record = only(records(census(child(episode("<ReferralSource>2A</ReferralSource>")))), "referral")
    assert isinstance(record.event.detail, Referral)
    assert record.event.detail.source is ReferralSource("1A")
    assert [(flag.rule, flag.written) for flag in record.event.quality] == [("repeated-element", "2A")]


def test_attributes_are_kept_too() -> None:
    text = census(child(episode())).replace("<ReferralSource>", '<ReferralSource note="by telephone">')
    record = only(records(text), "referral")
    assert isinstance(record.event.detail, Referral)
    assert record.event.detail.source is ReferralSource("1A")
    assert [(flag.rule, flag.field, flag.written) for flag in record.event.quality] == [
        ("unknown-element", "@note", "by telephone")
    ]


def test_a_long_unknown_text_is_kept_whole_over_several_flags() -> None:
    record = only(records(census(child(episode(f"<Note>{'x' * 1000}</Note>")))), "referral")
    assert "".join(flag.written or "" for flag in record.event.quality) == "x" * 1000


def test_more_faults_than_an_event_can_carry_reject_the_record_alone() -> None:
    strange = "".join(f"<Odd{number}/>" for number in range(101))
    found = read(census(child(episode(strange, assessment()))))
    assert [each.event.type for each in found if isinstance(each, Record)] == ["assessment"]
    assert [each.code for each in found if isinstance(each, Reject)] == [RejectCode.TOO_MANY_FAULTS]


@pytest.mark.parametrize(
    ("written", "held"), [("true", True), ("FALSE", False), ("1", True), ("0", False), ("yes", None)]
)
def test_yes_and_no_are_read_as_every_transcription_of_the_schema_has_them(written: str, held: bool | None) -> None:
    detail = only(records(census(child(episode(ReferralNFA=written)))), "referral").event.detail
    assert isinstance(detail, Referral)
    assert detail.no_further_action is held


def test_a_return_of_another_collection_is_refused_as_a_whole() -> None:
    with pytest.raises(UsageError) as refused:
        read(census(child(episode()), header=HEADER.replace(">CIN<", ">SLASC<")))
    assert refused.value.code == "wrong-kind"


def undated(text: str) -> list[tuple[str, RejectCode]]:
    return [(each.reason, each.code) for each in read(text) if isinstance(each, Reject)]


def test_a_closure_conference_or_review_without_a_readable_date_is_rejected_by_itself() -> None:
    closed = {"CINclosureDate": "soon", "ReasonForClosure": "RC7", "DateOfInitialCPC": "later"}
    text = census(child(episode(cp_plan(reviews=["never", ""]), **closed)))
    assert undated(text) == [
        ("DateOfInitialCPC is not a date that can be read.", RejectCode.NO_DATE),
        ("CPPreviewDate is not a date that can be read (rule 8842Q).", RejectCode.NO_DATE),
        ("CPPreviewDate is missing (rule 8842Q).", RejectCode.NO_DATE),
        ("CINclosureDate is not a date that can be read.", RejectCode.NO_DATE),
    ]
    assert [each.event.type for each in read(text) if isinstance(each, Record)] == ["referral", "cp-plan"]


def test_a_far_off_year_is_flagged_on_each_record_that_it_dates() -> None:
    far = "9999-01-04"
    closed = {"CINclosureDate": far, "ReasonForClosure": "RC7", "DateOfInitialCPC": far}
    found = records(census(child(episode(cp_plan(reviews=[far]), **closed))))
    flagged = {record.event.type for record in found if "implausible-year" in rules(record)}
    assert flagged == {"referral", "case-closure", "cp-conference"}


def test_identity_that_stands_twice_keeps_both() -> None:
    who = identifiers(GenderCurrent="2") + identifiers(LAchildID="C9")
    (record,) = records(census(child(episode(), who=who)))
    assert record.event.subject.reference == "C0001"
    assert record.event.subject.person.sex == "M"
    kept = [(flag.field, flag.written) for flag in record.event.quality if flag.rule == "repeated-element"]
    assert kept[0][0] == "ChildIdentifiers"
    assert "LAchildID=C9" in (kept[0][1] or "")
    assert kept[1] == ("GenderCurrent", "2")


def test_a_number_too_long_for_an_identifier_is_kept_in_a_flag() -> None:
    (record,) = records(census(child(episode(), who=identifiers(UPN="9" * 70))))
    assert ("too-long", "9" * 70) in [(flag.rule, flag.written) for flag in record.event.quality]
    assert [each.system.value for each in record.event.subject.person.identifiers] == ["la-child-id"]


def test_an_outcome_too_long_for_its_field_is_kept_in_a_flag() -> None:
    record = only(records(census(child(episode(module("PreProceedingsandFGDM", PPOutcome="x" * 120))))), "referral")
    assert ("too-long", "x" * 120) in [(flag.rule, flag.written) for flag in record.event.quality]


def test_what_does_not_belong_among_repeated_values_is_kept_too() -> None:
    about = characteristics("LD").replace("<Disabilities>", "<Disabilities>and<Pet>cat</Pet><Toy><a>b</a></Toy>")
    (record,) = records(census(child(episode(), about=about)))
    assert [(flag.rule, flag.field, flag.written) for flag in record.event.quality] == [
        ("stray-text", "Disabilities", "and"),
        ("unknown-element", "Pet", "cat"),
        ("unknown-element", "Toy", "a=b"),
    ]
    assert [code.value for code in record.event.subject.person.disabilities] == ["LD"]


def test_a_repeated_value_with_an_attribute_is_still_a_value() -> None:
    about = characteristics("LD").replace("<Disability>", '<Disability since="2019">')
    (record,) = records(census(child(episode(), about=about)))
    assert [code.value for code in record.event.subject.person.disabilities] == ["LD"]
    assert [(flag.field, flag.written) for flag in record.event.quality] == [("@since", "2019")]


@pytest.mark.parametrize("name", ["ChildIdentifiers", "ChildCharacteristics", "CINdetails", "Assessments"])
def test_an_empty_element_is_an_element_of_its_kind(name: str) -> None:
    whole = {"ChildIdentifiers": identifiers(), "ChildCharacteristics": characteristics(), "CINdetails": episode()}
    parts = whole | ({name: f"<{name}/>"} if name in whole else {"CINdetails": episode("<Assessments/>")})
    found = read(census(f"<Child>{''.join(parts.values())}</Child>"))
    expected = {"ChildIdentifiers": [Reject], "ChildCharacteristics": [Record], "CINdetails": [Reject]}
    assert [type(each) for each in found] == expected.get(name, [Record, Reject])


def test_somebody_born_on_29_february_is_25_on_1_march() -> None:
    born = identifiers(PersonBirthDate="1996-02-29")
    closed = {"ReasonForClosure": "RC7", "CINreferralDate": "2021-01-04"}
    for day, flagged in (("2021-03-01", False), ("2021-03-02", True)):
        text = census(child(episode(**closed, CINclosureDate=day), who=born))
        assert ("8775Q" in rules(only(records(text), "referral"))) is flagged


def test_only_so_many_ids_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cin_identity, "MOST_SEEN", 1)
    seen = cin_identity.Seen()
    assert [seen.again("UPN", value) for value in ("a", "b", "b", "a")] == [False, False, False, True]
