"""The Children in Need census return of every year from 2021 (DfE XML), as its local authority sends it.

Each `CINdetails` gives a referral, a closure if it closed, its initial conferences, and one event for each assessment,
section 47 enquiry, plan and review; each date of death a death. Every such record is an event or a reject. Faults by
the census's own rules (`quality`) are flags. The header's time, if it can be read, is when the authority recorded it.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO, Final

from hub.contract.details.health import Death
from hub.contract.event import Origin
from hub.errors import UsageError
from producers.adapters.build import NO_CATEGORY, UnfitError
from producers.adapters.cin_episode import Episode
from producers.adapters.cin_identity import Identity, Seen, only, read_identity
from producers.adapters.cin_outline import Outline
from producers.adapters.cin_parts import Part
from producers.adapters.cin_telling import Child, Return
from producers.adapters.cin_tree import ROOT, Cut, Element, Stray, parts
from producers.adapters.dates import read_moment
from producers.adapters.faults import Faults
from producers.adapters.port import SENTENCES, Record, Reject, RejectCode

COLLECTION: Final = "CIN"
SYSTEM: Final = "CIN census"
_MARKS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be", b"<\x00": "utf-16-le", b"\x00<": "utf-16-be"}
_COMMENT = re.compile(r"<!--.*?(-->|$)", re.DOTALL)
_FIRST_TAG = re.compile(r"<([A-Za-z_][^\s/>]*)")
_LA_CODE = re.compile(r"[0-9]{3}")


class CinCensus:
    """Reads Children in Need census returns."""

    name = "cin-census"
    title = "Children in Need census return (XML), 2021 to 2026"

    def recognises(self, head: bytes, filename: str) -> bool:
        """Say whether the first element is the census's root, in whatever encoding of the usual ones."""
        text = head.decode(_MARKS.get(head[:2], "latin-1"), errors="replace")
        first = _FIRST_TAG.search(_COMMENT.sub("", text))
        return first is not None and first[1] == ROOT

    def read(self, stream: BinaryIO) -> Iterator[Record | Reject]:
        """Yield each record of each child; the last one says where the file is broken, if it is."""
        reading = _Census()
        for part in parts(stream):
            yield from reading.take(part)


class _Census:
    """What is remembered from one child to the next."""

    def __init__(self) -> None:
        self._whole = Return()
        self._children = 0
        self._seen = Seen()

    def take(self, part: Element | Stray | Cut) -> Iterator[Record | Reject]:
        """Yield what one part of the file tells."""
        if isinstance(part, Cut):
            yield from self._end(part)
        elif isinstance(part, Stray):
            yield Reject(f"line {part.line} {part.within}", RejectCode.STRAY, SENTENCES[RejectCode.STRAY])
        elif part.name == "Child":
            yield from self._child(part)
        elif part.name == "Header":
            self._whole = _read_header(part)
        else:
            reason = "An element that is no child's record stands where only children should be."
            yield Reject(f"line {part.line}", RejectCode.STRAY, reason)

    def _end(self, cut: Cut) -> Iterator[Record | Reject]:
        within = ""
        if cut.partial is not None and cut.partial.name == "Child":
            yield from self._child(cut.partial)
            within = f" Child[{self._children}]"
        yield Reject(f"line {cut.line} column {cut.column}{within}", cut.code, SENTENCES[cut.code])

    def _child(self, element: Element) -> Iterator[Record | Reject]:
        self._children += 1
        place = f"Child[{self._children}]"
        if element.unfit is not None:
            yield Reject(f"line {element.line} {place}", element.unfit, SENTENCES[element.unfit])
        elif element.closed or _known_before_the_cut(element):
            yield from self._records(Part(element), place)

    def _records(self, part: Part, path: str) -> Iterator[Record | Reject]:
        held = only(part, "ChildIdentifiers")
        who = self._who(part, held)
        child = Child(
            who=who,
            dates=held.dates if held else {},
            upn_unknown=held.texts.get("UPNunknown", "") if held else "",
            whole=self._whole,
        )
        episodes = part.elements.get("CINdetails", [])
        dead = held is not None and "PersonDeathDate" in held.texts
        if held is not None and dead:
            yield _death(child, held, f"{path}/ChildIdentifiers/PersonDeathDate", lone=not episodes)
        elif not episodes and part.closed:
            yield _nothing(who, f"line {part.line} {path}")
        earlier: list[Outline] = []
        for number, element in enumerate(episodes, 1):
            episode = Episode(element, f"{path}/CINdetails[{number}]", child, earlier)
            yield from episode.records()
            earlier = [*earlier, episode.outline]

    def _who(self, part: Part, held: Part | None) -> Identity | UnfitError:
        try:
            return read_identity(part, held, self._whole.reference_date, self._seen)
        except UnfitError as error:
            return error


def _known_before_the_cut(element: Element) -> bool:
    """Say whether a child that is cut off was told of far enough to say who it is: no half-read identity is used."""
    told = {each.name for each in element.inside}
    open_ = {each.name for each in element.inside if not each.closed}
    return "CINdetails" in told and not open_ & {"ChildIdentifiers", "ChildCharacteristics"}


def _death(child: Child, held: Part, path: str, *, lone: bool) -> Record | Reject:
    faults = Faults()
    if lone:
        faults.add("8590", "CINdetails")
    place = f"line {held.lines['PersonDeathDate']} {path}"
    return child.tell(place, faults, lambda: (held.require_date("PersonDeathDate"), Death(), NO_CATEGORY))


def _nothing(who: Identity | UnfitError, place: str) -> Reject:
    if isinstance(who, UnfitError):
        return Reject(place, who.reject_code, who.message)
    return Reject(place, RejectCode.NO_EPISODE, f"{SENTENCES[RejectCode.NO_EPISODE]} (Rule 8590.)")


def _read_header(element: Element) -> Return:
    header = Part(element)
    about = _first(header, "CollectionDetails")
    source = _first(header, "Source")
    collection = about.texts.get("Collection", COLLECTION)
    if collection != COLLECTION:
        raise UsageError("The file is a return of another collection than the CIN census.", code="wrong-kind")
    authority = source.texts.get("LEA", "")
    system = f"{SYSTEM}, local authority {authority}" if _LA_CODE.fullmatch(authority) else SYSTEM
    return Return(
        recorded_at=read_moment(source.texts.get("DateTime", "")),
        reference_date=about.dates["ReferenceDate"],
        origin=Origin(system=system),
    )


def _first(header: Part, name: str) -> Part:
    return Part(next(iter(header.elements.get(name, ())), Element(name, header.line)))
