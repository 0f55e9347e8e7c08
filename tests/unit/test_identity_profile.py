"""What an agency's statements make of a subject, and the keys by which it is found."""

from datetime import date
from typing import Any

import pytest

from hub.contract.codes import SubjectKind
from hub.contract.person import IdentifierSystem
from hub.identity.keys import Query, blind_keys, query_keys
from hub.identity.profile import NhsNumber, Profile, Statement, profile_from, profile_of, profile_of_other
from tests.identity_subjects import BAD_UPN, NHS, UPN, id_of, profile, sections

BORN = date(2015, 4, 3)


def _after(*statements: tuple[str, dict[str, Any] | None]) -> Profile | None:
    return profile_from("police", "R-1", id_of("s"), [Statement(id_of(event), held) for event, held in statements])


def _told(event: str, held: dict[str, Any], **what: str) -> tuple[str, dict[str, Any]]:
    kind = what.pop("type", "person-details")
    return event, {**held, "what": {"type": kind}, "origin": {name: str(id_of(one)) for name, one in what.items()}}


def test_a_profile_is_what_the_sections_say() -> None:
    held = profile("s", nhs="999 000 0018", upn=UPN[0], others={"pnc": "2002/0073319Z"})
    assert (held.nhs, held.upn, held.kind) == (NhsNumber(NHS[0], verified=True), UPN[0], SubjectKind.CHILD)
    assert (IdentifierSystem.PNC, "20020073319Z") in held.identifiers
    assert held.postcodes == {"RM11AA"}


def test_a_profile_of_nothing_is_empty() -> None:
    held = profile_of("police", "R-1", id_of("s"), {"subject": {"reference": "R-1"}})
    assert (held.names, held.born, held.nhs, held.upn, held.postcodes) == ((), None, None, None, frozenset())


def test_a_number_that_fails_its_check_is_kept_and_not_strong() -> None:
    held = profile("s", nhs="9990000019", upn=BAD_UPN)
    assert (held.nhs, held.upn) == (None, None)
    assert (IdentifierSystem.UPN, BAD_UPN) in held.identifiers


def test_a_verified_number_counts_before_one_that_is_not() -> None:
    numbers = [
        {"system": "nhs-number", "value": NHS[0], "verified": True},
        {"system": "nhs-number", "value": NHS[1]},
    ]
    assert profile("s", identifiers=numbers).nhs == NhsNumber(NHS[0], verified=True)


def test_a_school_is_no_home() -> None:
    places = {"addresses": [{"postcode": "RM1 1AA", "kind": "school"}, {"postcode": "RM2 2BB"}]}
    assert profile_of("police", "R-1", id_of("s"), {**sections(), "location": places}).postcodes == {"RM22BB"}


@pytest.mark.parametrize(
    ("held", "places"),
    [
        (sections(confidentiality="R"), {}),
        (sections(sensitivity=["refuge"]), {}),
        (sections(), {"addresses": [{"postcode": "RM1 1AA", "confidential": True}]}),
        (sections(), {"addresses": [{"postcode": "RM1 1AA", "kind": "refuge"}]}),
    ],
)
def test_who_must_not_be_found_is_marked(held: dict[str, Any], places: dict[str, Any]) -> None:
    assert profile_of("police", "R-1", id_of("s"), {**held, "location": places}).confidential


def test_another_person_of_an_event_has_a_profile_too() -> None:
    other = {
        "kind": "parent-or-carer",
        "reference": "M-1",
        "person": {"names": [{"family": "Okafor"}], "addresses": [{"postcode": "RM1 1AA"}]},
    }
    held = profile_of_other("police", "M-1", id_of("m"), other)
    assert (held.kind, held.reference, held.postcodes) == (SubjectKind.PARENT_OR_CARER, "M-1", frozenset({"RM11AA"}))


def test_a_later_statement_wins_field_by_field_and_earlier_names_are_kept() -> None:
    held = _after(
        ("1", sections(family="Okafor", nhs=NHS[0])),
        ("2", sections(family="Smith", born=None, postcode="RM2 2BB")),
    )
    assert held is not None
    assert [(name.family, name.current) for name in held.names] == [("Okafor", False), ("Smith", True)]
    assert held.born is not None
    assert held.nhs == NhsNumber(NHS[0], verified=True)
    assert held.postcodes == {"RM11AA", "RM22BB"}


