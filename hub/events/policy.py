"""Policy versions as facts: proposed with their full text, approved, put in force, revoked.

So any past moment can be replayed with exactly the text that decided then.
"""

from enum import StrEnum
from typing import Annotated, Any, get_args

from pydantic import Field

from hub.contract.primitives import Agency, Day, Line, Strict, Word
from hub.events.directory import PartnerKind

VersionHash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Basis(StrEnum):
    """On what a version was put in force: its approval by every statutory partner, or the making of the hub."""

    APPROVED = "approved"
    INIT = "init"


class PolicyVersionProposed(Strict):
    """A policy was laid before the partners: the record of all its text, from which its hash follows."""

    version: VersionHash
    text: dict[str, Any]
    by: Word


class PolicyVersionApproved(Strict):
    """A person who may speak for a statutory partner approved a version; `proof` says whether it was proved before."""

    version: VersionHash
    user: Word
    agency: Agency
    kind: PartnerKind
    proof: Line = "not recorded"
    by: Word


class PolicyVersionActivated(Strict):
    """A version is in force from the beginning of a day in England on."""

    version: VersionHash
    from_day: Day
    basis: Basis
    reason: Line
    by: Word


class PolicyVersionRevoked(Strict):
    """A version is in force no more, from this event on and whatever its days say."""

    version: VersionHash
    user: Word
    agency: Agency
    reason: Line
    by: Word


PolicyEvent = PolicyVersionProposed | PolicyVersionApproved | PolicyVersionActivated | PolicyVersionRevoked
POLICY_EVENTS: dict[str, type[PolicyEvent]] = {model.__name__: model for model in get_args(PolicyEvent)}
