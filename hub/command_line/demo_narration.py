"""What the demonstration says, read from what the hub answers: no figure and no outcome is written here."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from hub.application.asking import ENGLAND, Asked
from hub.application.mending import kept_json
from hub.command_line.consuming import intake_json
from hub.command_line.output import table
from hub.command_line.showing import counted_reviews, show_children, show_chronology

VIEWERS = {"mash.analyst": "analyst", "hospital.nurse": "nurse", "housing.officer": "housing"}
_WORDS = 46


def chapter(console: Console, title: str, said: str) -> None:
    """Begin a part of the story."""
    console.print()
    console.rule(Text(title, style="bold"), align="left")
    console.print(Text(said))
    console.print()


def _indented(console: Console, what: Any) -> None:
    console.print(Padding(what, (0, 0, 0, 2)))


def opening(console: Console, hub: Any, name: str) -> None:
    """Say who takes part."""
    directory = hub.directory.load()
    said = (
        f"{name}: {len(directory.agencies)} agencies, each with a signing key of its own, publish what they record "
        "about children. All of it is invented. The hub keeps it sealed on a real PostgreSQL."
    )
    if hub.settings.kafka:
        said += f" It travels over {hub.broker_name()}, where each signs in for its own topics alone."
    chapter(console, "1. The partnership", said)
    rows = [(agency.name, agency.kind.value) for agency in directory.agencies.values()]
    _indented(console, table(None, ("agency", "kind"), rows))


def arrivals(console: Console, hub: Any, told: Any, intake: Any) -> None:
    """Say what the agencies sent and what became of it."""
    counts = intake_json(intake)
    first, last = told.told[0].arrived_at.date(), told.told[-1].arrived_at.date()
    said = (
        f"Between {first:%B %Y} and {last:%B %Y} the agencies sent {len(told.told) + 1} records. "
        f"{counts['stored']} were verified, sealed and stored, each once."
    )
    chapter(console, "2. What they sent", said)
    spoke = {name: each for name, each in counts["by_agency"].items() if each["stored"]}
    rows = [(name, each["stored"], each["duplicates"] or "", each["quarantined"] or "") for name, each in spoke.items()]
    _indented(console, table(None, ("agency", "stored", "sent again", "kept aside"), rows))
    _resent(console, told, counts)
    _kept_aside(console, hub)


def _resent(console: Console, told: Any, counts: Mapping[str, Any]) -> None:
    again = [each for each in told.told if each.ce_id == told.resent_ce_id]
    days = " and ".join(f"{each.arrived_at:%d %B %Y}" for each in again)
    console.print()
    console.print(
        Text(
            f"One record of {again[0].agency} came on {days}. "
            f"It is stored once: {counts['duplicates']} sent again changed nothing."
        )
    )


def _kept_aside(console: Console, hub: Any) -> None:
    kept = [kept_json(each) for each in hub.desk.all()]
    console.print()
    console.print(Text(f"{len(kept)} records were kept aside for a person to see; nothing in them was believed:"))
    rows = [(each["agency"], each["sentence"], each["place"] or "") for each in kept]
    _indented(console, table(None, ("on the topic of", "why", "field"), rows))


def identity(console: Console, hub: Any, told: Any, person: UUID, asked: Asked) -> str:
    """Say which records are one child, and which are not; return the child's name and date of birth."""
    answer = hub.finder.show(person, asked)
    agencies = [subject["agency"] for subject in answer["children"][0]["subjects"]]
    said = (
        f"No agency knows the other's references. By rule, with the evidence recorded, {len(agencies)} records of "
        f"{', '.join(agencies)} turned out to be one child:"
    )
    chapter(console, "3. One child, many records", said)
    show_children(console, answer)
    _apart(console, hub, told, asked)
    child = answer["children"][0]
    return f"{child['names'][0]}, born {date.fromisoformat(child['born_as_held'][0]):%d %B %Y}"


def _apart(console: Console, hub: Any, told: Any, asked: Asked) -> None:
    console.print()
    console.print(Text("Twins were not merged. They have one family name, one birthday and one home between them:"))
    console.print()
    records = [record for twin in told.twins for record in twin.records]
    shown: dict[str, Any] = {}
    for record in records:
        for child in hub.finder.find(asked, identifier=record.reference)["children"]:
            shown[child["person"]] = child
    rows = [
        (
            " / ".join(child["names"]),
            child["born"],
            ", ".join(subject["agency"] for subject in child["subjects"]),
            " ".join(counted_reviews(child)),
        )
        for child in shown.values()
    ]
    _indented(console, table(None, ("child", "born", "records of", "for a person to review"), rows))


def three_viewers(console: Console, hub: Any, person: UUID, asked_by: Callable[[str], Asked]) -> None:
    """Put one child's chronology side by side as three people see it."""
    said = (
        "The same child, the same moment, three people: a MASH analyst, a hospital nurse, a housing officer. "
        "What one may not see is not hidden: it is not there."
    )
    chapter(console, "4. One chronology, three viewers", said)
    answers = {viewer: hub.chronologies.read(person, asked_by(viewer)) for viewer in VIEWERS}
    widest = max(answers.values(), key=lambda answer: len(answer["items"]))
    seen = {viewer: Counter(_key(item) for item in answer["items"]) for viewer, answer in answers.items()}
    rows = []
    for item in widest["items"]:
        key = _key(item)
        marks = [_mark(item_of, key) for item_of in seen.values()]
        when, what, agency = key
        rows.append((when, agency, what, *marks, _short(item)))
    _indented(console, table(None, ("happened", "agency", "what", *VIEWERS.values(), "in words"), rows))
    console.print()
    console.print(Text(f"  Over every answer: {answers['mash.analyst']['notice']}", style="italic"))


