"""What a rule leaves behind: which fields agreed, in codes and in sentences. Names fields, never their values."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from hub.identity.comparison import Agreement, Field
from hub.identity.rules import RULES, RuleCode

REASONS: dict[RuleCode, str] = {
    **{rule.code: rule.sentence for rule in RULES},
    RuleCode.SEVERAL_PERSONS: "The rules would link it to more than one person, or its number is another's too.",
}
FIELD_NAMES: dict[Field, str] = {
    Field.NHS_NUMBER: "NHS number",
    Field.UPN: "UPN",
    Field.OTHER_NUMBER: "Another shared number",
    Field.FAMILY_NAME: "Family name",
    Field.GIVEN_NAME: "Given name",
    Field.BIRTH_DATE: "Date of birth",
    Field.POSTCODE: "Postcode",
}
AGREEMENTS: dict[Agreement, str] = {
    Agreement.AGREES: "agrees",
    Agreement.PARTLY: "agrees in part",
    Agreement.DIFFERS: "differs",
    Agreement.MISSING: "is not held by both",
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why one pair of records was judged as it was; `against` is the subject already known, of `person`."""

    rule: RuleCode
    percent: int
    subject: UUID
    against: UUID
    person: UUID
    fields: tuple[tuple[Field, Agreement], ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        """Say the rule and then each field in words, without any value."""
        return (REASONS[self.rule], *(f"{FIELD_NAMES[field]} {AGREEMENTS[how]}." for field, how in self.fields))

    def as_json(self) -> dict[str, Any]:
        """Return the evidence as plain values, as link events seal it."""
        return {
            "rule": self.rule.value,
            "percent": self.percent,
            "subject": str(self.subject),
            "against": str(self.against),
            "person": str(self.person),
            "fields": {field.value: how.value for field, how in self.fields},
        }
