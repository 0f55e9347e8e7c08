"""Reads a CIN census return one child at a time: each `Child` as a small tree, whatever the size of the file.

The parser is expat with a handler that refuses every document type declaration before anything in it is read, so no
entity is ever declared, expanded or fetched (as `defusedxml` does). Fields, children and nesting are bounded while they
are read: a field of 50 MB costs no more memory than the bound.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import BinaryIO, Final, NamedTuple
from xml.parsers import expat

from hub.errors import UsageError
from producers.adapters.build import UnfitError
from producers.adapters.lines import chunks
from producers.adapters.port import RejectCode

ROOT: Final = "Message"
CONTAINER: Final = "Children"
MAX_FIELD: Final = 4_000
MAX_TEXT: Final = 1_000_000
MAX_ELEMENTS: Final = 20_000
MAX_DEPTH: Final = 32
MAX_TOKEN: Final = 1 << 20

_ERRORS = expat.errors
_CUT_OFF = frozenset(
    _ERRORS.codes[message]
    for message in (
        _ERRORS.XML_ERROR_NO_ELEMENTS,
        _ERRORS.XML_ERROR_UNCLOSED_TOKEN,
        _ERRORS.XML_ERROR_PARTIAL_CHAR,
        _ERRORS.XML_ERROR_UNCLOSED_CDATA_SECTION,
    )
)
_OTHER_ENCODING = frozenset(
    _ERRORS.codes[message] for message in (_ERRORS.XML_ERROR_INCORRECT_ENCODING, _ERRORS.XML_ERROR_UNKNOWN_ENCODING)
)


# Most elements hold one short text and nothing else: its name, its text, its line.
Field = tuple[str, str, int]


class Element:
    """An element that holds others, or that is not a plain field: it has attributes, or a text that was too long.

    `stray` is the text between what is inside it; `text` is that of an element with nothing inside.
    """

    text = ""
    stray: Sequence[str] = ()
    attributes: Mapping[str, str] = MappingProxyType({})
    closed = True
    unfit: RejectCode | None = None

    def __init__(self, name: str, line: int, text: str = "") -> None:
        self.name = name
        self.line = line
        self.fields: list[Field] = []
        self.inside: list[Element] = []
        if text:
            self.text = text

    def size(self) -> tuple[int, int]:
        """Return how many elements and how many characters are in it."""
        inner = [each.size() for each in self.inside]
        texts = (self.text, *self.stray, *self.attributes.values(), *(text for _, text, _ in self.fields))
        return 1 + len(self.fields) + sum(count for count, _ in inner), sum(map(len, texts)) + sum(n for _, n in inner)


class Stray(NamedTuple):
    """Text where only elements should be, outside of any child."""

    line: int
    within: str


class Cut(NamedTuple):
    """Where and why reading stopped, and the part of a child that had been read."""

    line: int
    column: int
    code: RejectCode
    partial: Element | None


def parts(stream: BinaryIO) -> Iterator[Element | Stray | Cut]:
    """Yield the header, each child and whatever else stands beside them; a `Cut` comes last where the file is broken.

    Raises `UsageError` where the stream is no such return at all.
    """
    reading = _Reading()
    try:
        for chunk in chunks(stream):
            reading.feed(chunk)
            yield from reading.harvest()
        reading.finish()
        yield from reading.harvest()
    except (expat.ExpatError, UnfitError, ValueError, LookupError) as error:
        yield from reading.harvest()
        yield reading.cut(error)


class _Reading:
    """The state between two pieces of the file: `_around` are the outer elements, `_open` the part being read.

    `_field` is the element that has just begun, as long as it may be a plain field. Each of the three states (around
    the parts, inside one, passing over something) has its own pair of handlers.
    """

    def __init__(self) -> None:
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = _refuse_markup
        self._text: list[str] = []
        self._parser.CharacterDataHandler = self._text.append
        self._handle(self._start_part, self._end_around)
        self._around: list[str] = []
        self._open: list[Element] = []
        self._done: list[Element | Stray] = []
        self._last = b""
        self._seen_root = False
        self._field = ""
        self._fed = self._line = self._skipped = 0

    def feed(self, chunk: bytes) -> None:
        """Parse the next piece, then keep what is pending within its bounds."""
        self._last = chunk
        self._fed += len(chunk)
        self._parser.Parse(chunk, False)
        if self._fed - self._parser.CurrentByteIndex > MAX_TOKEN:
            raise UnfitError(RejectCode.TOO_LARGE)
        if sum(map(len, self._text)) > MAX_FIELD:
            self._cut_text()
        if self._open and self._open[0].unfit is None:
            self._bound_part(self._open[0])

    def finish(self) -> None:
        """Tell the parser that nothing follows; raises `UsageError` where nothing came at all."""
        if not self._fed:
            raise UsageError("The file is empty.", code="empty-file")
        self._parser.Parse(b"", True)

    def harvest(self) -> list[Element | Stray]:
        """Hand over what is complete."""
        done, self._done = self._done, []
        return done

    def cut(self, error: Exception) -> Cut:
        """Say where reading stopped; raises `UsageError` where not even a root element was found."""
        if not self._seen_root and isinstance(error, expat.ExpatError) and error.code not in _OTHER_ENCODING:
            raise UsageError("The file is not XML.", code="wrong-kind") from error
        for element in self._open:
            element.closed = False
        partial = self._open[0] if self._open and self._open[0].unfit is None else None
        return Cut(self._parser.ErrorLineNumber, self._parser.ErrorColumnNumber + 1, self._code(error), partial)

    def _code(self, error: Exception) -> RejectCode:
        if isinstance(error, UnfitError):
            return error.reject_code
        if not isinstance(error, expat.ExpatError) or error.code in _OTHER_ENCODING or self._stopped_at_odd_byte():
            return RejectCode.WRONG_ENCODING
        return RejectCode.TRUNCATED if error.code in _CUT_OFF else RejectCode.MALFORMED

    def _stopped_at_odd_byte(self) -> bool:
        at = self._parser.ErrorByteIndex - (self._fed - len(self._last))
        return 0 <= at < len(self._last) - 3 and self._last[at] >= 0x80

    def _handle(self, start: Callable[[str, dict[str, str]], None], end: Callable[[str], None]) -> None:
        self._parser.StartElementHandler = start
        self._parser.EndElementHandler = end

    def _start_part(self, name: str, attributes: dict[str, str]) -> None:
        self._note_stray()
        if not self._around and name != ROOT:
            raise UsageError(f"The file is XML, but its root element is not {ROOT}.", code="wrong-kind")
        self._seen_root = True
        if not self._around or (len(self._around) == 1 and name == CONTAINER):
            self._around.append(name)
            return
        part = Element(name, self._parser.CurrentLineNumber)
        part.attributes = attributes
        self._open.append(part)
        self._handle(self._start, self._end)

    def _end_around(self, _: str) -> None:
        self._note_stray()
        self._around.pop()

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if self._field:
            self._push(Element(self._field, self._line))
        if len(self._text) == 1 and self._text[0].isspace():
            self._text.clear()
        elif self._text:
            self._settle(self._open[-1])
        self._field, self._line = name, self._parser.CurrentLineNumber
        if attributes or len(self._open) >= MAX_DEPTH:
            self._start_odd(name, attributes)

    def _end(self, _: str) -> None:
        if not self._field:
            self._pop()
            return
        text = self._text[0].strip() if len(self._text) == 1 else "".join(self._text).strip()
        self._text.clear()
        if len(text) > MAX_FIELD:
            self._push(Element(self._field, self._line))
            self._open.pop().unfit = RejectCode.TOO_LARGE
        else:
            self._open[-1].fields.append((self._field, text, self._line))
            self._field = ""

    def _push(self, element: Element) -> None:
        """Open an element that is more than a field."""
        self._open[-1].inside.append(element)
        self._open.append(element)
        self._field = ""

    def _pop(self) -> None:
        element = self._open.pop()
        if self._text:
            self._settle(element)
        if not self._open:
            self._done.append(element)
            self._handle(self._start_part, self._end_around)

    def _start_odd(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._open) >= MAX_DEPTH:
            self._pass_over(RejectCode.TOO_DEEP, depth=len(self._open))
        else:
            self._push(Element(name, self._line))
            self._open[-1].attributes = attributes

    def _settle(self, element: Element) -> None:
        """Give the pending text, unless it is only the space between elements, to the element in which it stands."""
        text = self._text[0] if len(self._text) == 1 else "".join(self._text)
        self._text.clear()
        if text.isspace():
            return
        text = text.strip()
        if len(text) > MAX_FIELD:
            element.unfit = RejectCode.TOO_LARGE
        elif element.inside or element.fields:
            element.stray = [*element.stray, text]
        else:
            element.text = text

    def _bound_part(self, part: Element) -> None:
        elements, characters = part.size()
        if elements > MAX_ELEMENTS or characters > MAX_TEXT:
            self._pass_over(RejectCode.TOO_LARGE, depth=len(self._open) - 1 + bool(self._field))

    def _pass_over(self, why: RejectCode, *, depth: int) -> None:
        """Pass over the rest of a part that is larger or deeper than any real one; so many elements in it are open."""
        part = self._open[0]
        part.unfit, part.inside, part.fields = why, [], []
        self._open[:], self._field, self._skipped = [part], "", depth
        self._handle(self._start_passed, self._end_passed)

    def _start_passed(self, _: str, __: dict[str, str]) -> None:
        self._skipped += 1

    def _end_passed(self, _: str) -> None:
        self._text.clear()
        if self._skipped:
            self._skipped -= 1
        else:
            self._pop()

    def _cut_text(self) -> None:
        """Let go of a text that is longer than any real one, and remember that there was one."""
        if self._field:
            self._push(Element(self._field, self._line))
        if self._open:
            self._open[-1].unfit = self._open[-1].unfit or RejectCode.TOO_LARGE
        self._text[:] = ["…"]

    def _note_stray(self) -> None:
        if "".join(self._text).strip():
            self._done.append(Stray(self._parser.CurrentLineNumber, self._around[-1]))
        self._text.clear()


def _refuse_markup(*_: object) -> None:
    raise UnfitError(RejectCode.FORBIDDEN_MARKUP)
