"""Finds the resources in a FHIR file: one resource, a bundle of them, or one resource a line. It knows no patients.

Of a bundle that is cut off, the entries before the cut are still found, and the cut is a reject that names its place.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO, Final, NamedTuple

from hub.contract.jsontext import read_json
from hub.errors import PoisonError, UsageError
from producers.adapters.lines import lines
from producers.adapters.port import SENTENCES, Reject, RejectCode

MAX_DOCUMENT: Final = 16_000_000
BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"

Json = Mapping[str, Any]
_Lines = list[tuple[int, bytes]]
_ENTRIES = re.compile(r'"resourceType"\s*:\s*"Bundle".*?"entry"\s*:\s*\[', re.DOTALL)
_BETWEEN = re.compile(r"[\s,]*")


class Resource(NamedTuple):
    """One resource and where it stands."""

    place: str
    content: Json


def resources(stream: BinaryIO) -> Iterator[Resource | Reject]:
    """Yield each resource, or why one cannot be read; raises `UsageError` where the stream is no JSON at all."""
    numbered = _numbered(stream)
    first = next(numbered, None)
    if first is None:
        raise UsageError("The file is empty.", code="empty-file")
    if isinstance(first, Reject):
        yield first
        return
    number, raw = first
    if not raw.lstrip().startswith((b"{", b"[")):
        raise UsageError("The file is not JSON.", code="wrong-kind")
    if _object(raw) is None:
        yield from _gathered(number, raw, numbered)
        return
    yield from _of_line(number, raw)
    for each in numbered:
        if isinstance(each, Reject):
            yield each
        else:
            yield from _of_line(*each)


def objects(value: Any) -> Sequence[Json]:
    """Return the JSON objects in a list, nothing of anything else."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _numbered(stream: BinaryIO) -> Iterator[tuple[int, bytes] | Reject]:
    for number, raw in lines(stream, MAX_DOCUMENT):
        if raw is None:
            yield Reject(f"line {number}", RejectCode.TOO_LARGE, SENTENCES[RejectCode.TOO_LARGE])
        elif (text := raw.removeprefix(BYTE_ORDER_MARK)).strip():
            yield number, text


def _object(raw: bytes) -> Json | None:
    try:
        value = read_json(raw)
    except PoisonError:
        return None
    return value if isinstance(value, dict) else None


def _of_line(number: int, raw: bytes) -> Iterator[Resource | Reject]:
    try:
        yield from _unpacked(read_json(raw), f"line {number}")
    except PoisonError as error:
        yield _refused(error, raw, [number])


def _unpacked(value: Any, place: str) -> Iterator[Resource]:
    content = value if isinstance(value, dict) else {}
    if content.get("resourceType") != "Bundle":
        yield Resource(place, content)
        return
    for number, entry in enumerate(objects(content.get("entry")), 1):
        yield _entry(entry, f"{place} entry[{number}]")


def _entry(entry: Json, place: str) -> Resource:
    inner = entry.get("resource")
    return Resource(place, inner if isinstance(inner, dict) else {})


def _gathered(number: int, raw: bytes, numbered: Iterator[tuple[int, bytes] | Reject]) -> Iterator[Resource | Reject]:
    """Read a document that goes over several lines."""
    gathered, size = [(number, raw)], len(raw)
    for each in numbered:
        size += MAX_DOCUMENT if isinstance(each, Reject) else len(each[1])
        if isinstance(each, Reject) or size > MAX_DOCUMENT:
            yield Reject(f"line {number}", RejectCode.TOO_LARGE, SENTENCES[RejectCode.TOO_LARGE])
            return
        gathered.append(each)
    text = b"\n".join(line for _, line in gathered)
    try:
        yield from _unpacked(read_json(text), f"line {number}")
    except PoisonError as error:
        if any(_object(line) for _, line in gathered):
            for each in gathered:
                yield from _of_line(*each)
            return
        yield from _before_the_cut(text, f"line {number}")
        yield _refused(error, text, [line for line, _ in gathered])


def _before_the_cut(text: bytes, place: str) -> Iterator[Resource]:
    shown = text.decode(errors="replace")
    start = _ENTRIES.search(shown)
    at, number = start.end() if start else len(shown), 0
    decoder = json.JSONDecoder()
    while shown.startswith("{", at := _skip(shown, at)):
        try:
            _, end = decoder.raw_decode(shown, at)
            entry = read_json(shown[at:end].encode())
        except (ValueError, RecursionError, PoisonError):
            return
        number, at = number + 1, end
        yield _entry(entry, f"{place} entry[{number}]")


def _skip(text: str, at: int) -> int:
    found = _BETWEEN.match(text, at)
    return found.end() if found else at


def _refused(error: PoisonError, text: bytes, numbers: Sequence[int]) -> Reject:
    """Return the reject of a text that is not JSON, with the line and column where it stops being so."""
    cause = error.__cause__
    if not isinstance(cause, json.JSONDecodeError):
        return Reject(f"line {numbers[0]}", RejectCode.MALFORMED, error.message)
    code = RejectCode.TRUNCATED if cause.pos >= len(text.decode(errors="replace")) - 1 else RejectCode.MALFORMED
    line = numbers[min(cause.lineno, len(numbers)) - 1]
    return Reject(f"line {line} column {cause.colno}", code, SENTENCES[code])
