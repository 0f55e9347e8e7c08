"""The partnership's directory as facts: agencies, their signing keys, the people who may ask."""

from typing import Annotated

from pydantic import Field

from hub.contract.codes import AgencyKind
from hub.contract.primitives import Agency, Line, Moment, Strict, Word


class AgencyRegistered(Strict):
    """An agency joined the partnership."""

    id: Agency
    name: Line
    kind: AgencyKind
    by: Word


class SigningKeyRegistered(Strict):
    """An agency's public signing key (Ed25519, hexadecimal) may sign from `valid_from` on."""

    agency: Agency
    key_id: Word
    public: Word
    valid_from: Moment
    by: Word


class SigningKeyRetired(Strict):
    """A key was rotated out: it verifies what was signed until `valid_until`, nothing later."""

    agency: Agency
    key_id: Word
    valid_until: Moment
    by: Word


class SigningKeyRevoked(Strict):
    """A key was revoked: it verifies nothing any more."""

    agency: Agency
    key_id: Word
    revoked_at: Moment
    reason: Line
    by: Word


class UserRegistered(Strict):
    """A person of an agency may use the hub in these roles."""

    id: Word
    name: Line
    agency: Agency
    roles: Annotated[list[Word], Field(max_length=20)]
    by: Word


DirectoryEvent = AgencyRegistered | SigningKeyRegistered | SigningKeyRetired | SigningKeyRevoked | UserRegistered
DIRECTORY_EVENTS: dict[str, type[DirectoryEvent]] = {
    model.__name__: model
    for model in (AgencyRegistered, SigningKeyRegistered, SigningKeyRetired, SigningKeyRevoked, UserRegistered)
}
