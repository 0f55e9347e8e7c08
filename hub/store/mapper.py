"""Turn events into sealed rows and back: one sealed part for each person concerned, one commitment for each section.

A part is AES-256-GCM under its own key. Its additional data is every clear byte of the row (header, commitments and
their padding, directory) with the event's id, type and sorted tags, and the part's place; only the stamp is left out,
which the append function writes under the log's lock. So a row that was altered, cut, moved or given other tags does
not open. A part whose key was destroyed opens as None. The mapper fetches no keys and reads no clock.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any, Final, NamedTuple, TypeVar
from uuid import UUID

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from eventsourcing.dcb.api import DCBEvent, DCBSequencedEvent

from hub.contract.canonical import Canonical
from hub.errors import HubError, PoisonError
from hub.store import frame
from hub.store.commitments import Label, PartKeys, commitments, labels, name_bytes, part_key
from hub.store.upcasting import Upcasters

COMMITMENTS_PADDED_TO: Final = 16
EVENT_TAG: Final = "event:"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_NAME = attrgetter("name")

Key = TypeVar("Key")
_KeysOfParts = Mapping[UUID, PartKeys | None]


@dataclass(frozen=True, slots=True)
class DraftPart:
    """What an event says of one person: canonical JSON by section name, to be sealed under that subject's key."""

    name: str
    subject: UUID
    sections: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class DraftEvent:
    """An event about to be recorded. The mapper adds the tag `event:<id>`; tags never name a person."""

    id: UUID
    type: str
    tags: tuple[str, ...]
    parts: tuple[DraftPart, ...]
    schema_version: int = 1


class StoredEvent(NamedTuple):
    """An event read back, in the present schema; `tags` are the draft's, sorted, and an erased part is None."""

    position: int
    recorded_at: datetime
    id: UUID
    type: str
    tags: tuple[str, ...]
    parts: Mapping[str, Mapping[str, Any] | None]


@dataclass(slots=True)
class _Ready:
    """A part with all that its sealing needs."""

    key: bytes
    nonce: bytes
    plain: bytes
    commitments: bytes
    entry: bytes


class Mapper:
    """Seals drafts and opens rows, under the schema versions that its upcasters know."""

    def __init__(self, upcasters: Upcasters) -> None:
        self._upcasters = upcasters

    def seal(self, draft: DraftEvent, keys: Mapping[UUID, bytes | None], at: datetime) -> DCBEvent:
        """Return the row of an event, stamped with a moment; raises `HubError` for one that would not open again."""
        tags = sorted((*draft.tags, f"{EVENT_TAG}{draft.id}"))
        self._refuse_faulty(draft, tags)
        parts = [_ready(part, draft.id, keys) for part in sorted(draft.parts, key=_NAME)]
        clear = frame.header(
            draft.schema_version,
            (at - _EPOCH) // _MICROSECOND,
            _padded(b"".join([part.commitments for part in parts])),
            [part.entry for part in parts],
        )
        bound = _bound(frame.bound_bytes(clear), draft.type, tags)
        sealed = [
            AESGCM(part.key).encrypt(part.nonce, part.plain, bytes((index,)) + bound)
            for index, part in enumerate(parts)
        ]
        return DCBEvent(draft.type, b"".join((clear, *sealed)), tags)

    def frame_of(self, sequenced: DCBSequencedEvent) -> frame.Frame:
        """Take a row apart without opening it; raises `HubError` naming the position."""
        try:
            return frame.parse(sequenced.event.data)
        except HubError as error:
            error.place = f"position {sequenced.position}"
            raise

    def open(self, sequenced: DCBSequencedEvent, keys: Mapping[UUID, bytes | None]) -> StoredEvent:
        """Return the event of one row; raises as `open_all`."""
        return self.open_all([(sequenced, self.frame_of(sequenced))], keys)[0]

    def open_all(
        self, rows: Iterable[tuple[DCBSequencedEvent, frame.Frame]], keys: Mapping[UUID, bytes | None]
    ) -> list[StoredEvent]:
        """Return the events of rows that were taken apart; a part whose key is None is erased, not an error.

        Raises `HubError` naming the position: `row-damaged`, `row-newer`, or `key-missing` for a subject not in `keys`.
        """
        part_keys = {subject: None if key is None else PartKeys(key) for subject, key in keys.items()}
        return [self._open_at(sequenced, row, part_keys) for sequenced, row in rows]

    def _refuse_faulty(self, draft: DraftEvent, tags: list[str]) -> None:
        if draft.schema_version != self._upcasters.current(draft.type):
            raise HubError(f"{draft.type} is not written at version {draft.schema_version}.", code="schema-version")
        if not "".join((draft.type, *tags)).isprintable():
            raise PoisonError("A tag or the type of an event holds a control character.", code="bad-tag")
        if len(draft.parts) > 1 and len({part.name for part in draft.parts}) < len(draft.parts):
            raise PoisonError("Two parts of an event have one name.", code="bad-name")

    def _open_at(self, sequenced: DCBSequencedEvent, row: frame.Frame, keys: _KeysOfParts) -> StoredEvent:
        try:
            return self._open(sequenced.event, sequenced.position, row, keys)
        except HubError as error:
            error.place = f"position {sequenced.position}"
            raise

    def _open(self, event: DCBEvent, position: int, row: frame.Frame, keys: _KeysOfParts) -> StoredEvent:
        tags = sorted(event.tags)
        event_id, parts = _as_sealed(event.type, tags, row, keys)
        return StoredEvent(
            position,
            moment_of(row.recorded_at),
            event_id,
            event.type,
            tuple(tags),
            self._upcasters.upcast(event.type, row.schema_version, parts),
        )


