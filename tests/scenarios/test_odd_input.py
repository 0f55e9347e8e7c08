"""Names, numbers and texts as people really have and write them go all the way through, and come out as they were."""

import pytest

from tests.hub_under_test import ANALYST, HubUnderTest, Mash, asks, new_nhs_number, told, usual_birthday

NAMES = {
    "an apostrophe": ("O'Brien", "D'Arcy"),
    "a curly apostrophe": ("O’Brien", "Máire"),
    "Welsh": ("Llŷr-ab-Iorwerth", "Angharad"),
    "Arabic": ("الاختبار", "ليلى"),
    "right-to-left marks": ("\u200fتجربة\u200f", "\u202bليلى\u202c"),
    "zero-width letters": ("Exam\u200bple", "A\u200dda"),
    "an override": ("\u202eelpmaxE", "Ada"),
    "SQL": ("'; drop table dcb_events_tt_main; --", "Robert'); --"),
    "HTML": ("<script>alert(1)</script>", "<b>Ada</b>"),
    "markup": ("[bold red]Example[/]", "[link=http://x]Ada[/link]"),
    "one letter": ("Ng", "O"),
    "a sign only": ("-", "."),
    "zero width only": ("\u200b", "\u200b"),
    "digits": ("123", "7"),
    "a picture": ("🙂", "👩‍👧"),
    "as long as may be": ("X" * 100, "Y" * 100),
    "a line break": ("Exam\nple", "A\nda"),
    "format signs": ("%s%d{0}", "${HOME}$(id)"),
    "capitals": ("MCDONALD", "ADA MARY"),
}


@pytest.mark.parametrize("kind", NAMES)
def test_a_name_comes_out_as_it_went_in_and_finds_the_child(
    shared_hub: HubUnderTest, mash_here: Mash, kind: str
) -> None:
    family, given = NAMES[kind]
    reference = f"{family}"[:40] + kind[:20]
    child = shared_hub.hears("police", told(reference, family=family, given=given, words=f"{family} {given}"))
    finder, question = shared_hub.hub.finder, asks(ANALYST)
    typed = ("--as", ANALYST, "--purpose", "s47", "--reason", "Section 47 enquiry")

    (by_reference,) = finder.find(question, identifier=reference)["children"]
    shown = mash_here("identity", "show", str(child), *typed, "--json")

    assert by_reference["names"] == [f"{given} {family}"]
    assert shown.json["children"][0]["names"] == [f"{given} {family}"]
    assert [item["facets"]["narrative"] for item in shared_hub.items(child)] == [f"{family} {given}"]
    assert mash_here("chronology", str(child), *typed).status == 0
    if any(letter.isalnum() for letter in family):
        by_name = finder.find(question, family=family, given=given, born=usual_birthday())["children"]
        assert str(child) in {each["person"] for each in by_name}


@pytest.mark.parametrize("written", ["{} {} {}", "{}-{}-{}", " {}{}{} ", "{}.{}.{}"])
def test_an_nhs_number_is_the_same_however_it_is_written(shared_hub: HubUnderTest, written: str) -> None:
    number, name = new_nhs_number(), f"Spaced{len(written)}{written[2]}"
    spaced = written.format(number[:3], number[3:6], number[6:])

    first = shared_hub.hears("hospital-trust", told(f"H-{number}", given=name, family="Gap", nhs=number))
    second = shared_hub.hears("community-health", told(f"C-{number}", given=name, family="Gap", nhs=spaced))
    (found,) = shared_hub.hub.finder.find(asks(ANALYST), identifier=spaced)["children"]

    assert first == second
    assert found["person"] == str(first)


def test_an_nhs_number_with_a_wrong_check_digit_links_nobody_and_is_kept(shared_hub: HubUnderTest) -> None:
    number = new_nhs_number()
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)

    first = shared_hub.hears("hospital-trust", told("H-wrong-digit", given="Wrong", family="Digit", nhs=wrong))
    second = shared_hub.hears("community-health", told("C-wrong-digit", given="Wrong", family="Digit", nhs=wrong))

    assert first != second
    assert len(shared_hub.hub.finder.find(asks(ANALYST), identifier=wrong)["children"]) == 2


def test_the_same_reference_at_two_agencies_is_two_records(shared_hub: HubUnderTest) -> None:
    police = shared_hub.hears("police", told("1234", given="Of", family="Police"))
    housing = shared_hub.hears("housing", told("1234", given="Of", family="Housing"))

    assert police != housing
    assert len(shared_hub.hub.finder.find(asks(ANALYST), identifier="1234")["children"]) == 2


@pytest.mark.parametrize("on", ["0001-01-01", "1900-01-01", "2099-12-31", "9999-12-31"])
def test_an_impossible_date_is_kept_and_flagged(shared_hub: HubUnderTest, on: str) -> None:
    child = shared_hub.hears("police", told(f"P-{on}", on=on, given=f"Dated{on[:4]}"))

    (item,) = shared_hub.items(child)

    assert item["facets"]["when"]["occurred"] == on
    assert item["facets"]["what"]["quality"]


def test_an_event_as_large_as_the_contract_allows_goes_through(shared_hub: HubUnderTest) -> None:
    many = [
        {
            "kind": "other-adult",
            "note": f"{number} " + "n" * 290,
            "person": {"names": [{"family": f"F{n}" + "x" * 90} for n in range(20)]},
        }
        for number in range(40)
    ]
    child = shared_hub.hears("police", told("P-large", given="Large", words="w" * 20_000, others=many))

    (item,) = shared_hub.items(child)

    assert len(item["facets"]["people"]) == 40
    assert len(item["facets"]["narrative"]) == 20_000
