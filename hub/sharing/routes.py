"""Who may answer a task, who else sees it, and to whom it goes when the time runs out. Pure: users come as roles.

An agency's own release stays with that agency: its information owner, the deputy, whoever is there at night. Whoever
asked never answers themselves, and whoever is related to somebody in it is not asked. Where nobody of the agency can,
and once the last time has run out, the manager of the hub sees the task, to find somebody; they never answer in the
owner's place.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final

from hub.events.reviews import ReviewArrangement, ReviewRoute, Span
from hub.sharing.clocks import out_of_hours
from hub.sharing.tasks import Task
from policies.model import Role

MANAGER: Final = Role.MASH_MANAGER.value
SECOND_PERSON: Final = "second-person"
# The Act sets the ceiling; times of its own and other routes are for a partnership to set.
STATUTORY: Final = ReviewArrangement(
    authority="none of its own",
    ceiling=Span(amount=1, unit="working-days"),
    ceiling_authority="Working Together: what to do about a referral is decided within one working day",
)


class Scope(Enum):
    """Of which agency a role must be held."""

    ANY = "any"
    OWNER = "owner"
    OTHER = "other"


_SCOPES: Final = {
    Role.INFORMATION_OWNER.value: Scope.OWNER,
    Role.CALDICOTT_GUARDIAN.value: Scope.OWNER,
    Role.DATA_PROTECTION_OFFICER.value: Scope.OWNER,
    Role.DESIGNATED_SAFEGUARDING_LEAD.value: Scope.OWNER,
    SECOND_PERSON: Scope.OTHER,
}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may be asked: their id, their agency and their roles."""

    id: str
    agency: str
    roles: frozenset[str]


def scope_of(role: str) -> Scope:
    """Return of which agency a role must be held to answer."""
    return _SCOPES.get(role, Scope.ANY)


def route_of(role: str, arrangement: ReviewArrangement) -> ReviewRoute:
    """Return the partnership's route for a role; the manager of the hub stands in where it has set none."""
    found = next((route for route in arrangement.routes if route.role == role), None)
    if found is not None:
        return found
    holders = [MANAGER] if role == SECOND_PERSON else []
    return ReviewRoute(role=role, held_by=holders, deputy=MANAGER, out_of_hours=Role.EMERGENCY_DUTY_TEAM.value)


def _nobody(_user: str, _task: Task) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Desk:
    """All who may be asked, and how the partnership arranged it, at one moment.

    `related` says whether a user is related to somebody in what a task is about: to them it is as absent. It may have
    to read of a child, so that roles are looked at first.
    """

    people: Collection[Person]
    arrangement: ReviewArrangement
    at: datetime
    related: Callable[[str, Task], bool] = _nobody

    def answers_as(self, person: Person, task: Task) -> str | None:
        """Return the role, of those that a task asks, in which somebody may answer it; None where they may not."""
        return next((role for role in sorted(task.roles) if self._may(person, role, task)), None)

    def sees(self, person: Person, task: Task) -> bool:
        """Say whether somebody sees a task: who may answer it, and the hub's manager where nobody does."""
        if self.answers_as(person, task) is not None:
            return True
        if MANAGER not in person.roles or self.related(person.id, task):
            return False
        return task.escalated > 1 or any(map(self._stuck, _each(task)))

    def escalates_to(self, task: Task, step: int) -> str:
        """Return, in words, who is asked too when the time has run out once or twice."""
        if step > 1:
            return MANAGER
        return ", ".join(sorted({route_of(role, self.arrangement).deputy for role in task.roles}))

    def _may(self, person: Person, role: str, task: Task) -> bool:
        # Most hold none of the roles, which is known without a look at anybody else.
        if person.roles.isdisjoint(_ever(route_of(role, self.arrangement))):
            return False
        return self._within(person, role, task) and not self._candidates(role, task).isdisjoint(person.roles)

    def _candidates(self, role: str, task: Task) -> frozenset[str]:
        """Return the roles that may answer in a role now."""
        route = route_of(role, self.arrangement)
        found = set(route.holders)
        if task.escalated or not self._anyone(route.holders, role, task):
            found.add(route.deputy)
        if out_of_hours(self.at, self.arrangement.office_hours):
            found.add(route.out_of_hours)
        return frozenset(found)

    def _anyone(self, held: Collection[str], role: str, task: Task) -> bool:
        return any(not person.roles.isdisjoint(held) and self._within(person, role, task) for person in self.people)

    def _within(self, person: Person, role: str, task: Task) -> bool:
        return _within(person, role, task) and not self.related(person.id, task)

    def _stuck(self, asked: tuple[str, Task]) -> bool:
        role, task = asked
        return not self._anyone(self._candidates(role, task), role, task)


def _ever(route: ReviewRoute) -> Collection[str]:
    """Return all roles that may answer by a route at some time."""
    return {*route.holders, route.deputy, route.out_of_hours}


def _each(task: Task) -> Iterator[tuple[str, Task]]:
    return ((role, task) for role in sorted(task.roles))


def _within(person: Person, role: str, task: Task) -> bool:
    """Say whether somebody is of an agency that may answer in a role; whoever asked never may."""
    asked = task.asked
    if person.id == asked.viewer:
        return False
    match scope_of(role):
        case Scope.OWNER:
            return asked.owner is None or person.agency == asked.owner
        case Scope.OTHER:
            return person.agency != asked.agency
        case Scope.ANY:
            return True
