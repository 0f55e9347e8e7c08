"""Invented families: reproducible, complete, true to their kind, and valid by the contract."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from itertools import islice

import pytest

from hub.contract.codes import SubjectKind
from hub.contract.details import DETAILS
from hub.contract.details.mash import InformationRequest, InformationResponse
from hub.contract.event import ConcernEvent
from hub.contract.person import AddressKind, IdentifierSystem, PersonAsHeld
from hub.contract.sharing import InformationGrade, LegalBasis, Sensitivity
from hub.errors import UsageError
from producers.synthetic import (
    ChildKey,
    Family,
    Fault,
    Record,
    StoryKind,
    Told,
    as_cloudevent_line,
    families,
    family,
    tell,
)
from producers.synthetic.dice import Dice
from producers.synthetic.families import STORIES
from producers.synthetic.identifiers import Numbers
from producers.synthetic.partnership import AGENCIES, COMMUNITY, CSC, HOSPITAL, REFUGE
from producers.synthetic.people import invent_household
from producers.synthetic.stories_quiet import tell_quiet
from producers.synthetic.telling import LAST_DAY, Telling

GOLDEN = "e6da28f2a887f205db5e2ab5069d0b99e32e19f74b234d6905775a5fc0368672"


@pytest.fixture(scope="module")
def many() -> tuple[Family, ...]:
    return tuple(families(400, seed=7))


@pytest.fixture(scope="module")
def sendings(many: tuple[Family, ...]) -> tuple[Told, ...]:
    return tuple(told for one in many for told in one.told)


def held_by(one: Family, key: ChildKey) -> list[tuple[Record, PersonAsHeld]]:
    records = set(key.records)
    found = []
    for told in one.told:
        record = Record(told.agency, told.event.subject.reference)
        if record in records:
            found.append((record, told.event.subject.person))
    return found


def numbers_of(one: Family, key: ChildKey, system: IdentifierSystem) -> set[str]:
    return {
        identifier.value
        for _, person in held_by(one, key)
        for identifier in person.identifiers
        if identifier.system is system
    }


def lines(seed: int, count: int) -> Iterator[bytes]:
    return islice(map(as_cloudevent_line, tell(families(40, seed))), count)


def test_same_seed_gives_the_same_bytes_on_every_python() -> None:
    """If stories or the contract changed on purpose, put the new hash here; if not, reproducibility broke."""
    assert sha256(b"".join(lines(seed=3, count=200))).hexdigest() == GOLDEN


def test_other_seeds_give_other_families() -> None:
    assert list(lines(seed=3, count=50)) != list(lines(seed=4, count=50))


def test_one_family_is_reproducible_alone() -> None:
    for kind in StoryKind:
        assert family(kind, 11) == family(kind, 11)
        assert family(kind, 11).told


def test_every_kind_has_a_story_and_comes_among_the_first() -> None:
    assert set(STORIES) == set(StoryKind)
    assert sum(story.in_thousand for story in STORIES.values()) == 1000
    for seed in range(5):
        assert {one.kind for one in families(len(StoryKind), seed)} == set(StoryKind)


def test_ordinary_families_are_the_most_common(many: tuple[Family, ...]) -> None:
    kinds = Counter(one.kind for one in many)
    assert kinds.most_common(1)[0][0] is StoryKind.QUIET
    assert kinds[StoryKind.ADOPTION] < kinds[StoryKind.DOMESTIC_ABUSE]


def test_all_agencies_speak_and_all_types_of_event_occur(sendings: tuple[Told, ...]) -> None:
    rare = [told for seed in range(200) for told in family(StoryKind.QUIET, seed).told]
    assert {told.agency for told in sendings} == set(AGENCIES)
    assert {told.event.type for told in (*sendings, *rare)} == set(DETAILS)


def test_every_event_is_valid_by_the_contract(sendings: tuple[Told, ...]) -> None:
    for told in sendings:
        assert ConcernEvent.model_validate_json(told.event.model_dump_json(), strict=True) == told.event


def test_every_family_is_told_in_order_of_arrival(many: tuple[Family, ...]) -> None:
    for one in many:
        arrivals = [told.arrived_at for told in one.told]
        assert arrivals == sorted(arrivals)
        assert all(one.begins_at <= at <= datetime(2026, 6, 30, 17, tzinfo=UTC) for at in arrivals)


def test_nothing_is_recorded_before_it_happened(sendings: tuple[Told, ...]) -> None:
    for told in sendings:
        occurred = told.event.occurred
        assert occurred.at is None or occurred.at <= told.recorded_at
        assert max(occurred.date, occurred.until or occurred.date) <= told.recorded_at.date()


def test_stories_end_before_the_duty_to_share_begins(sendings: tuple[Told, ...]) -> None:
    assert all(LegalBasis.CA2004_S16LA not in told.event.sharing.legal_basis for told in sendings)


def test_the_stream_is_merged_by_arrival(many: tuple[Family, ...], sendings: tuple[Told, ...]) -> None:
    stream = list(tell(iter(many)))
    assert [told.arrived_at for told in stream] == sorted(told.arrived_at for told in sendings)
    assert list(tell(tuple(reversed(many)))) is not None
    assert Counter(told.ce_id for told in stream) == Counter(told.ce_id for told in sendings)


def test_the_stream_holds_only_families_that_have_begun() -> None:
    begun: list[Family] = []

    def watched() -> Iterator[Family]:
        for one in families(300, seed=5):
            begun.append(one)
            yield one

    first = next(tell(watched()))
    assert begun[-1].begins_at > first.arrived_at
    assert len(begun) < 30


def test_families_out_of_order_are_refused(many: tuple[Family, ...]) -> None:
    with pytest.raises(UsageError):
        list(tell(reversed(many)))


def test_a_story_stops_at_the_last_day_of_all_stories() -> None:
    dice, numbers = Dice("late"), Numbers(3)
    telling = Telling(dice, numbers, LAST_DAY, invent_household(dice, numbers, LAST_DAY, 1))
    telling.add_child(LAST_DAY.replace(year=2020))
    tell_quiet(telling)
    assert all(told.event.occurred.date <= LAST_DAY for told in telling.told)


def test_too_many_families_are_refused() -> None:
    with pytest.raises(UsageError):
        families(100_000, seed=1)
    assert list(families(0, seed=1)) == []


def test_each_agency_has_its_own_reference_for_one_child_only(many: tuple[Family, ...]) -> None:
    owners: dict[Record, tuple[int, str]] = {}
    for place, one in enumerate(many):
        for key in one.children:
            for record in key.records:
                assert owners.setdefault(record, (place, key.label)) == (place, key.label)
    assert len({record.reference for record in owners}) == len(owners)


def test_some_records_link_and_some_need_a_person(many: tuple[Family, ...]) -> None:
    verified = pupil = named = 0
    for one in many:
        for key in one.children:
            for _, person in held_by(one, key):
                systems = {identifier.system for identifier in person.identifiers}
                verified += IdentifierSystem.NHS_NUMBER in systems
                pupil += IdentifierSystem.UPN in systems
                named += not systems
    assert min(verified, pupil, named) > 500


def test_agencies_make_mistakes_about_who_a_child_is(many: tuple[Family, ...]) -> None:
    births, families_names, accuracies = 0, 0, set()
    for one in many:
        for key in one.children:
            people = [person for _, person in held_by(one, key)]
            births += len({person.born.date for person in people if person.born}) > 1
            families_names += len({person.names[0].family for person in people if person.names}) > 1
            accuracies |= {person.born.accuracy for person in people if person.born}
    assert births > 20
    assert families_names > 20
    assert accuracies == {"AAA", "UUE"}


@pytest.mark.parametrize("seed", range(8))
def test_twins_share_name_birth_and_home_but_no_identifier(seed: int) -> None:
    one = family(StoryKind.TWINS, seed)
    assert one.twins is not None
    first, second = one.twins
    assert not set(first.records) & set(second.records)
    nhs = [numbers_of(one, key, IdentifierSystem.NHS_NUMBER) for key in one.twins]
    assert not nhs[0] & nhs[1]
    people = [[person for _, person in held_by(one, key)] for key in one.twins]
    hospital = [[p for record, p in held_by(one, key) if record.agency in {HOSPITAL, COMMUNITY}] for key in one.twins]
    for left in hospital[0]:
        for right in hospital[1]:
            assert left.multiple_birth
            assert left.addresses == right.addresses
    assert {person.names[0].given for person in people[0]} != {person.names[0].given for person in people[1]}


def test_twins_numbers_are_next_to_each_other() -> None:
    apart = []
    for seed in range(8):
        one = family(StoryKind.TWINS, seed)
        assert one.twins is not None
        first, second = (numbers_of(one, key, IdentifierSystem.NHS_NUMBER) for key in one.twins)
        apart += [abs(int(a[:9]) - int(b[:9])) for a in first for b in second]
    assert apart
    assert set(apart) <= {1, 2}


@pytest.mark.parametrize("seed", range(8))
def test_the_two_lives_of_an_adopted_child_share_nothing_that_links(seed: int) -> None:
    one = family(StoryKind.ADOPTION, seed)
    assert one.adopted is not None
    birth, adopted = one.adopted
    assert not set(birth.records) & set(adopted.records)
    for system in (IdentifierSystem.NHS_NUMBER, IdentifierSystem.UPN):
        assert not numbers_of(one, birth, system) & numbers_of(one, adopted, system)
    homes, names = [], []
    for key in one.adopted:
        people = [person for _, person in held_by(one, key)]
        homes.append({address.postcode for person in people for address in person.addresses})
        names.append({name.family for person in people for name in person.names})
    assert homes[0].isdisjoint(homes[1])
    assert names[0].isdisjoint(names[1])


@pytest.mark.parametrize("seed", range(8))
def test_an_unborn_child_is_known_by_its_mothers_number_only(seed: int) -> None:
    one = family(StoryKind.UNBORN, seed)
    assert one.unborn is not None
    unborn, born = one.unborn
    assert (unborn.kind, born.kind) == (SubjectKind.UNBORN_CHILD, SubjectKind.CHILD)
    mother = {
        identifier.value
        for told in one.told
        if told.event.subject.kind is SubjectKind.PARENT_OR_CARER
        for identifier in told.event.subject.person.identifiers
    }
    assert numbers_of(one, unborn, IdentifierSystem.NHS_NUMBER) <= mother
    assert not numbers_of(one, born, IdentifierSystem.NHS_NUMBER) & mother
    assert all(person.expected and not person.born for _, person in held_by(one, unborn))
    assert not set(unborn.records) & set(born.records)


@pytest.mark.parametrize("seed", range(8))
def test_a_refuge_address_is_confidential_wherever_it_is_held(seed: int) -> None:
    one = family(StoryKind.REFUGE, seed)
    holders = set()
    for told in one.told:
        for address in (*told.event.subject.person.addresses, *told.event.locations):
            if address.kind is AddressKind.REFUGE:
                assert address.confidential
                holders.add(told.agency)
    assert holders <= {CSC, REFUGE}
    assert any(Sensitivity.REFUGE in told.event.sharing.sensitivity for told in one.told)


@pytest.mark.parametrize("seed", range(8))
def test_one_agency_stays_silent_and_the_others_answer(seed: int) -> None:
    one = family(StoryKind.SILENCE, seed)
    asked = {told.event.detail.asked for told in one.told if isinstance(told.event.detail, InformationRequest)}
    requests = {told.event_id for told in one.told if isinstance(told.event.detail, InformationRequest)}
    answers = [told for told in one.told if isinstance(told.event.detail, InformationResponse)]
    assert len(asked - {told.agency for told in answers}) == 1
    for told in answers:
        assert isinstance(told.event.detail, InformationResponse)
        assert told.event.detail.request in requests


def test_some_police_items_are_suspected_false_and_some_owner_controlled(sendings: tuple[Told, ...]) -> None:
    police = [told.event.sharing.handling for told in sendings if told.agency == "police"]
    assert all(handling.source and handling.information and handling.code for handling in police)
    assert any(handling.information is InformationGrade.SUSPECTED_FALSE for handling in police)
    assert any(handling.owner_control for handling in police)


def test_children_are_heard(sendings: tuple[Told, ...]) -> None:
    assert sum(told.event.voice is not None for told in sendings) > len(sendings) / 20


def test_ids_are_opaque(many: tuple[Family, ...]) -> None:
    for one in many:
        references = {record.reference for key in one.children for record in key.records}
        for told in one.told:
            assert not any(reference in told.ce_id for reference in references)


def test_faults_are_only_those_of_sending(sendings: tuple[Told, ...]) -> None:
    assert {told.fault for told in sendings} == {None, *Fault}
