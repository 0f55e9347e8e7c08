"""The words that rules may read: closed, UNKNOWN where we do not know them, and the same as those on the wire."""

import re
from enum import StrEnum

import pytest

from hub.contract import codes, person, sharing
from hub.contract.details import DETAILS
from policies import model
from policies.model import Category, ItemType, Level, Vocabulary, categories_of
from tests.policies_examples import SCHEMA

VOCABULARIES: list[type[Vocabulary]] = Vocabulary.__subclasses__()


def _words(vocabulary: type[StrEnum]) -> set[str]:
    return {word.value for word in vocabulary} - {"unknown", "not-graded"}


@pytest.mark.parametrize("vocabulary", VOCABULARIES)
def test_a_word_that_is_not_known_reads_as_unknown(vocabulary: type[Vocabulary]) -> None:
    assert vocabulary("never heard of").value == "unknown"


@pytest.mark.parametrize("vocabulary", VOCABULARIES)
def test_the_schema_has_exactly_the_words_of_the_model(vocabulary: type[Vocabulary]) -> None:
    declared = re.search(rf"entity {vocabulary.__name__} enum \[(.*?)\];", SCHEMA, re.DOTALL)
    assert declared is not None
    assert set(re.findall(r'"([^"]+)"', declared[1])) == {word.value for word in vocabulary} - {"unknown"}


@pytest.mark.parametrize(
    ("ours", "on_the_wire"),
    [
        (model.SubjectKind, codes.SubjectKind),
        (model.Marking, sharing.Marking),
        (model.SourceGrade, sharing.SourceGrade),
        (model.InformationGrade, sharing.InformationGrade),
        (model.HandlingCode, sharing.HandlingCode),
        (model.HandlingCondition, sharing.HandlingCondition),
        (model.Sensitivity, sharing.Sensitivity),
        (model.ConsentState, sharing.ConsentState),
        (model.Confidentiality, person.Confidentiality),
    ],
)
def test_the_words_are_those_on_the_wire(ours: type[StrEnum], on_the_wire: type[StrEnum]) -> None:
    assert _words(ours) == _words(on_the_wire)


def test_every_kind_of_agency_on_the_wire_may_ask_and_two_more_ask_only() -> None:
    assert _words(model.AgencyKind) - _words(codes.AgencyKind) == {
        "other-areas-childrens-services",
        "immigration-enforcement",
    }
    assert _words(codes.AgencyKind) <= _words(model.AgencyKind)


def test_every_legal_basis_on_the_wire_can_be_claimed() -> None:
    assert _words(sharing.LegalBasis) <= _words(model.LawfulBasis)


def test_every_type_of_event_is_known() -> None:
    assert _words(ItemType) == set(DETAILS)


def test_every_level_on_the_wire_is_known() -> None:
    assert [Level(str(level)).value for level in range(1, 5)] == ["1", "2", "3", "4"]


@pytest.mark.parametrize("codes_on_the_wire", [codes.PrimaryNeed, codes.AbuseCategory, codes.Factor])
def test_every_code_has_a_category(codes_on_the_wire: type[StrEnum]) -> None:
    assert Category.UNKNOWN not in categories_of(_words(codes_on_the_wire))


def test_a_code_outside_its_list_has_none() -> None:
    assert categories_of(["N1", "N99"]) == {Category.ABUSE_OR_NEGLECT, Category.UNKNOWN}
