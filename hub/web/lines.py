"""The lines of a chronology as its page shows them: an answer put in words, nothing added, nothing left out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from hub.views.answers import FLAG_SENTENCES, OBLIGATION_WORDS
from hub.web.catalogue import N_
from hub.web.codes import meaning
from hub.web.readable import Row, person_rows, rows_of, told_in_one
from hub.web.words import FACET_WORDS, GRADE_WORDS, code_words, happened_words, moment_words

PERMIT: Final = "PERMIT"
_ELSEWHERE: Final = frozenset({"history", "notes", "as_written"})
_CATEGORY: Final = {"need": N_("Need"), "abuse": N_("Category of abuse"), "factors": N_("Factor")}


@dataclass(frozen=True, slots=True)
class Line:
    """One event as a line: `day` places it in the picture, `agency` and `type` are what filters compare."""

    id: str
    verdict: str
    happened: str | None = None
    day: date | None = None
    known: str | None = None
    agency: str | None = None
    agency_name: str | None = None
    type: str | None = None
    what: str | None = None
    category: Sequence[Row] = ()
    level: str | None = None
    status: str = "current"
    grade: str | None = None
    grade_words: str | None = None
    doubtful: bool = False
    flags: Sequence[tuple[str, str]] = ()
    narrative: str | None = None
    voice: Mapping[str, Any] | None = None
    said: Sequence[Row] = ()
    people: Sequence[Sequence[Row]] = ()
    places: Sequence[Row] = ()
    handling: Sequence[str] = ()
    history: Sequence[Mapping[str, str]] = ()
    withheld: Sequence[str] = ()
    waiting: Sequence[str] = ()
    decided_by: Sequence[str] = ()
    rules: Sequence[Mapping[str, str]] = ()
    obligations: Sequence[str] = ()

    @property
    def rules_key(self) -> tuple[str, ...]:
        """What tells the rules of one line from those of another: a reason may name a day."""
        return tuple([rule[told] for rule in self.rules for told in ("id", "reason")])

    @property
    def shown(self) -> bool:
        """Whether anything of it is shown."""
        return self.verdict == PERMIT


@dataclass(frozen=True, slots=True)
class View:
    """How somebody looks at a chronology: filters, order, and as at which moment."""

    oldest_first: bool = False
    agency: str = ""
    type: str = ""
    level: str = ""
    start: str = ""
    end: str = ""
    as_at: str = ""

    @property
    def filters(self) -> bool:
        """Whether anything is left out."""
        return any((self.agency, self.type, self.level, self.start, self.end))


@dataclass(frozen=True, slots=True)
class Offered:
    """What can be filtered by: only what is seen anyway."""

    agencies: Sequence[tuple[str, str]] = field(default_factory=list)
    types: Sequence[tuple[str, str]] = field(default_factory=list)
    levels: Sequence[str] = field(default_factory=list)


def lines_of(items: Iterable[Mapping[str, Any]], agencies: Mapping[str, str]) -> list[Line]:
    """Return the lines of an answer, in its order; `agencies` are the names by id."""
    return [_line(item, agencies) for item in items]


def offered_by(lines: Sequence[Line]) -> Offered:
    """Return what the filters of a page offer."""
    agencies = sorted({(line.agency, line.agency_name or line.agency) for line in lines if line.agency})
    types = sorted({(line.type, code_words(line.type)) for line in lines if line.type})
    return Offered(agencies, types, sorted({line.level for line in lines if line.level}))


def binding_all(lines: Sequence[Line]) -> list[str]:
    """Return what comes with every line that is shown, to be said once."""
    shown = [line for line in lines if line.shown]
    first = shown[0].obligations if shown else ()
    return [each for each in first if all(each in line.obligations for line in shown)]


def seen_by(view: View, lines: Sequence[Line]) -> list[Line]:
    """Return the lines that a view leaves, in its order; what is withheld of a line matches no filter for it."""
    wanted = {"agency": view.agency, "type": view.type, "level": view.level}
    left = [line for line in lines if all(not value or getattr(line, name) == value for name, value in wanted.items())]
    return left if view.oldest_first else left[::-1]


def _line(item: Mapping[str, Any], agencies: Mapping[str, str]) -> Line:
    if item["verdict"] != PERMIT:
        return Line(item["id"], item["verdict"], rules=item["rules"])
    facets = item["facets"]
    what, source, when = facets.get("what") or {}, facets.get("source") or {}, facets.get("when")
    happened, day = happened_words(when) if when else (None, None)
    grade = source.get("grade")
    information = next((letter for letter in grade or "" if letter in GRADE_WORDS), None)
    review = item["review"]
    return Line(
        item["id"],
        PERMIT,
        happened=happened,
        day=day,
        known=moment_words(when["known"]) if when else None,
        agency=source.get("agency"),
        agency_name=agencies.get(source.get("agency", ""), source.get("agency")),
        type=what.get("type"),
        what=_what(what) if what else None,
        category=_category(what),
        level=what.get("level"),
        status=what.get("status", "current"),
        grade=grade,
        grade_words=GRADE_WORDS.get(information or ""),
        doubtful=information == "E",
        flags=[(flag, FLAG_SENTENCES.get(flag, "")) for flag in what.get("quality", ())],
        narrative=facets.get("narrative"),
        voice=facets.get("voice"),
        said=_said(facets),
        people=[person_rows(person) for person in facets.get("people") or ()],
        places=_places(facets.get("location") or {}),
        handling=_handling(source),
        history=_history(facets.get("detail") or {}),
        withheld=[name for name in FACET_WORDS if name not in facets and name not in review["facets"]],
        waiting=[name for name in FACET_WORDS if name in review["facets"]],
        decided_by=[code_words(role) for role in review["by"]],
        rules=item["rules"],
        obligations=[OBLIGATION_WORDS.get(name, name) for name in item["obligations"]],
    )


def _what(what: Mapping[str, Any]) -> str:
    return code_words(what["type"] or "erased")


def _category(what: Mapping[str, Any]) -> list[Row]:
    """Return the need, the categories of abuse and the factors, each in words with its code."""
    given = what.get("category") or {}
    return [(_CATEGORY[name], meaning(name, code)) for name in _CATEGORY for code in _codes(given.get(name))]


def _codes(codes: Any) -> Sequence[str]:
    return [codes] if isinstance(codes, str) else codes or ()


def _said(facets: Mapping[str, Any]) -> list[Row]:
    detail = {name: value for name, value in (facets.get("detail") or {}).items() if name not in _ELSEWHERE}
    free = facets.get("free_text") or {}
    rows = [*rows_of(detail, _type(facets)), *rows_of(free.get("detail", {}))]
    rows += [(f"{N_('Note on other person')} {n}", note) for n, note in enumerate(free.get("people", ()), 1) if note]
    rows += [(N_("Reason given later"), each["reason"]) for each in free.get("reasons", ()) if each.get("reason")]
    return rows + ([(N_("Reported by"), free["reported_by"])] if "reported_by" in free else [])


def _type(facets: Mapping[str, Any]) -> str:
    """Return the type of an event; a name that no list of codes has where it is not to be seen."""
    return (facets.get("what") or {}).get("type") or "unknown"


def _places(location: Mapping[str, Any]) -> list[Row]:
    """Return the rows of an event's places; those that its details name stand among them."""
    rest = {name: value for name, value in location.items() if name != "detail"}
    return [*rows_of(rest), *rows_of(location.get("detail") or {})]


def _handling(source: Mapping[str, Any]) -> list[str]:
    handling = source.get("handling") or {}
    control = ["Ask the agency before anything of it is passed on."] if handling.get("owner_control") else []
    return [*filter(None, [handling.get("marking")]), *handling.get("conditions", ()), *control]


def _history(detail: Mapping[str, Any]) -> list[Mapping[str, str]]:
    versions = [
        {"until": moment_words(each["until"]), "words": _version(each["facets"])} for each in detail.get("history", ())
    ]
    notes = [{"known": moment_words(note["known"]), "words": _note(note)} for note in detail.get("notes", ())]
    return [*versions, *notes]


def _version(facets: Mapping[str, Any]) -> str:
    when = facets.get("when")
    told = [happened_words(when)[0] if when else None, _what(facets["what"]) if "what" in facets else None]
    rows = [*_category(facets.get("what") or {}), *_said(facets)]
    return ". ".join(filter(None, [*told, facets.get("narrative"), told_in_one(rows)]))


def _note(note: Mapping[str, Any]) -> str:
    rows = rows_of({name: value for name, value in note.items() if name not in {"known", "withdrawn"}})
    return told_in_one(rows) or ("Withdrawn." if note.get("withdrawn") else "Corrected.")
