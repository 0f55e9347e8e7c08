"""Who asks, and whether the question is one that may be put at all, before any item is looked at."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Any
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
)

ENGLAND = ZoneInfo("Europe/London")
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

    def __post_init__(self) -> None:
        for name in ("viewer", "operator", "purpose", "reason"):
            object.__setattr__(self, name, recordable(getattr(self, name)))

    @property
    def claims(self) -> dict[str, Any]:
        """What was claimed beside purpose and reason, and what was left empty, as the record holds it."""
        empty = [name for name in ("viewer", "purpose", "reason") if not getattr(self, name)]
        return {"bases": list(self.bases), "risk": self.risk, "emergency": self.emergency, "empty": empty}


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

    Raises `RefusedError` ("unknown-user", "unknown-purpose", "no-reason"), each saying what is missing.
    """
    user = directory.user(asked.viewer)
    if Purpose(asked.purpose) is Purpose.UNKNOWN:
        raise RefusedError(f"The purpose is not one of {', '.join(PURPOSES)}.", code="unknown-purpose")
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
    )
