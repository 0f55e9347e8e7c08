"""What an event says is told in a list that reads well, with the words of each code, and nothing of it is lost."""

from enum import StrEnum

import pytest

from hub.contract.codes import AbuseCategory, ClosureReason, Factor, Involvement, LegalStatus, PrimaryNeed
from hub.web.codes import meaning
from hub.web.readable import person_rows, rows_of, told_in_one


@pytest.mark.parametrize(
    ("field", "codes", "event_type"),
    [
        ("need", PrimaryNeed, None), ("abuse", AbuseCategory, None), ("factors", Factor, None),
        ("involvement", Involvement, None), ("reason", ClosureReason, "case-closure"),
        ("legal_status", LegalStatus, "child-looked-after"),
    ],
)  # fmt: skip
def test_every_code_has_words(field: str, codes: type[StrEnum], event_type: str | None) -> None:
    for code in codes:
        assert meaning(field, code, event_type).endswith(f" ({code.value})")


def test_a_code_without_words_and_a_field_of_another_type_stay_as_they_came() -> None:
    assert meaning("need", "N99") == "N99"
    assert meaning("reason", "RC1", "contact") == "RC1"
    assert meaning("words", "N1") == "N1"


def test_another_person_is_told_in_words() -> None:
    rows = person_rows(
        {
            "kind": "parent-or-carer",
            "involvement": "RESP",
            "relationship": "MTH",
            "person": {
                "names": [{"given": "Vera", "family": "Sample", "use": "usual"}],
                "born": {"date": "1990-04-03", "accuracy": "UAA"},
                "identifiers": [{"system": "nhs-number", "value": "9990000018", "verified": True}],
                "confidentiality": "U",
            },
        }
    )
    assert rows == [
        ("Other person", "Vera Sample, Parent or carer"),
        ("Involvement", "Responsible for the child (RESP)"),
        ("Relationship", "Mother (MTH)"),
        ("Born", "April 1990"),
        ("NHS number", "9990000018 (verified by its issuer)"),
    ]
    assert person_rows({"status": "erased"}) == [("Status", "erased")]


def test_places_days_and_flags_are_told_as_people_write_them() -> None:
    place = {"lines": ["12 Mill Lane", "Ridgemoor"], "postcode": "ZZ1 2AB", "kind": "refuge", "confidential": True}
    assert rows_of({"addresses": [place], "others": [{"addresses": [place]}]}) == [
        ("Address", "12 Mill Lane, Ridgemoor, ZZ1 2AB (refuge, confidential)"),
        ("Where another person of the event lives", "address 12 Mill Lane, Ridgemoor, ZZ1 2AB (refuge, confidential)"),
    ]
    detail = {
        "answer": "nothing-held",
        "conference": "2024-03-09",
        "outcomes": ["NFA", "CP_CONFERENCE"],
        "urgent": False,
    }
    assert rows_of(detail, "section-47") == [
        ("Answer", "Nothing held"),
        ("Conference", "9 March 2024"),
        ("Outcomes", "No further action (NFA), Child protection conference (CP_CONFERENCE)"),
        ("Urgent", "no"),
    ]
    assert told_in_one(rows_of({"until": "2024-03-09T10:00:00Z"})) == "Until: 9 March 2024, 10:00."


def test_what_somebody_wrote_stays_as_it_was_written() -> None:
    assert rows_of({"nature": "self-harm", "other": {"x_y": ["a-b", 3]}}) == [
        ("Nature", "self-harm"),
        ("Other", "x y a-b, 3"),
    ]
    assert rows_of({"day": "2024-99-99 or so", "date": {"date": "2024-01-01", "accuracy": "UUU"}}) == [
        ("Day", "2024-99-99 or so"),
        ("Date", "not known"),
    ]
