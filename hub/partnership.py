"""The file that describes a partnership: its agencies and the people who may ask. Read once, at `mash init`."""

from collections.abc import Mapping, Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Any, Self, TypeVar

import yaml
from pydantic import BaseModel, Field, ValidationError, model_validator

from hub.contract.envelope import explain
from hub.contract.primitives import RESERVED_AGENCIES, Agency, Day, DayOrMoment, Line, Strict, Word
from hub.errors import UsageError
from hub.events.directory import (
    AgreementId,
    AgreementMade,
    CountedFrom,
    FeedPromise,
    PartnerKind,
    RetentionRule,
    UserRegistered,
    beginning,
    ending,
)
from hub.events.reviews import ReviewArrangement
from policies.model import REVIEWERS, ItemType, Purpose, Role

_MAX_BYTES = 1_000_000
ROLES = tuple(role.value for role in Role if role is not Role.UNKNOWN)

M = TypeVar("M", bound=BaseModel)


class AgencyEntry(Strict):
    """An agency as the file names it."""

    id: Agency
    name: Line
    kind: PartnerKind


class UserEntry(Strict):
    """A user as the file names them; roles are those of `policies.model.Role`."""

    id: Annotated[Word, Field(pattern=r"^[^:\s]+$")]
    name: Line
    agency: Agency
    roles: Annotated[list[Role], Field(min_length=1, max_length=20)]
    trained_until: Day | None = None
    manager: Word | None = None

    @model_validator(mode="after")
    def _has_known_roles(self) -> Self:
        if Role.UNKNOWN in self.roles:
            raise ValueError(f"user {self.id} has a role that does not exist")
        return self

    def registered(self, *, by: str) -> UserRegistered:
        """Return the fact that this entry stands for."""
        told = {name: getattr(self, name) for name in type(self).model_fields if name != "roles"}
        return UserRegistered(**told, roles=[role.value for role in self.roles], by=by)


class AgreementEntry(Strict):
    """A standing agreement as the file names it; purposes and types are those of `policies.model`."""

    id: AgreementId
    owner: Agency
    recipient: Agency
    purpose: Purpose
    types: Annotated[list[ItemType], Field(min_length=1, max_length=50)]
    reason: Line
    authority: Line
    lead: Line
    readers: Annotated[list[Word], Field(max_length=50)] = []
    valid_from: DayOrMoment
    valid_until: DayOrMoment | None = None

    @model_validator(mode="after")
    def _can_be_kept(self) -> Self:
        if self.purpose is Purpose.UNKNOWN or ItemType.UNKNOWN in self.types:
            raise ValueError(f"agreement {self.id} has a purpose or a type that does not exist")
        if self.owner == self.recipient:
            raise ValueError(f"agreement {self.id} is of an agency with itself")
        if self.valid_until is not None and ending(self.valid_until) < beginning(self.valid_from):
            raise ValueError(f"agreement {self.id} ends before it begins")
        return self

    def made(self, *, by: str) -> AgreementMade:
        """Return the fact that this entry stands for."""
        told = {name: getattr(self, name) for name in type(self).model_fields if name not in {"purpose", "types"}}
        types = sorted({each.value for each in self.types})
        return AgreementMade(**told, purpose=self.purpose.value, types=types, by=by)


class RetentionEntry(Strict):
    """How long events of some types are kept, as the file says; types are those of `policies.model`."""

    types: Annotated[list[ItemType], Field(min_length=1, max_length=100)]
    years: Annotated[int, Field(ge=0, le=150)]
    counted_from: CountedFrom
    authority: Line

    @property
    def rule(self) -> RetentionRule:
        """Return the rule that this entry stands for."""
        types = sorted({each.value for each in self.types})
        return RetentionRule(types=types, years=self.years, counted_from=self.counted_from, authority=self.authority)


