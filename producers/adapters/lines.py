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
    number, line, torn = 1, _Line(limit), b""
    for chunk in chunks(stream):
        data = torn + chunk
        # The line feed that belongs to a last carriage return may stand in the next piece.
        torn = b"\r" if data.endswith(b"\r") else b""
        first, *rest = _END.split(data[: len(data) - len(torn)])
        line.add(first)
        for piece in rest:
            yield number, line.whole()
            number, line = number + 1, _Line(limit)
            line.add(piece)
    if torn or line.size:
        yield number, line.whole()


class _Line:
    """A line that is being read; of one that is longer than the limit only the length is kept."""

    def __init__(self, limit: int) -> None:
        self.size = 0
        self._limit = limit
        self._pieces: list[bytes] = []

    def add(self, piece: bytes) -> None:
        self.size += len(piece)
        if self.size > self._limit:
            self._pieces.clear()
        else:
            self._pieces.append(piece)

    def whole(self) -> bytes | None:
        return None if self.size > self._limit else b"".join(self._pieces)
