"""A beat: one step of a story, told by one agency, with what may vary from family to family.

Stories are tables of beats. A beat says who tells, how long after the beat before, what, in which words, and on what
footing it is shared; `telling` turns it into events.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from hub.contract.codes import AbuseCategory, Factor, PrimaryNeed
from hub.contract.details import AnyDetail
from hub.contract.event import Category, ChildsVoice
from hub.contract.primitives import AgencyId
from hub.contract.sharing import ConsentFacts, Handling, Sensitivity
from producers.synthetic.dice import Dice
from producers.synthetic.grounds import Ground
from producers.synthetic.people import Role

NO_CATEGORY = Category()


class Which(StrEnum):
    """Which of the family's children a beat is about, where it does not name one."""

    ANY = "any"
    EACH = "each"


class Where(StrEnum):
    """Where something happened."""

    HOME = "home"
    ELSEWHERE = "elsewhere"


About = int | Role | Which


@dataclass(frozen=True, slots=True)
class Scene:
    """The moment that a detail is made for: its dates, what was asked of agencies, the latest events."""

    day: date
    until: date | None
    at: datetime | None
    dice: Dice
    asked: dict[AgencyId, UUID]
    evidence: Callable[[], list[UUID]]


Details = AnyDetail | Callable[[Scene], AnyDetail]


@dataclass(frozen=True, slots=True)
class Beat:
    """One step of a story. `gap` and `lasts` are days, `ages` whole years; a `prompt` one is recorded the same day."""

    agency: AgencyId
    gap: tuple[int, int]
    detail: Details
    words: tuple[str, ...] = ()
    voice: tuple[ChildsVoice, ...] = ()
    level: int | None = None
    category: Category = NO_CATEGORY
    ground: Ground = Ground.UNIVERSAL
    labels: tuple[Sensitivity, ...] = ()
    handling: Handling | None = None
    consent: ConsentFacts | None = None
    people: tuple[Role, ...] = ()
    accused: Role | None = None
    about: About = Which.ANY
    ages: tuple[int, int] = (0, 17)
    where: Where | None = None
    lasts: tuple[int, int] | None = None
    times: tuple[int, int] = (1, 1)
    chance: float = 1.0
    prompt: bool = False


def heard(words: str, to: str, *, before: str | None = None) -> ChildsVoice:
    """Return what a child said, to whom, in whose presence."""
    return ChildsVoice(words=words, said_to=to, in_presence_of=before)


def why(*factors: str, need: PrimaryNeed = PrimaryNeed.N1, abuse: AbuseCategory | None = None) -> Category:
    """Return a category: the census codes of the factors without their letter `F_`, the need and the abuse."""
    return Category(
        need=need,
        abuse=[] if abuse is None else [abuse],
        factors=[Factor(code) for code in factors],
    )
