"""The rules of deterministic linking as one table: the first that holds counts. They never look anything up.

Scores are whole per cent and place a rule inside the bands of the DfE's matcher (from 95 link, from 85 a person looks);
they order evidence and measure nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from hub.identity.comparison import Agreement, Comparison

_YES, _PARTLY, _NO, _GAP = Agreement.AGREES, Agreement.PARTLY, Agreement.DIFFERS, Agreement.MISSING


class Effect(StrEnum):
    """What follows from a rule."""

    LINK = "link"
    REVIEW = "review"
    NOTHING = "nothing"


class RuleCode(StrEnum):
    """Each rule's stable name; reasons for a review are these."""

    UNBORN_CHILD = "unborn-child"
    UNBORN_APART = "unborn-apart"
    POSSIBLE_TWINS = "possible-twins"
    NHS_NUMBER_CONTRADICTED = "nhs-number-contradicted"
    UPN_CONTRADICTED = "upn-contradicted"
    NUMBERS_CONTRADICT = "numbers-contradict"
    ADOPTED = "adopted"
    NHS_NUMBER = "nhs-number"
    UPN = "upn"
    NHS_NUMBER_NOT_ENOUGH = "nhs-number-not-enough"
    UPN_NOT_ENOUGH = "upn-not-enough"
    NAMES_AND_BIRTH_DATE = "names-and-birth-date"
    NAMES_SWAPPED = "names-swapped"
    NAMES_PARTLY = "names-partly"
    GIVEN_NAME_MISSING = "given-name-missing"
    FAMILY_NAME_OTHER = "family-name-other"
    NAMES_AND_POSTCODE = "names-and-postcode"
    NAMES_AND_PART_OF_BIRTH_DATE = "names-and-part-of-birth-date"
    OTHER_NUMBER = "other-number"
    NO_MATCH = "no-match"
    SEVERAL_PERSONS = "several-persons"


@dataclass(frozen=True, slots=True)
class Rule:
    """When a rule holds, what follows, how strong it is and what it says to people."""

    code: RuleCode
    effect: Effect
    percent: int
    sentence: str
    holds: Callable[[Comparison], bool]


def _all(*agreements: Agreement) -> bool:
    return all(agreement is _YES for agreement in agreements)


def _identity_differs(c: Comparison) -> bool:
    return _NO in {c.family, c.given, c.born}


def _numbers_differ(c: Comparison) -> bool:
    return _NO in {c.nhs, c.upn}


def _some_name_or_birth_date(c: Comparison) -> bool:
    return _YES in {c.family, c.given, c.born}


def _suggests_unborn(c: Comparison) -> bool:
    same_number = _YES in {c.nhs, c.upn, c.other_number} or _PARTLY in {c.nhs, c.upn}
    return same_number or (_all(c.family, c.postcode) and c.times_fit)


def _are_possible_twins(c: Comparison) -> bool:
    same_birth = _all(c.family, c.born) and (c.postcode is _YES or c.multiple_birth)
    return same_birth and (c.given is _NO or _numbers_differ(c))


def _numbers_contradict(c: Comparison) -> bool:
    return _numbers_differ(c) and (_YES in {c.nhs, c.upn} or _all(c.family, c.given, c.born))


def _links_by_nhs_number(c: Comparison) -> bool:
    return c.nhs_verified and _all(c.nhs, c.born, c.family, c.given)


def _links_by_upn(c: Comparison) -> bool:
    return _all(c.upn, c.born, c.family, c.given)


def _may_cross_an_adoption(c: Comparison) -> bool:
    """An agency keeps a child's records before and after adoption apart (DfE), and so does the hub's rule."""
    return (_links_by_nhs_number(c) or _links_by_upn(c)) and c.adopted and (c.same_agency or not c.names_current)


def _falls_short(number: Agreement, c: Comparison) -> bool:
    return number is _YES or (number is _PARTLY and _some_name_or_birth_date(c))


def _names_agree_partly(c: Comparison) -> bool:
    return c.born is _YES and {c.family, c.given} in ({_YES, _PARTLY}, {_PARTLY})