def _key(item: Mapping[str, Any]) -> tuple[str, str, str]:
    facets = item["facets"]
    when, what, source = (facets.get(name) or {} for name in ("when", "what", "source"))
    return str(when.get("occurred", ""))[:10], str(what.get("type", "")), str(source.get("agency", ""))


def _mark(seen: Counter[tuple[str, str, str]], key: tuple[str, str, str]) -> Text:
    return Text("yes", style="green") if seen[key] else Text("")


def _short(item: Mapping[str, Any]) -> str:
    if not item["facets"]:
        return "a person decides whether it is shown"
    words = item["facets"].get("narrative") or ""
    status = item["facets"]["what"]["status"]
    said = f"[{status}] {words}" if status != "current" else words
    return said if len(said) <= _WORDS else f"{said[: _WORDS - 1]}\u2026"


def earlier(console: Console, hub: Any, told: Any, person: UUID, asked: Asked) -> None:
    """Show what was known before the late record arrived, and before one was corrected."""
    now = hub.chronologies.read(person, asked)
    said = (
        "Late and corrected records never rewrite what was known. The analyst asks again, as of "
        f"{_moment(told.moment_before_late)}: just before the late record arrived."
    )
    chapter(console, "5. What was known then", said)
    before_late = hub.chronologies.read(person, asked, as_of=told.moment_before_late)
    _difference(console, before_late, now, "was not known yet")
    console.print()
    console.print(Text(f"As of {_moment(told.moment_before_correction)}, just before the first correction:"))
    before = hub.chronologies.read(person, asked, as_of=told.moment_before_correction)
    corrected = [item for item in now["items"] if item["facets"].get("what", {}).get("status") == "corrected"]
    rows = []
    for item in corrected:
        believed = [_key(each) for each in before["items"] if each["id"] in _ids_before(item, before)]
        was = ", ".join(when for when, *_ in believed) or "not known yet"
        when, what, agency = _key(item)
        rows.append((agency, what, was, when))
    _indented(console, table(None, ("agency", "what", "believed then", "known now"), rows))


def _moment(at: datetime) -> str:
    """Return a moment with its time of day: by the end of that day the hub knew more."""
    return f"{at.astimezone(ENGLAND):%d %B %Y at %H:%M}"


def _ids_before(item: Mapping[str, Any], before: Mapping[str, Any]) -> set[str]:
    """Return the items of then that became this one: same agency, same kind, and a date it was believed to have."""
    history = item["facets"].get("detail", {}).get("history", ())
    dates = {str(version["facets"]["when"]["occurred"])[:10] for version in history if "when" in version["facets"]}
    _, what, agency = _key(item)
    return {each["id"] for each in before["items"] if _key(each)[1:] == (what, agency) and _key(each)[0] in dates}


def _difference(console: Console, then: Mapping[str, Any], now: Mapping[str, Any], said: str) -> None:
    known = {item["id"] for item in then["items"]}
    console.print(Text(f"  {len(then['items'])} items then, {len(now['items'])} now."))
    rows = [
        (*_key(item), _moment(datetime.fromisoformat(item["facets"]["when"]["known"])), _short(item))
        for item in now["items"]
        if item["id"] not in known and item["facets"]
    ]
    _indented(console, table(f"{said}:", ("happened", "what", "agency", "the hub knew", ""), rows))


def own_file(console: Console, hub: Any, file: Path, agency: str, published: Any, taken: Any, asked: Asked) -> None:
    """Say what became of the file that was given, and show its first child's chronology."""
    from hub.command_line.consuming import show_intake
    from hub.command_line.publishing import show_published
    from producers.adapters import Record
    from producers.files import read_records

    chapter(console, "6. Your file", f"{file.name}, published as {agency}:")
    show_published(console, published)
    console.print()
    show_intake(console, taken)
    reference = next((each.event.subject.reference for each in read_records(file) if isinstance(each, Record)), None)
    children = hub.finder.find(asked, identifier=reference)["children"] if reference else []
    if children:
        console.print()
        console.print(Text(f"The chronology of the first child in the file, for {asked.viewer}:"))
        console.print()
        show_chronology(console, hub.chronologies.read(UUID(children[0]["person"]), asked))


def closing(console: Console, hub: Any, home: Path, person: UUID) -> None:
    """Show the record that all this left, and say how to go on."""
    decisions = hub.decisions.newest(200)
    said = "Every answer above was recorded before it was given, the empty ones too:"
    chapter(console, "The record", said)
    rows = [
        (f"{each.at:%Y-%m-%d %H:%M}", str(each.id)[:8], each.kind, each.viewer, each.purpose, _verdicts(each))
        for each in decisions[:12]
    ]
    _indented(console, table(None, ("at", "decision", "kind", "for", "purpose", "outcome"), rows))
    if len(decisions) > len(rows):
        console.print(Text(f"  ... and {len(decisions) - len(rows)} more"))
    console.print()
    console.print(Text("Go on from here:"))
    command = f"MASH_HOME={home} .venv/bin/mash"
    question = "--as mash.analyst --purpose s47 --reason 'looking around'"
    console.print(Text(f"  {command} chronology {person} {question}"), soft_wrap=True)
    console.print(Text(f"  {command} --help"), soft_wrap=True)


def _verdicts(decision: Any) -> str:
    if decision.refusal:
        return f"refused: {decision.refusal}"
    return ", ".join(f"{count} {name}" for name, count in decision.shown_verdicts.items()) or "nothing to show"
