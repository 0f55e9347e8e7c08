"""No invented number, address or name could be anybody's."""

import re
import unicodedata
from datetime import date, timedelta

import pytest
from stdnum.gb import nhs
from stdnum.gb.upn import calc_check_digit

from hub.contract.person import Address, IdentifierSystem, PersonAsHeld
from producers.synthetic import families
from producers.synthetic.dice import Dice
from producers.synthetic.identifiers import BLOCKS, Numbers, nhs_number, postcode, telephone, upn
from producers.synthetic.names import HERITAGES, misspelt, nickname
from producers.synthetic.partnership import AGENCIES, AREA, HABITS, open_day, school_day
from producers.synthetic.told import Told

DRAMA = re.compile(r"01632 960\d{3}|07700 900\d{3}|020 7946 0\d{3}")
UNREAL_POSTCODE = re.compile(r"ZZ([1-9]|[1-8]\d|9[0-8]) [1-9][ABD-HJLNP-UW-Z]{2}")
SAYS_TEST = (
    "test|sampl|mock|fict|pretend|specim|dumm|exampl|placehold|prototyp|invent|figment|makebeliev|trial|notional|imagin|"
    "hypothet|simul|fabric|standin|demo|prawf|enghraifft|przykład|зразок|örneğ|الاختبار|المثال|النموذج|تجربة|العينة"
)


@pytest.fixture(scope="module")
def sendings() -> tuple[Told, ...]:
    return tuple(told for one in families(300, seed=9) for told in one.told)


@pytest.fixture(scope="module")
def people(sendings: tuple[Told, ...]) -> list[PersonAsHeld]:
    return [
        person
        for told in sendings
        for person in (told.event.subject.person, *(other.person for other in told.event.others))
    ]


def test_nhs_numbers_lie_in_the_range_never_issued_with_a_right_check_digit(people: list[PersonAsHeld]) -> None:
    found = {i.value for person in people for i in person.identifiers if i.system is IdentifierSystem.NHS_NUMBER}
    assert len(found) > 300
    assert all(value.startswith("999") and nhs.is_valid(value) for value in found)


def test_check_digits_agree_with_another_implementation() -> None:
    for nine in (f"999{number:06d}" for number in range(0, 999_999, 7919)):
        valid = [f"{nine}{digit}" for digit in range(10) if nhs.is_valid(f"{nine}{digit}")]
        assert valid == [number for number in (nhs_number(nine),) if number is not None]


def test_no_two_families_share_a_number() -> None:
    seen: set[str] = set()
    for block in (0, 1, 2, 500, 99_899, BLOCKS - 1):
        numbers = Numbers(block)
        mine = [numbers.nhs_number() for _ in range(4)] + [numbers.nhs_number(twin=True) for _ in range(2)]
        mine += [numbers.upn(2020) for _ in range(10)]
        mine += [numbers.reference(agency) for agency in AGENCIES for _ in range(40)]
        assert len(set(mine)) == len(mine)
        assert seen.isdisjoint(mine)
        seen.update(mine)


def test_most_upns_have_their_check_letter_and_wrong_ones_are_flagged(sendings: tuple[Told, ...]) -> None:
    right = wrong = 0
    for told in sendings:
        flagged = {flag.written for flag in told.event.quality if flag.rule == "1510"}
        for identifier in told.event.subject.person.identifiers:
            if identifier.system is not IdentifierSystem.UPN:
                continue
            value = identifier.value
            assert re.fullmatch(r"[A-HJ-NP-RT-Z]999\d{9}", value)
            assert (value in flagged) == (calc_check_digit(value[1:]) != value[0])
            right, wrong = right + (value not in flagged), wrong + (value in flagged)
    assert 0 < wrong < right / 3


def test_upn_letters_agree_with_another_implementation() -> None:
    for digits in (f"999{number:09d}" for number in range(0, 999_999_999, 7_919_393)):
        assert upn(digits) == calc_check_digit(digits) + digits
        assert upn(digits, wrong=True)[0] != calc_check_digit(digits)


def test_telephones_lie_in_the_drama_ranges(people: list[PersonAsHeld]) -> None:
    found = {number for person in people for number in person.telephones}
    assert found
    assert all(DRAMA.fullmatch(number) for number in found)


def test_postcodes_cannot_be_real(sendings: tuple[Told, ...], people: list[PersonAsHeld]) -> None:
    addresses: list[Address] = [address for person in people for address in person.addresses]
    addresses += [address for told in sendings for address in told.event.locations]
    assert addresses
    assert all(UNREAL_POSTCODE.fullmatch(address.postcode or "") and AREA in address.lines for address in addresses)


def test_drawn_telephones_and_postcodes_keep_to_their_ranges() -> None:
    dice = Dice("ranges")
    assert all(DRAMA.fullmatch(telephone(dice)) and UNREAL_POSTCODE.fullmatch(postcode(dice)) for _ in range(2000))


def test_every_family_name_says_that_it_is_invented() -> None:
    for heritage, _ in HERITAGES:
        for name in heritage.families:
            assert re.search(SAYS_TEST, name.casefold()), name


def test_names_come_in_several_scripts_and_all_in_normal_form() -> None:
    names = [name for h, _ in HERITAGES for name in (*h.families, *h.girls, *h.boys)]
    assert all(unicodedata.is_normalized("NFC", name) for name in names)
    assert {"O'Testerly", "Llŷr-Sample", "Demo-Khan", "الاختبار"} <= set(names)
    for name in names:
        assert unicodedata.is_normalized("NFC", misspelt(name, Dice(name)))
        assert unicodedata.is_normalized("NFC", nickname(name))


def test_a_misspelt_name_differs_and_keeps_its_marks() -> None:
    for name in ("O'Testerly", "Llŷr-Sample", "Demo-Khan", "Testerly", "تجربة"):
        for seed in range(30):
            slip = misspelt(name, Dice(name, seed))
            assert slip != name
            assert [letter for letter in slip if letter in "-'"] == [letter for letter in name if letter in "-'"]


def test_a_name_too_short_to_misspell_gets_a_letter_more() -> None:
    assert misspelt("Li", Dice("short")) == "Lii"


def test_no_text_holds_an_email_or_a_web_address(sendings: tuple[Told, ...]) -> None:
    for told in sendings:
        text = told.event.model_dump_json()
        assert not re.search(r"https?:|www\.", text)
        assert all(domain == "example.com" for domain in re.findall(r"@([\w.-]+)", text))


def test_schools_and_offices_speak_on_days_they_are_open() -> None:
    for offset in range(800):
        day = date(2022, 1, 1) + timedelta(days=offset)
        assert school_day(day).weekday() < 5
        assert school_day(day).month != 8
        for agency in AGENCIES:
            later = open_day(agency, day)
            assert day <= later
            assert not HABITS[agency].weekdays_only or later.weekday() < 5