def as_sealed(
    event: DCBEvent, row: frame.Frame, keys: Mapping[UUID, bytes | None]
) -> tuple[UUID, dict[str, dict[str, Any] | None]]:
    """Return an event's id and its parts as they were sealed, in the schema of then; raises as `Mapper.open_all`."""
    part_keys = {subject: None if key is None else PartKeys(key) for subject, key in keys.items()}
    return _as_sealed(event.type, sorted(event.tags), row, part_keys)


def _as_sealed(
    event_type: str, tags: list[str], row: frame.Frame, keys: _KeysOfParts
) -> tuple[UUID, dict[str, dict[str, Any] | None]]:
    """Open the parts of a row and take the event's own tag out of its sorted tags."""
    bound = _bound(row.bound, event_type, tags)
    event_id = _taken_out(tags)
    parts: dict[str, dict[str, Any] | None] = {}
    for index, part in enumerate(row.parts):
        derived = _key_of(part.subject, keys)
        parts[part.name] = None if derived is None else _opened(part, index, derived.of(event_id, part.name), bound)
    return event_id, parts


def _ready(part: DraftPart, event_id: UUID, keys: Mapping[UUID, bytes | None]) -> _Ready:
    subject_key = _key_of(part.subject, keys)
    if subject_key is None:
        raise HubError("Nothing can be sealed for a subject whose key was destroyed.", code="subject-erased")
    key = part_key(subject_key, event_id, part.name)
    sections = part.sections
    names = tuple(sorted(sections))
    values = [sections[name] for name in names]
    namings = labels(part.name, names)
    plain = _json_object(names, namings, values)
    nonce = os.urandom(frame.NONCE_BYTES)
    entry = frame.directory_entry(name_bytes(part.name), part.subject, nonce, len(plain))
    return _Ready(key, nonce, plain, commitments(key, namings, values), entry)


def _json_object(names: Sequence[str], namings: Sequence[Label], values: Sequence[bytes]) -> bytes:
    """Join sections to one object, as they are; refuse what would not read back as the same canonical bytes."""
    plain = b"{" + b",".join([naming.member + value for naming, value in zip(namings, values, strict=True)]) + b"}"
    if {Canonical}.issuperset(map(type, values)):
        return plain
    try:
        read = orjson.loads(plain)
    except orjson.JSONDecodeError as error:
        raise PoisonError("A section of an event is not JSON.", code="not-canonical") from error
    if tuple(read) != names or orjson.dumps(read, option=orjson.OPT_SORT_KEYS) != plain:
        raise PoisonError("A section of an event is not canonical JSON.", code="not-canonical")
    return plain


def _opened(part: frame.PartFrame, index: int, key: bytes, bound: bytes) -> dict[str, Any]:
    try:
        plain = AESGCM(key).decrypt(part.nonce, part.ciphertext, bytes((index,)) + bound)
    except InvalidTag as error:
        raise frame.damaged("a part does not open with its subject's key") from error
    sections: dict[str, Any] = orjson.loads(plain)
    return sections


def _key_of(subject: UUID, keys: Mapping[UUID, Key | None]) -> Key | None:
    try:
        return keys[subject]
    except KeyError as error:
        raise HubError("The key of a subject is missing.", code="key-missing") from error


def _padded(made: bytes) -> bytes:
    """Fill up with random numbers, so that the count tells a range only."""
    return made + os.urandom(-len(made) % (COMMITMENTS_PADDED_TO * frame.COMMITMENT_BYTES))


def _bound(clear: bytes, event_type: str, tags: list[str]) -> bytes:
    """Return what the additional data of every part binds: one way only to part it again. The event's id is a tag."""
    return clear + len(tags).to_bytes(2) + "\0".join((event_type, *tags)).encode()


def _taken_out(tags: list[str]) -> UUID:
    """Take the event's own tag out of sorted tags and return its id."""
    for tag in tags:
        if tag.startswith(EVENT_TAG):
            tags.remove(tag)
            return _uuid(tag[len(EVENT_TAG) :])
    raise frame.damaged("it has no id of its event")


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise frame.damaged("the id of its event makes no sense") from error


def moment_of(micros: int) -> datetime:
    """Return the moment of a stamp, in microseconds since 1970; raises `HubError` for one that is none."""
    try:
        return _EPOCH + micros * _MICROSECOND
    except OverflowError as error:
        raise frame.damaged("its stamp is no moment") from error
