"""The zip of an evidence bundle: members stored, undated, in the order given, so that the same give the same bytes.

Whatever is not written exactly so is refused, by the name of the member that it is in: no byte is free.
"""

import struct
import zlib
from collections.abc import Mapping
from typing import Final, NoReturn

from hub.errors import HubError

_LOCAL: Final = struct.Struct("<4s5H3L2H")
_CENTRAL: Final = struct.Struct("<4s6H3L5H2L")
_END: Final = struct.Struct("<4s4H2LH")
_NEEDED, _MADE_BY, _FIRST_DAY, _MODE = 20, 0x0314, 33, 0o100644 << 16


def pack(members: Mapping[str, bytes]) -> bytes:
    """Return the archive of some members, whose names are ASCII."""
    body, directory = bytearray(), bytearray()
    for name, content in members.items():
        directory += _central(name.encode("ascii"), content, len(body))
        body += _entry(name.encode("ascii"), content)
    end = _END.pack(b"PK\5\6", 0, 0, len(members), len(members), len(directory), len(body), 0)
    return bytes(body + directory + end)


def unpack(raw: bytes) -> dict[str, bytes]:
    """Return the members of an archive in order; raises `HubError`: `bundle-damaged`."""
    members: dict[str, bytes] = {}
    at, last = 0, "the beginning"
    while raw.startswith(b"PK\3\4", at):
        if len(raw) < at + _LOCAL.size:
            refuse_member(f"after {last}", "the archive ends too early")
        fields = _LOCAL.unpack_from(raw, at)
        begins = at + _LOCAL.size + fields[-2]
        name, content = raw[at + _LOCAL.size : begins], raw[begins : begins + fields[-3]]
        told = name.decode("ascii", "replace")
        if not name.isascii() or not told or told in members or not raw.startswith(_entry(name, content), at):
            refuse_member(
                told if told.isprintable() and told else f"after {last}", "its entry is not as it was written"
            )
        members[told], last = content, told
        at = begins + len(content)
    if not members or pack(members) != raw:
        refuse_member(f"after {last}", "the archive's directory is not as it was written")
    return members


def refuse_member(member: str, message: str) -> NoReturn:
    """Raise the error for a member that is not as it was written."""
    raise HubError(f"The bundle does not hold: {member}: {message}.", code="bundle-damaged", place=member)


def _entry(name: bytes, content: bytes) -> bytes:
    return _LOCAL.pack(b"PK\3\4", _NEEDED, 0, 0, 0, _FIRST_DAY, *_sizes(name, content), 0) + name + content


def _central(name: bytes, content: bytes, at: int) -> bytes:
    sizes = _sizes(name, content)
    return _CENTRAL.pack(b"PK\1\2", _MADE_BY, _NEEDED, 0, 0, 0, _FIRST_DAY, *sizes, 0, 0, 0, 0, _MODE, at) + name


def _sizes(name: bytes, content: bytes) -> tuple[int, int, int, int]:
    return zlib.crc32(content), len(content), len(content), len(name)
