"""The form of a spool's files: a first line that names the topic, then records, each with its length and checksum.

Only finds records, and what is damaged between them; what becomes of either is the spool's to say. A record is a mark,
the length of its body, the CRC-32 of its body, and the body: one message's key, value and headers as they go out.
"""

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from hub.broker.port import Message
from hub.errors import UsageError

MARK: Final = b"\xf5MSG"
_FRAME: Final = struct.Struct(">4sII")
_LENGTH: Final = struct.Struct(">I")
_LONGEST_BODY: Final = 2 * 1_048_576
_ANY_FIRST_LINE: Final = re.compile(rb"mash-spool \d+ [A-Za-z0-9._-]+\n")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a segment: a record with its body, or bytes that are none; `torn` if they are a record cut off."""

    start: int
    end: int
    body: bytes | None
    torn: bool = False


def first_line(topic: str) -> bytes:
    """Return the first bytes of a segment of messages for this topic."""
    return b"mash-spool 1 %b\n" % topic.encode()


def first_record(data: bytes, topic: str | None) -> int:
    """Return where a segment's records begin; raises `UsageError` for the spool of another topic or form."""
    found = _ANY_FIRST_LINE.match(data)
    if found is None:
        return 0
    if topic is not None and found[0] != first_line(topic):
        raise UsageError("The spool holds another agency's messages, or is of another version.", code="foreign-spool")
    return found.end()


def record_of(message: Message) -> bytes:
    """Return the bytes of one message's record."""
    parts = [message.key, message.value]
    for name, value in message.headers:
        parts += (name.encode(), value)
    body = b"".join([_LENGTH.pack(len(part)) + part for part in parts])
    return _FRAME.pack(MARK, len(body), zlib.crc32(body)) + body


def message_of(body: bytes) -> Message:
    """Return the message of a record's body."""
    key, value, *rest = _parts(body)
    return Message(key, tuple(zip(map(bytes.decode, rest[0::2]), rest[1::2], strict=True)), value)


def _parts(body: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(body):
        (length,) = _LENGTH.unpack_from(body, at)
        at += _LENGTH.size + length
        yield body[at - length : at]


def pieces(data: bytes, at: int) -> Iterator[Piece]:
    """Yield the records from `at` to the end, in order, and between them every stretch that is none."""
    while at < len(data):
        body = _body_at(data, at)
        if body is None:
            end = _next_record(data, at + 1)
            yield Piece(at, end, None, torn=end == len(data) and _is_cut_off(data, at))
        else:
            end = at + _FRAME.size + len(body)
            yield Piece(at, end, body)
        at = end


def _body_at(data: bytes, at: int) -> bytes | None:
    if at + _FRAME.size > len(data):
        return None
    mark, length, checksum = _FRAME.unpack_from(data, at)
    start = at + _FRAME.size
    if mark != MARK or length > _LONGEST_BODY or start + length > len(data):
        return None
    body = data[start : start + length]
    return body if zlib.crc32(body) == checksum else None


def _next_record(data: bytes, at: int) -> int:
    while (at := data.find(MARK, at)) >= 0:
        if _body_at(data, at) is not None:
            return at
        at += 1
    return len(data)


def _is_cut_off(data: bytes, at: int) -> bool:
    """Say whether what stands last is what a crash leaves of a record: a beginning of one, or room never written."""
    if not any(data[at:]):
        return True
    if at + _FRAME.size > len(data):
        return MARK.startswith(data[at : at + len(MARK)])
    mark, length, _ = _FRAME.unpack_from(data, at)
    return bool(mark == MARK and at + _FRAME.size + length > len(data))
