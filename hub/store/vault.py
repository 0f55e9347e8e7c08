"""The port to the keys: which subject a reference is, and the key under which all that is sealed about it opens.

A subject is one agency's reference to one person; its key is on the disk before its first event is. To erase a subject
is to destroy its key. Callers hold a key for one batch and no longer.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from itertools import islice
from typing import Final, NamedTuple, Protocol
from uuid import UUID

from hub.errors import HubError

LOOKUP: Final = "lookup"
BLIND_INDEX: Final = "blind-index"
VIEWER_IDS: Final = "viewer-ids"
QUARANTINE: Final = "quarantine"
PAGES: Final = "pages"

Reference = tuple[str, str]


class SubjectKey(NamedTuple):
    """Whom a reference stands for, and the key under which all about that subject is sealed."""

    subject: UUID
    key: bytes


_SEPARATOR = "\x1f"
_CHUNK = 10_000


class KeyVault(Protocol):
    """Makes, hands out and destroys the keys of subjects, and keeps those of purposes."""

    def made(self, references: Collection[Reference]) -> dict[Reference, SubjectKey]:
        """Return the subject and key of each (agency, reference); one that is new is made, and committed, first."""
        ...

    def known(self, references: Collection[Reference]) -> dict[Reference, SubjectKey]:
        """Return the subject and key of each (agency, reference) that has one; makes nothing."""
        ...

    def find_subject(self, agency: str, reference: str) -> UUID | None:
        """Return the subject of a reference, or None; makes nothing."""
        ...

    def make(self, subjects: Collection[UUID]) -> dict[UUID, bytes | None]:
        """Make keys for subjects that have no reference and return them; one that has a key, or had one, keeps that."""
        ...

    def keys(self, subjects: Collection[UUID]) -> dict[UUID, bytes | None]:
        """Return the key of each subject, None for a destroyed one; raises `HubError(code="key-missing")`."""
        ...

    def purpose_key(self, name: str) -> bytes:
        """Return the key of a purpose, made when first asked for and the same ever after."""
        ...

    def destroy(self, subjects: Collection[UUID]) -> None:
        """Destroy the keys of subjects for good and forget their references; if one has none, raise and do nothing."""
        ...

    def missing(self, subjects: Collection[UUID]) -> set[UUID]:
        """Return those that never had a key here."""
        ...

    def newest_created_at(self) -> datetime | None:
        """Return when the newest key of a subject was made, None when there is none."""
        ...


def verify_keys_cover(vault: KeyVault, subjects: Iterable[UUID]) -> None:
    """Pass if every subject has a key or had one; raises `HubError(code="keys-older-than-log")`.

    Asked at start with the subjects of the events recorded since `newest_created_at()`: a key table restored from an
    older copy than the log lacks theirs, and writing on would give the same reference two subjects.
    """
    rest = iter(subjects)
    while chunk := set(islice(rest, _CHUNK)):
        missing = len(vault.missing(chunk))
        if missing:
            raise HubError(
                f"The key table is older than the event log: {missing} subjects of recent events have no key. Nothing "
                "was written; restore the newest copy of the key table.",
                code="keys-older-than-log",
            )


def lookup_text(reference: Reference) -> bytes:
    """Return what a reference's token is the keyed hash of; raises `HubError` for an agency that is not one word."""
    agency, name = reference
    if _SEPARATOR in agency:
        raise HubError("The id of an agency holds a separator.", code="bad-agency")
    return f"{agency}{_SEPARATOR}{name}".encode()


def key_missing(count: int) -> HubError:
    """Return the error for subjects that never had a key."""
    return HubError(f"{count} subjects have no key in the key table.", code="key-missing")