def test_a_number_once_verified_stays_so_and_another_starts_anew() -> None:
    same = _after(("1", sections(nhs=NHS[0])), ("2", sections(nhs=NHS[0], verified=False)))
    other = _after(("1", sections(nhs=NHS[0])), ("2", sections(nhs=NHS[1], verified=False)))
    assert same is not None
    assert other is not None
    assert same.nhs == NhsNumber(NHS[0], verified=True)
    assert other.nhs == NhsNumber(NHS[1], verified=False)
    assert (IdentifierSystem.NHS_NUMBER, NHS[0]) in other.identifiers


def test_what_was_erased_says_nothing() -> None:
    assert _after(("1", None)) is None
    held = _after(("1", None), ("2", sections(given="Ada")))
    assert held is not None
    assert held.names[0].given == "Ada"


def test_a_retracted_statement_does_not_count() -> None:
    retraction = _told("3", sections(given="Beth"), type="retraction", retracts="2")
    held = _after(("1", sections(given="Ada")), ("2", sections(given="Beth")), retraction)
    assert held is not None
    assert [name.given for name in held.names] == ["Ada"]


def test_a_statement_whose_retraction_was_retracted_counts_again() -> None:
    held = _after(
        ("1", sections(given="Ada")),
        _told("2", sections(), type="retraction", retracts="1"),
        _told("3", sections(), type="retraction", retracts="2"),
    )
    assert held is not None
    assert [name.given for name in held.names] == ["Ada"]


def test_a_statement_made_anew_replaces_the_one_it_corrects() -> None:
    held = _after(("1", sections(given="Beth")), _told("2", sections(given="Ada"), corrects="1"))
    assert held is not None
    assert [name.given for name in held.names] == ["Ada"]


def test_a_correction_notice_leaves_the_statement_and_adds_what_it_says() -> None:
    notice = _told("2", sections(given=None, family=None, born="2015-04-04"), type="correction", corrects="1")
    held = _after(("1", sections(given="Ada", born="2015-04-03")), notice)
    assert held is not None
    assert held.born is not None
    assert (held.names[0].given, held.born.date.day) == ("Ada", 4)


def test_corrections_in_a_circle_leave_the_newest() -> None:
    held = _after(_told("1", sections(given="Ada"), corrects="2"), _told("2", sections(given="Beth"), corrects="1"))
    assert held is not None
    assert [name.given for name in held.names] == ["Beth"]


def test_an_unreadable_birth_date_is_no_birth_date() -> None:
    assert profile("s", born="1700006400").born is None


def test_keys_are_sorted_and_each_once() -> None:
    keys = blind_keys(profile("s", nhs=NHS[0], upn=UPN[0], others={"former-upn": UPN[0], "local": "X1"}))
    assert keys == sorted(set(keys))
    assert ("nhs-number", NHS[0]) in keys
    assert ("local-number", "police\x1fX1") in keys


def test_a_partial_birth_date_makes_no_key_of_a_day() -> None:
    kinds = {kind for kind, _ in blind_keys(profile("s", accuracy="UAA"))}
    assert "name+birth-year" in kinds
    assert not any("birth-date" in kind for kind in kinds)


@pytest.mark.parametrize(
    "query",
    [
        Query(identifier="999 000 0018"),
        Query(identifier=NHS[0], system=IdentifierSystem.NHS_NUMBER),
        Query(identifier=UPN[0].lower()),
        Query(identifier="r-1", agencies=("police", "housing")),
        Query(identifier="X1", agencies=("police",)),
        Query(identifier="LA77"),
        Query(family="OKAFOR", given="Ada Grace", born=BORN),
        Query(family="Okafor", born=BORN),
    ],
)
def test_a_child_is_found_by_any_identifier_or_by_name_and_birth_date(query: Query) -> None:
    held = profile("s", nhs=NHS[0], upn=UPN[0], others={"local": "X1", "la-child-id": "LA77"})
    assert set(query_keys(query)) & set(blind_keys(held))


@pytest.mark.parametrize(
    "query",
    [
        Query(),
        Query(family="Okafor", given="Ada"),
        Query(family="Okafor", given="Beth", born=BORN),
        Query(identifier=NHS[1]),
        Query(identifier="R-1", agencies=("housing",)),
        Query(identifier=UPN[0], system=IdentifierSystem.NHS_NUMBER),
    ],
)
def test_nobody_else_is_found(query: Query) -> None:
    held = profile("s", nhs=NHS[0], upn=UPN[0])
    assert not set(query_keys(query)) & set(blind_keys(held))