RULES: tuple[Rule, ...] = (
    Rule(
        RuleCode.UNBORN_CHILD,
        Effect.REVIEW,
        88,
        "An unborn child may be this child; no rule links it, for its numbers may be its mother's.",
        lambda c: c.unborn and _suggests_unborn(c),
    ),
    Rule(
        RuleCode.UNBORN_APART,
        Effect.NOTHING,
        0,
        "Nothing suggests that the unborn child is this one.",
        lambda c: c.unborn,
    ),
    Rule(
        RuleCode.POSSIBLE_TWINS,
        Effect.REVIEW,
        90,
        "Possible twins: same family name, birth date and home or multiple birth, other given name or number.",
        _are_possible_twins,
    ),
    Rule(
        RuleCode.NHS_NUMBER_CONTRADICTED,
        Effect.REVIEW,
        90,
        "The same NHS number, but another name or date of birth.",
        lambda c: c.nhs is _YES and _identity_differs(c),
    ),
    Rule(
        RuleCode.UPN_CONTRADICTED,
        Effect.REVIEW,
        88,
        "The same UPN, but another name or date of birth.",
        lambda c: c.upn is _YES and _identity_differs(c),
    ),
    Rule(
        RuleCode.NUMBERS_CONTRADICT,
        Effect.REVIEW,
        89,
        "One number agrees, or names and date of birth do, but another number differs.",
        _numbers_contradict,
    ),
    Rule(
        RuleCode.ADOPTED,
        Effect.REVIEW,
        94,
        "Records of an adopted child: of one agency, or agreeing only by a name no longer held.",
        _may_cross_an_adoption,
    ),
    Rule(
        RuleCode.NHS_NUMBER,
        Effect.LINK,
        99,
        "The same verified NHS number, and date of birth, family and given name agree.",
        _links_by_nhs_number,
    ),
    Rule(
        RuleCode.UPN,
        Effect.LINK,
        96,
        "The same UPN, right by its check letter, and family name, given name and date of birth agree.",
        _links_by_upn,
    ),
    Rule(
        RuleCode.NHS_NUMBER_NOT_ENOUGH,
        Effect.REVIEW,
        93,
        "The same NHS number, but not verified by both, or names or date of birth not complete.",
        lambda c: _falls_short(c.nhs, c),
    ),
    Rule(
        RuleCode.UPN_NOT_ENOUGH,
        Effect.REVIEW,
        91,
        "The same UPN, but wrong by its check letter, formerly held, or names or date of birth not complete.",
        lambda c: _falls_short(c.upn, c),
    ),
    Rule(
        RuleCode.NAMES_AND_BIRTH_DATE,
        Effect.REVIEW,
        90,
        "Names and date of birth agree, but no number confirms it.",
        lambda c: _all(c.family, c.given, c.born),
    ),
    Rule(
        RuleCode.NAMES_SWAPPED,
        Effect.REVIEW,
        89,
        "Date of birth agrees, and the names do with family and given name the other way round.",
        lambda c: c.names_swapped and c.born is _YES,
    ),
    Rule(
        RuleCode.NAMES_PARTLY,
        Effect.REVIEW,
        87,
        "Date of birth agrees, and the names in part: a short form, an initial or one of two family names.",
        _names_agree_partly,
    ),
    Rule(
        RuleCode.GIVEN_NAME_MISSING,
        Effect.REVIEW,
        86,
        "Family name, date of birth and postcode agree, and one of the two has no given name.",
        lambda c: _all(c.family, c.born, c.postcode) and c.given is _GAP,
    ),
    Rule(
        RuleCode.FAMILY_NAME_OTHER,
        Effect.REVIEW,
        86,
        "Given name, date of birth and postcode agree, and the family name is another or missing.",
        lambda c: _all(c.given, c.born, c.postcode),
    ),
    Rule(
        RuleCode.NAMES_AND_POSTCODE,
        Effect.REVIEW,
        86,
        "Names and postcode agree, and the date of birth is another, partial or missing.",
        lambda c: _all(c.family, c.given, c.postcode),
    ),
    Rule(
        RuleCode.NAMES_AND_PART_OF_BIRTH_DATE,
        Effect.REVIEW,
        85,
        "Names agree, and as much of the date of birth as both know.",
        lambda c: _all(c.family, c.given) and c.born is _PARTLY,
    ),
    Rule(
        RuleCode.OTHER_NUMBER,
        Effect.REVIEW,
        85,
        "Another number that agencies share agrees, and a name or the date of birth with it.",
        lambda c: c.other_number is _YES and _some_name_or_birth_date(c),
    ),
    Rule(
        RuleCode.NO_MATCH,
        Effect.NOTHING,
        0,
        "Too little agrees.",
        lambda c: True,
    ),
)


def first_rule(comparison: Comparison) -> Rule:
    """Return the first rule that holds; the last one always does."""
    return next(rule for rule in RULES if rule.holds(comparison))
