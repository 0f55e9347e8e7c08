"""The bytes of a stored row: a clear header, the commitments, a directory of parts, then each part's ciphertext.

Knows where things lie and nothing of keys. Every length is checked against the bytes that are there, and nothing may
follow the last part, so a cut or padded row is refused as damaged. All numbers are big-endian.

    0  magic "MASH"      4  layout u8       5  cipher u8     6  schema version u16
    8  recorded_at, microseconds since 1970, i64: the append function rewrites it under the log's lock
    16 commitments u16, 32 bytes each
    .. parts u8, each: name length u8, name, subject (16), nonce (12), ciphertext length u32
    .. the ciphertexts, in the directory's order
"""

import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from uuid import UUID

from hub.errors import HubError

MAGIC: Final = b"MASH"
LAYOUT: Final = 1
AES_256_GCM: Final = 1
RECORDED_AT_OFFSET: Final = 8
COMMITMENT_BYTES: Final = 32
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16
MAX_COMMITMENTS: Final = 2048
MAX_PARTS: Final = 64

_HEADER = struct.Struct(">4sBBHqH")
_ENTRY = struct.Struct(">16s12sI")
_AFTER_STAMP = RECORDED_AT_OFFSET + 8


@dataclass(slots=True)
class PartFrame:
    """One part as it lies in the row: its name, whose key opens it, and its sealed bytes."""

    name: str
    subject: UUID
    nonce: bytes
    ciphertext: bytes


@dataclass(slots=True)
class Frame:
    """A row taken apart; `bound` is every clear byte but the stamp, for the parts' additional data."""

    schema_version: int
    recorded_at: int
    commitments: bytes
    parts: list[PartFrame]
    bound: bytes


def damaged(reason: str, place: str | None = None) -> HubError:
    """Return the error for a row that is not what was stored."""
    return HubError(f"A row of the log is damaged: {reason}.", code="row-damaged", place=place)


def header(schema_version: int, recorded_at: int, commitments: bytes, directory: Sequence[bytes]) -> bytes:
    """Return the clear bytes of a row, up to the first ciphertext."""
    count = len(commitments) // COMMITMENT_BYTES
    if count > MAX_COMMITMENTS or not 0 < len(directory) <= MAX_PARTS:
        raise HubError("An event has no part, or more parts or sections than a row can hold.", code="event-too-large")
    start = _HEADER.pack(MAGIC, LAYOUT, AES_256_GCM, schema_version, recorded_at, count)
    return b"".join((start, commitments, bytes((len(directory),)), *directory))


def directory_entry(name: bytes, subject: UUID, nonce: bytes, plain_length: int) -> bytes:
    """Return one part's entry in the directory; sealing adds the cipher's tag to its length."""
    return bytes((len(name),)) + name + _ENTRY.pack(subject.bytes, nonce, plain_length + TAG_BYTES)


def bound_bytes(clear: bytes) -> bytes:
    """Return a row's clear bytes without the stamp: what every part's additional data binds."""
    return clear[:RECORDED_AT_OFFSET] + clear[_AFTER_STAMP:]


def parse(data: bytes) -> Frame:
    """Take a row apart; raises `HubError`: `row-damaged`, or `row-newer` for a layout or cipher not known here."""
    if data[:4] != MAGIC or len(data) < _HEADER.size:
        raise damaged("it does not begin as a row does")
    layout = _LAYOUTS.get(data[4])
    if layout is None:
        raise HubError(f"A row of the log has layout {data[4]}, which this release does not know.", code="row-newer")
    try:
        return layout(data)
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise damaged("it ends too early or its directory makes no sense") from error


def subjects_in(data: bytes) -> list[UUID]:
    """List whose keys a row's parts are sealed under, in the directory's order, without opening anything."""
    return [part.subject for part in parse(data).parts]


def _parse_layout_1(data: bytes) -> Frame:
    _, _, cipher, schema_version, recorded_at, count = _HEADER.unpack_from(data)
    if cipher != AES_256_GCM:
        raise HubError(f"A row of the log has cipher {cipher}, which this release does not know.", code="row-newer")
    at = _HEADER.size + count * COMMITMENT_BYTES
    commitments = data[_HEADER.size : at]
    entries = []
    parts_count = data[at]
    at += 1
    for _ in range(parts_count):
        name_end = at + 1 + data[at]
        subject, nonce, length = _ENTRY.unpack_from(data, name_end)
        entries.append((_text(data[at + 1 : name_end]), _subject(subject), nonce, length))
        at = name_end + _ENTRY.size
    bound = data[:RECORDED_AT_OFFSET] + data[_AFTER_STAMP:at]
    parts = []
    for name, subject_id, nonce, length in entries:
        parts.append(PartFrame(name, subject_id, nonce, data[at : at + length]))
        at += length
    if at != len(data) or not parts:
        raise damaged("its length is not what its directory says")
    return Frame(schema_version, recorded_at, commitments, parts, bound)


@lru_cache(maxsize=1024)
def _text(name: bytes) -> str:
    return name.decode("ascii")


@lru_cache(maxsize=65536)
def _subject(raw: bytes) -> UUID:
    return UUID(bytes=raw)


_LAYOUTS: Final[Mapping[int, Callable[[bytes], Frame]]] = {1: _parse_layout_1}
