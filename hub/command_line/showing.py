"""Chronologies and children on a terminal. Every text comes as text: nothing in it is taken for markup."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from hub.command_line.output import table
from hub.views.answers import FLAG_SENTENCES
from hub.views.words import sentence, sentences

_WITHHELD = "withheld"
_CATEGORY = ("need", "abuse", "factors")
_PRINTED = ("narrative", "voice", "detail", "people", "location")
_TOLD_ELSEWHERE = frozenset({"history", "notes", "as_written"})
_NOT_HELD = "is not held by both"
_COMPARED = (("agrees", "agrees"), ("agrees in part", "agrees_in_part"), ("contradicts", "contradicts"))


def show_chronology(console: Console, answer: Mapping[str, Any]) -> None:
    """Print an answer: its notice, one line an item, and what is withheld said as such."""
    console.print(Text(answer["notice"], style="italic"))
    items = answer["items"]
    if not items:
        console.print("Nothing to show you.")
    else:
        rows = [_row(item) for item in items]
        console.print(table(None, ("occurred", "known", "agency", "what", "flags", "in words"), rows))
    _explain(console, {flag for item in items for flag in item["facets"].get("what", {}).get("quality", ())})
    console.print(Text(f"As of {answer['as_of'][:19]}; recorded as decision {answer['decision']}.", style="dim"))


def _explain(console: Console, flags: set[str]) -> None:
    """Print what the quality flags mean; those of agencies' own systems are shown as they are."""
    from producers.adapters.faults import FAULTS
    from producers.adapters.quality import RULES

    sentences = {**FLAG_SENTENCES, **FAULTS, **RULES}
    for flag in sorted(flags & sentences.keys()):
        console.print(Text(f"  {flag}: {sentences[flag]}", style="dim"))


def _row(item: Mapping[str, Any]) -> Sequence[object]:
    facets = item["facets"]
    if item["verdict"] != "PERMIT":
        return ("", "", "", item["verdict"], "", item["rules"][0]["reason"] if item["rules"] else "")
    return (
        _occurred(facets.get("when")),
        facets["when"]["known"][:10] if "when" in facets else _WITHHELD,
        _agency(facets.get("source")),
        _what(facets["what"]) if "what" in facets else _WITHHELD,
        _marks(item),
        _words(item),
    )


def _occurred(when: Mapping[str, Any] | None) -> str:
    if when is None:
        return _WITHHELD
    text = str(when["occurred"])[:16].replace("T", " ")
    match when["precision"]:
        case "unknown":
            return "not known"
        case "year":
            return f"in {text[:4]}"
        case "month":
            return f"in {text[:7]}"
    return f"about {text}" if "E" in when["accuracy"] else text


def _agency(source: Mapping[str, Any] | None) -> str:
    if source is None:
        return _WITHHELD
    return f"{source['agency']} [{source['grade']}]" if source["grade"] else str(source["agency"])


def _marks(item: Mapping[str, Any]) -> Text:
    what = item["facets"].get("what", {})
    grade = (item["facets"].get("source") or {}).get("grade") or ""
    marks = []
    if what.get("status") not in {None, "current"}:
        marks.append(what["status"].upper())
    if "E" in grade:
        marks.append("SUSPECTED FALSE")
    if "second-person-reviews-in-24-hours" in item["obligations"]:
        marks.append("SHOWN IN AN EMERGENCY")
    marks += what.get("quality", ())
    return Text(", ".join(marks), style="bold yellow")


def _what(what: Mapping[str, Any]) -> str:
    """Return the type, the level and why, by the codes that the agency gave."""
    level = [f"level {what['level']}"] if what["level"] else []
    why = [f"{name} {_codes(what['category'][name])}" for name in _CATEGORY if what["category"].get(name)]
    return ", ".join([what["type"] or "erased", *level, *why])


def _codes(codes: Any) -> str:
    return codes if isinstance(codes, str) else " ".join(codes)


def _words(item: Mapping[str, Any]) -> str:
    """Return what a record says, the narrative first; of a facet that is withheld no more than that it is."""
    facets = item["facets"]
    said = [
        facets.get("narrative"),
        _voice(facets.get("voice")),
        sentences({name: value for name, value in (facets.get("detail") or {}).items() if name not in _TOLD_ELSEWHERE}),
        _free_text(facets.get("free_text") or {}),
    ]
    withheld = [name for name in _PRINTED if name not in facets]
    if withheld:
        said.append(f"({', '.join(withheld)} withheld)")
    return " ".join(filter(None, said))


def _voice(voice: Mapping[str, Any] | None) -> str | None:
    return f"Child: \u201c{voice['words']}\u201d" if voice else None


def _free_text(told: Mapping[str, Any]) -> str:
    """Return what was written freely into other fields; whom a note is about is known by their place among others."""
    said = [sentences(told.get("detail", {}))]
    said += [sentence(f"Note on other person {n}", note) for n, note in enumerate(told.get("people", ()), 1) if note]
    said += [sentence("Reason given later", each["reason"]) for each in told.get("reasons", ())]
    if "reported_by" in told:
        said.append(sentence("Reported by", told["reported_by"]))
    return " ".join(filter(None, said))


def show_children(console: Console, answer: Mapping[str, Any]) -> None:
    """Print the children that a find or show gave."""
    if not answer["children"]:
        console.print("Nothing to show you. Absence is not a nil return.")
    for child in answer["children"]:
        console.print(Text(f"{' / '.join(child['names']) or 'no name held'}", style="bold"))
        console.print(Text(f"  born {', '.join(child['born_as_held']) or 'not known'}   person {child['person']}"))
        for subject in child["subjects"]:
            console.print(Text(f"  {subject['agency']}/{subject['reference']}"))
            _show_link(console, subject.get("link"))
        for said in counted_reviews(child):
            console.print(Text(f"  to review: {said}", style="yellow"))
    console.print(Text(f"Recorded as decision {answer['decision']}.", style="dim"))


def counted_reviews(child: Mapping[str, Any]) -> list[str]:
    """Return why a child is to be reviewed, with how many open reviews say so where that is more than one."""
    counted = Counter(review["sentence"] for review in child["reviews"])
    return [f"{said} ({number} reviews)" if number > 1 else said for said, number in counted.items()]


def _show_link(console: Console, link: Mapping[str, Any] | None) -> None:
    if link is None:
        return
    console.print(Text(f"    {link['decided_by']}: {link['reason']}"))
    compared = [field for field in link["fields"] if not field.endswith(_NOT_HELD)]
    if compared:
        console.print(Text(f"      {'; '.join(compared)}", style="dim"))


def show_reviews(console: Console, reviews: Sequence[Mapping[str, Any]]) -> None:
    """Print each open review: the record, those that it may belong to, and how each compares."""
    if not reviews:
        console.print("No reviews are open.")
    for review in reviews:
        console.print(Text(review["sentence"], style="bold"))
        _show_side(console, "  this record", review["record"], review["person"])
        for other in review["compared"]:
            _show_side(console, "  may be", other["record"], other["person"])
            for label, name in _COMPARED:
                if other[name]:
                    console.print(Text(f"    {label}: {', '.join(other[name])}"))


def _show_side(console: Console, label: str, record: Mapping[str, Any], person: str | None) -> None:
    names = " / ".join(record["names"]) or "no name held"
    born = ", ".join(record["born_as_held"]) or "not known"
    console.print(Text(f"{label}: {record['agency']}/{record['reference']}, {names}, born {born}"))
    console.print(Text(f"    person {person}", style="dim"), soft_wrap=True)
