"""The fixed story: what the demonstration's narrator relies on."""

import pytest
from pydantic import ValidationError

from hub.contract.codes import SubjectKind
from hub.contract.details.mash import InformationRequest
from hub.contract.details.social_care import CaseClosure
from hub.contract.event import ConcernEvent
from hub.contract.person import AddressKind, IdentifierSystem
from producers.synthetic import ChildKey, Fault, Record, Told, as_cloudevent_line, families
from producers.synthetic.beats import Beat
from producers.synthetic.demo import Story, story
from producers.synthetic.demo_others import tell_of_twins
from producers.synthetic.demo_people import NOW, Line, play
from producers.synthetic.partnership import COMMUNITY, CSC, HOSPITAL, POLICE, REFUGE, SCHOOLS


@pytest.fixture(scope="module")
def tale() -> Story:
    return story()


def sent(tale: Story, ce_id: str) -> list[Told]:
    return [told for told in tale.told if told.ce_id == ce_id]


def subject_of(told: Told) -> Record:
    return Record(told.agency, told.event.subject.reference)


def test_it_is_always_the_same(tale: Story) -> None:
    again = story()
    assert [as_cloudevent_line(told) for told in again.told] == [as_cloudevent_line(told) for told in tale.told]
    assert again == tale


def test_it_is_small_and_in_order_of_arrival(tale: Story) -> None:
    assert 60 <= len(tale.told) <= 80
    arrivals = [told.arrived_at for told in tale.told]
    assert arrivals == sorted(arrivals)


def test_every_event_is_valid_but_the_one_out_of_contract(tale: Story) -> None:
    for told in tale.told:
        assert ConcernEvent.model_validate_json(told.event.model_dump_json(), strict=True) == told.event
    with pytest.raises(ValidationError) as refused:
        ConcernEvent.model_validate(dict(tale.out_of_contract.data), strict=False)
    assert [error["loc"] for error in refused.value.errors()] == [(tale.out_of_contract.field,)]


def test_three_agencies_hold_enough_of_the_child_to_be_linked(tale: Story) -> None:
    held = {}
    for told in tale.told:
        if subject_of(told) in tale.child:
            person = told.event.subject.person
            held[told.agency] = {i.system for i in person.identifiers if i.verified or i.system is IdentifierSystem.UPN}
    assert held[CSC] == {IdentifierSystem.NHS_NUMBER, IdentifierSystem.UPN}
    assert held[HOSPITAL] == held[COMMUNITY] == {IdentifierSystem.NHS_NUMBER}
    assert held[SCHOOLS] == {IdentifierSystem.UPN}
    assert held[POLICE] == set()
    assert {record.agency for record in tale.child} >= {CSC, POLICE, HOSPITAL, SCHOOLS}


def test_one_sending_is_repeated_and_one_is_forged(tale: Story) -> None:
    first, again = sent(tale, tale.resent_ce_id)
    assert again.fault is Fault.RESENT
    assert as_cloudevent_line(first) == as_cloudevent_line(again)
    (forged,) = sent(tale, tale.forged_ce_id)
    assert forged.fault is Fault.WRONG_SIGNATURE


def test_the_late_record_comes_last_two_years_after(tale: Story) -> None:
    (late,) = sent(tale, tale.late_ce_id)
    assert tale.told[-1] is late
    assert (late.recorded_at.date() - late.event.occurred.date).days > 2 * 365
    assert all(told.arrived_at <= tale.moment_before_late for told in tale.told[:-1])


def test_before_the_corrections_nothing_was_corrected(tale: Story) -> None:
    corrections = [told for told in tale.told if told.event.corrects]
    targets = {sent(tale, ce_id)[0].event_id for ce_id in (tale.corrected_ce_id, tale.regraded_ce_id)}
    assert {told.event.corrects for told in corrections} == targets
    assert all(told.arrived_at > tale.moment_before_correction for told in corrections)
    for ce_id in (tale.corrected_ce_id, tale.regraded_ce_id):
        assert sent(tale, ce_id)[0].arrived_at < tale.moment_before_correction


def test_corrections_change_a_date_a_grade_and_an_age(tale: Story) -> None:
    changed = {told.event.corrects: told.event for told in tale.told if told.event.corrects}
    hospital, police = sent(tale, tale.corrected_ce_id)[0], sent(tale, tale.regraded_ce_id)[0]
    assert changed[hospital.event_id].occurred.date < hospital.event.occurred.date
    assert changed[police.event_id].sharing.handling != police.event.sharing.handling
    assert changed[police.event_id].subject.person.born != police.event.subject.person.born


def test_a_retraction_names_the_retracted_event(tale: Story) -> None:
    (retracted,) = sent(tale, tale.retracted_ce_id)
    assert [told.event.retracts for told in tale.told if told.event.retracts] == [retracted.event_id]


def names_and_births(tale: Story, key: ChildKey) -> set[tuple[str | None, str | None, str]]:
    return {
        (name.family, name.given, str(told.event.subject.person.born))
        for told in tale.told
        if subject_of(told) in key.records
        for name in told.event.subject.person.names
    }


def test_twins_and_the_adopted_are_two_of_everything(tale: Story) -> None:
    for first, second in (tale.twins, tale.adopted_pair, tale.unborn):
        assert not set(first.records) & set(second.records)
        assert names_and_births(tale, first).isdisjoint(names_and_births(tale, second))
    twins = [{(family, born) for family, _, born in names_and_births(tale, key)} for key in tale.twins]
    assert twins[0] == twins[1]


def test_the_unborn_child_is_known_by_its_mothers_number(tale: Story) -> None:
    unborn, born = tale.unborn
    assert (unborn.kind, born.kind) == (SubjectKind.UNBORN_CHILD, SubjectKind.CHILD)
    numbers: dict[str, set[str]] = {"unborn": set(), "born": set()}
    for told in tale.told:
        for name, key in (("unborn", unborn), ("born", born)):
            if subject_of(told) in key.records:
                numbers[name] |= {identifier.value for identifier in told.event.subject.person.identifiers}
    assert len(numbers["unborn"]) == len(numbers["born"]) == 1
    assert numbers["unborn"].isdisjoint(numbers["born"])


def test_the_refuge_address_is_confidential_and_the_silent_agency_silent(tale: Story) -> None:
    refuges = [a for told in tale.told for a in told.event.subject.person.addresses if a.kind is AddressKind.REFUGE]
    assert refuges
    assert all(address.confidential for address in refuges)
    assert tale.in_refuge.agency == REFUGE
    asked = [t for t in tale.told if isinstance(t.event.detail, InformationRequest)]
    assert tale.silent_agency in {t.event.detail.asked for t in asked if isinstance(t.event.detail, InformationRequest)}
    answered = {told.agency for told in tale.told if told.event.type == "information-response"}
    assert tale.silent_agency not in answered


def test_a_line_of_the_fixed_story_must_say_whom_it_is_about() -> None:
    line = Line("2025-01-06", Beat(CSC, NOW, CaseClosure()))
    with pytest.raises(TypeError):
        play(tell_of_twins(), [line])


def test_its_numbers_are_never_those_of_seeded_families(tale: Story) -> None:
    def numbers(told: Told) -> set[str]:
        return {told.event.subject.reference, *(i.value for i in told.event.subject.person.identifiers)}

    fixed = set().union(*(numbers(told) for told in tale.told))
    seeded = {number for one in families(300, seed=1) for told in one.told for number in numbers(told)}
    assert fixed.isdisjoint(seeded)
