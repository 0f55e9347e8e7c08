"""Bytes in pieces and lines of bounded length, whatever the line ends are: LF, CRLF and CR, mixed too."""

import re
from collections.abc import Iterator
from typing import BinaryIO, Final

from hub.errors import HubError

CHUNK: Final = 1 << 16
_END = re.compile(rb"\r\n|\n|\r")


def chunks(stream: BinaryIO) -> Iterator[bytes]:
    """Yield the stream in pieces; raises `HubError` where it cannot be read on."""
    while True:
        try:
            chunk = stream.read(CHUNK)
        except OSError as error:
            raise HubError("The file cannot be read to its end.", code="unreadable-file") from error
        if not chunk:
            return
        yield chunk


def lines(stream: BinaryIO, limit: int) -> Iterator[tuple[int, bytes | None]]:
    """Yield each line with its number, without its end; None stands for a line longer than `limit` bytes."""
    number, held, skipping = 1, b"", False
    for chunk in chunks(stream):
        data = held + chunk
        # The line feed that belongs to a last carriage return may stand in the next piece.
        torn = data[-1:] if data.endswith(b"\r") else b""
        *whole, held = _END.split(data[: len(data) - len(torn)])
        for line in whole:
            yield number, None if skipping or len(line) > limit else line
            number, skipping = number + 1, False
        if len(held) > limit:
            skipping, held = True, b""
        held += torn
    if held or skipping:
        yield number, None if skipping else held.removesuffix(b"\r")
