"""What somebody has in hand: an episode of work, with its purpose and reason stated once, and what they look at in it.

Everything is named by an id that says nothing, follows from the session and what it stands for, and opens in that
session alone. To know what a name stands for is no permission: each look is decided and recorded for itself.
"""

import base64
import binascii
import hmac
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, NewType, Protocol
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub.application.asking import Asked, recordable
from hub.errors import RefusedError

PageName = NewType("PageName", str)
# No session lasts longer.
LASTING: Final = timedelta(hours=24)
EMERGENCY: Final = "emergency"
_NONCE_BYTES: Final = 12
_NAME_BYTES: Final = 16


class NotThereError(RefusedError):
    """There is no such page for whoever asks: whether there is one for somebody else is not said."""


@dataclass(frozen=True, slots=True)
class Stated:
    """For what somebody works, and why: said once, and carried into every question of the episode."""

    purpose: str
    reason: str
    risk: str = "not-rated"
    bases: tuple[str, ...] = ()
    stated: Mapping[str, str] = field(default_factory=dict)

    @property
    def emergency(self) -> bool:
        """Whether it is one in which things are shown at once, and looked at by a second person."""
        return self.purpose == EMERGENCY

    def asked(self, user: str) -> Asked:
        """Return a question of a user in this episode."""
        return Asked(user, user, self.purpose, self.reason, self.bases, self.risk, stated=self.stated)


@dataclass(frozen=True, slots=True)
class Episode:
    """An episode of work of one session."""

    name: PageName
    session: UUID
    stated: Stated


class KeepsPages(Protocol):
    """Where what people have in hand is kept."""

    def put(self, session: UUID, rows: Sequence[tuple[bytes, bytes]], at: datetime) -> None:
        """Add (id, sealed) of a session."""
        ...

    def find(self, session: UUID, name: bytes) -> bytes | None:
        """Return what is sealed under an id of this session."""
        ...

    def all(self, session: UUID) -> Sequence[tuple[bytes, bytes]]:
        """Return (id, sealed) of all that is kept for a session, in the order in which it was put."""
        ...

    def forget(self, before: datetime) -> None:
        """Remove what was put before a moment."""
        ...


class Episodes:
    """Begins episodes of work and keeps what is in hand in them."""

    def __init__(self, kept: KeepsPages, key: bytes) -> None:
        self._kept = kept
        self._key = key
        self._cipher = AESGCM(hmac.digest(key, b"seal", "sha256"))

    def begin(self, session: UUID, form: str, stated: Stated, now: datetime) -> Episode:
        """Begin an episode; the same form sent twice begins one."""
        self._kept.forget(now - LASTING)
        name = self._name(session, b"episode", form.encode())
        self._put(session, {name: asdict(stated)}, now)
        return Episode(_as_text(name), session, stated)

    def episode(self, session: UUID, name: str) -> Episode:
        """Return an episode of this session; raises `NotThereError`."""
        held = self._get(session, name)
        if "purpose" not in held:
            raise not_there()
        return _episode(session, name, held)

    def keep(self, episode: Episode, contents: Sequence[Mapping[str, Any]], now: datetime) -> list[PageName]:
        """Keep what is looked at in an episode; return the name of each, the same for the same."""
        rows = {}
        for content in contents:
            held = {"episode": episode.name, "held": dict(content)}
            rows[self._name(episode.session, b"held", json.dumps(held, sort_keys=True).encode())] = held
        self._put(episode.session, rows, now)
        return [_as_text(name) for name in rows]

    def held(self, episode: Episode, name: str) -> dict[str, Any]:
        """Return what is looked at under a name in this episode; raises `NotThereError`."""
        row = self._get(episode.session, name)
        if row.get("episode") != episode.name:
            raise not_there()
        held: dict[str, Any] = row["held"]
        return held

    def children(self, session: UUID) -> list[tuple[Episode, PageName, dict[str, Any]]]:
        """Return the children that were found in a session, each once an episode, with where they are looked at."""
        opened = {_as_text(name): self._opened(session, name, sealed) for name, sealed in self._kept.all(session)}
        stated = {name: held for name, held in opened.items() if "purpose" in held}
        found: dict[tuple[str, str], tuple[Episode, PageName, dict[str, Any]]] = {}
        for name, row in opened.items():
            held, of = row.get("held", {}), row.get("episode")
            if "person" in held and "view" not in held and of in stated:
                found[of, held["person"]] = (_episode(session, of, stated[of]), name, held)
        return list(found.values())

    def _put(self, session: UUID, rows: Mapping[bytes, Mapping[str, Any]], now: datetime) -> None:
        sealed = [(name, self._seal(session, name, content)) for name, content in rows.items()]
        if sealed:
            self._kept.put(session, sealed, now)

    def _seal(self, session: UUID, name: bytes, content: Mapping[str, Any]) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, json.dumps(content).encode(), session.bytes + name)

    def _get(self, session: UUID, name: str) -> dict[str, Any]:
        raw = _as_bytes(name)
        sealed = self._kept.find(session, raw)
        if sealed is None:
            raise not_there()
        return self._opened(session, raw, sealed)

    def _opened(self, session: UUID, name: bytes, sealed: bytes) -> dict[str, Any]:
        try:
            opened = self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], session.bytes + name)
        except InvalidTag as error:
            raise not_there() from error
        content: dict[str, Any] = json.loads(opened)
        return content

    def _name(self, session: UUID, kind: bytes, of: bytes) -> bytes:
        told = session.bytes + kind + b"\x1f" + of
        return hmac.digest(self._key, told, "sha256")[:_NAME_BYTES]


def _episode(session: UUID, name: str, held: Mapping[str, Any]) -> Episode:
    return Episode(PageName(name), session, Stated(**{**held, "bases": tuple(held["bases"])}))


def not_there() -> NotThereError:
    """Return the error for what is not there, or is somebody else's: nobody can tell which."""
    return NotThereError("There is no such page, or it is not yours to see.", code="not-found")


def clean(text: str, most: int) -> str:
    """Return typed text as it can be kept and recorded."""
    return recordable(text.strip())[:most]


def _as_text(name: bytes) -> PageName:
    return PageName(base64.urlsafe_b64encode(name).decode().rstrip("="))


def _as_bytes(name: str) -> bytes:
    try:
        raw = base64.b64decode(name.encode("ascii") + b"==", altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise not_there() from error
    if len(raw) != _NAME_BYTES or _as_text(raw) != name:
        raise not_there()
    return raw
