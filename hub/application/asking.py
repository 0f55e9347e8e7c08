"""Who asks, and whether the question is one that may be put at all, before any item is looked at."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from hub.application.directory import Directory, User
from hub.errors import RefusedError
from policies.model import PURPOSES as PURPOSES  # noqa: PLC0414 - for the command line, which meets no policy
from policies.model import (
    AgencyId,
    AgencyKind,
    LawfulBasis,
    PersonRef,
    Position,
    Purpose,
    Request,
    RiskLevel,
    Role,
    Statement,
    Training,
)

ENGLAND = ZoneInfo("Europe/London")
RISKS: Final = tuple(level.value for level in RiskLevel if level is not RiskLevel.UNKNOWN)
BASES: Final = tuple(basis.value for basis in LawfulBasis if basis is not LawfulBasis.UNKNOWN)
STATEMENTS: Final = tuple(name.value for name in Statement)
NOBODY = "00000000-0000-0000-0000-000000000000"
_LONGEST = 1000
_REPLACED = {"Cc": " ", "Cs": "\ufffd"}


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it was put: `viewer` is whom it is for, `operator` who typed the command.

    Whatever was typed, it can be recorded: text is kept in NFC, and what is no letter of any script is replaced.
    """

    viewer: str
    operator: str
    purpose: str
    reason: str
    bases: tuple[str, ...] = ()
    risk: str = RiskLevel.NOT_RATED.value
    emergency: bool = False
    stated: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("viewer", "operator", "purpose", "reason", "risk"):
            object.__setattr__(self, name, recordable(getattr(self, name)))
        object.__setattr__(self, "bases", tuple(map(recordable, self.bases)))
        stated = {recordable(name): recordable(text) for name, text in self.stated.items()}
        object.__setattr__(self, "stated", stated)

    @property
    def claims(self) -> dict[str, Any]:
        """What was claimed beside purpose and reason, and what was left empty, as the record holds it."""
        empty = [name for name in ("viewer", "purpose", "reason") if not getattr(self, name)]
        claimed = {"bases": list(self.bases), "risk": self.risk, "emergency": self.emergency, "empty": empty}
        return {**claimed, "stated": dict(self.stated)}


def question_of(**told: object) -> dict[str, Any]:
    """Return what was asked as the record holds it, None where a limit was not given."""
    return {name: None if value is None else recordable(str(value))[:_LONGEST] for name, value in told.items()}


def recordable(text: str) -> str:
    """Return text as the record can hold it: a terminal hands over tabs, and bytes that are not UTF-8."""
    normal = unicodedata.normalize("NFC", text)
    if normal.isprintable():
        return normal
    return "".join(_REPLACED.get(unicodedata.category(letter), letter) for letter in normal)


def viewer_of(asked: Asked, directory: Directory) -> User:
    """Return the user who asks.

    Raises `RefusedError` ("unknown-user", "unknown-purpose", "unknown-risk", "unknown-basis", "unknown-statement",
    "no-reason"), each saying what is missing.
    """
    user = directory.user(asked.viewer)
    if Purpose(asked.purpose) is Purpose.UNKNOWN:
        raise RefusedError(f"The purpose is not one of {', '.join(PURPOSES)}.", code="unknown-purpose")
    if RiskLevel(asked.risk) is RiskLevel.UNKNOWN:
        raise RefusedError(f"The risk is not one of {', '.join(RISKS)}.", code="unknown-risk")
    if LawfulBasis.UNKNOWN in map(LawfulBasis, asked.bases):
        raise RefusedError(f"The basis is not one of {', '.join(BASES)}.", code="unknown-basis")
    if not asked.stated.keys() <= set(STATEMENTS):
        raise RefusedError(f"What may be stated is {', '.join(STATEMENTS)}.", code="unknown-statement")
    if not any(letter.isalpha() for letter in asked.reason):
        raise RefusedError("A reason in words is missing: say why this is needed.", code="no-reason")
    return user


def request_of(
    asked: Asked,
    user: User,
    directory: Directory,
    *,
    person: UUID | None,
    as_of: int,
    decided_at: int,
    now: datetime,
    identity_only: bool,
) -> Request:
    """Return the request that the policy decides on; raises `RequestError` where it contradicts itself."""
    law_on, bases = now.astimezone(ENGLAND).date(), frozenset(map(LawfulBasis, asked.bases))
    return Request(
        viewer=AgencyId(user.agency),
        agency_kind=AgencyKind(directory.agency(user.agency).kind.value),
        roles=frozenset(map(Role, user.roles)),
        purpose=Purpose(asked.purpose),
        reason=asked.reason,
        person=PersonRef(str(person) if person is not None else NOBODY),
        as_of=Position(as_of),
        decided_at=Position(decided_at),
        law_on=law_on,
        bases=bases,
        risk=RiskLevel(asked.risk),
        emergency=asked.emergency,
        identity_only=identity_only,
        training=_training(user, law_on),
        stated={Statement(name): words for name, words in asked.stated.items()},
        at=now,
    )


def _training(user: User, day: date) -> Training:
    if user.trained_until is None:
        return Training.NOT_KNOWN
    return Training.CURRENT if day <= user.trained_until else Training.LAPSED