class Partnership(Strict):
    """One safeguarding partnership."""

    name: Line
    agencies: Annotated[list[AgencyEntry], Field(min_length=1, max_length=500)]
    users: Annotated[list[UserEntry], Field(max_length=10_000)] = []
    agreements: Annotated[list[AgreementEntry], Field(max_length=1_000)] = []
    reviews: ReviewArrangement | None = None
    erasure_waiting_days: Annotated[int, Field(ge=1, le=365)] | None = None
    retention: Annotated[list[RetentionEntry], Field(max_length=100)] | None = None
    feeds: Annotated[list[FeedPromise], Field(max_length=500)] | None = None

    @model_validator(mode="after")
    def _keeps_each_type_once(self) -> Self:
        types = [each for entry in self.retention or () for each in set(entry.types)]
        if ItemType.UNKNOWN in types:
            raise ValueError("the table of retention names a type that does not exist")
        if len(types) != len(set(types)):
            raise ValueError("the table of retention names a type twice")
        return self

    @model_validator(mode="after")
    def _promises_are_of_its_agencies(self) -> Self:
        promised = [each.agency for each in self.feeds or ()]
        if not {*promised} <= {agency.id for agency in self.agencies}:
            raise ValueError("a feed is promised of an agency that is not in the file")
        if len(promised) != len(set(promised)):
            raise ValueError("an agency's feed is promised twice")
        return self

    @model_validator(mode="after")
    def _routes_are_of_roles(self) -> Self:
        for route in self.reviews.routes if self.reviews else ():
            if route.role not in REVIEWERS:
                raise ValueError(f"no rule asks for a {route.role}")
            for role in (*route.held_by, route.deputy, route.out_of_hours):
                if Role(role) is Role.UNKNOWN:
                    raise ValueError(f"the route of {route.role} names a role that does not exist")
        return self

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        ids = [agency.id for agency in self.agencies]
        if len(ids) != len(set(ids)):
            raise ValueError("two agencies have the same id")
        if taken := RESERVED_AGENCIES.intersection(ids):
            raise ValueError(f"no agency can be called {min(taken)}: on the broker, that is the hub's own")
        if len({user.id for user in self.users}) != len(self.users):
            raise ValueError("two users have the same id")
        for user in self.users:
            if user.agency not in ids:
                raise ValueError(f"user {user.id} is of an agency that the file does not name")
            if user.manager is not None and user.manager not in {each.id for each in self.users}:
                raise ValueError(f"user {user.id} has a manager whom the file does not name")
        return self

    @model_validator(mode="after")
    def _agreements_are_of_whom_the_file_names(self) -> Self:
        agencies = {agency.id for agency in self.agencies}
        users = {(user.id, user.agency) for user in self.users}
        if len({agreement.id for agreement in self.agreements}) != len(self.agreements):
            raise ValueError("two agreements have the same id")
        for agreement in self.agreements:
            if not {agreement.owner, agreement.recipient} <= agencies:
                raise ValueError(f"agreement {agreement.id} is of an agency that the file does not name")
            if not {(reader, agreement.recipient) for reader in agreement.readers} <= users:
                raise ValueError(f"agreement {agreement.id} names a reader who is no user of its recipient")
        return self


class Agreements(Strict):
    """A file of agreements alone."""

    agreements: Annotated[list[AgreementEntry], Field(min_length=1, max_length=1_000)]


def read_partnership(path: Path | None) -> Partnership:
    """Read a partnership's file, or the shipped example; raises `UsageError` naming the fault and its place."""
    return _read(path or files("hub.example").joinpath("partnership.yaml"), Partnership, "partnership")


def read_agreements(path: Path) -> list[AgreementEntry]:
    """Read a file of agreements; raises `UsageError` naming the fault and its place."""
    return _read(path, Agreements, "agreements").agreements


def registered_user(told: Mapping[str, Any], *, by: str) -> UserRegistered:
    """Return the fact that a user is registered, of what was typed; raises `UsageError` naming the fault."""
    try:
        return UserEntry.model_validate(told, strict=False).registered(by=by)
    except ValidationError as error:
        place, reason = explain(error)
        raise UsageError(f"The user cannot be registered: {reason}.", code="bad-user", place=place) from error


def known_roles(roles: Sequence[str]) -> list[str]:
    """Return roles that were typed, each once; raises `UsageError` for one that does not exist."""
    unknown = [role for role in roles if Role(role) is Role.UNKNOWN]
    if unknown or not roles:
        raise UsageError("The user has a role that does not exist.", code="bad-user")
    return sorted(set(roles))


def _read(path: Traversable, model: type[M], what: str) -> M:
    code = f"bad-{what}"
    try:
        text = path.read_bytes()
        if len(text) > _MAX_BYTES:
            raise UsageError(f"The {what} file is larger than 1 MB.", code=code)
        return model.model_validate(yaml.safe_load(text), strict=False)
    except OSError as error:
        raise UsageError(f"The {what} file cannot be read: {error.strerror}.", code=code) from error
    except yaml.YAMLError as error:
        place = str(getattr(error, "problem_mark", "")).strip() or None
        raise UsageError(f"The {what} file is not YAML.", code=code, place=place) from error
    except ValidationError as error:
        place, reason = explain(error)
        raise UsageError(f"The {what} file is wrong: {reason}.", code=code, place=place) from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"The {what} file holds a value that no reader takes.", code=code) from error
