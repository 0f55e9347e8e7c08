"""Message headers as one run of bytes, for brokers that keep them in one column.

Each header is the length of its name and of its value (big-endian u16 and u32), then both; order and repeats are kept.
"""

import struct
from functools import lru_cache

_LENGTHS = struct.Struct(">HI")

Headers = tuple[tuple[str, bytes], ...]


def pack_headers(headers: Headers) -> bytes:
    """Return the headers as bytes."""
    packed = bytearray()
    for name, value in headers:
        named = name.encode()
        packed += _LENGTHS.pack(len(named), len(value)) + named + value
    return bytes(packed)


def unpack_headers(packed: bytes) -> Headers:
    """Return the headers that `pack_headers` made into these bytes; a name that is no text stands escaped."""
    headers = []
    at, end = 0, len(packed)
    while at < end:
        name_length, value_length = _LENGTHS.unpack_from(packed, at)
        name_at = at + _LENGTHS.size
        name_end = name_at + name_length
        at = name_end + value_length
        headers.append((_text(packed[name_at:name_end]), packed[name_end:at]))
    return tuple(headers)


@lru_cache(maxsize=256)
def _text(name: bytes) -> str:
    return name.decode(errors="backslashreplace")
