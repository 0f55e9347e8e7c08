"""`mash audit`: what an auditor asks of the record of decisions; each look leaves a record of its own."""

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from hub.command_line.children import person_id
from hub.command_line.options import AsJson, AsUser, Reason, asked, first_moment, moment
from hub.command_line.output import Screen, show_pairs, show_table, table
from hub.errors import UsageError

if TYPE_CHECKING:
    from hub.application.reads import Filter

app = typer.Typer(help="What an auditor asks of the record: who knew what, who read what.", no_args_is_help=True)

Since = Annotated[str | None, typer.Option(help="Recorded then or later: 2026-03-01 or 2026-03-01T09:00Z.")]
Until = Annotated[str | None, typer.Option(help="Recorded then or before.")]


@app.command()
def child(
    child: Annotated[str, typer.Argument(metavar="CHILD", help="The person's id, as `mash identity find` gives it.")],
    as_user: AsUser,
    reason: Reason,
    at: Annotated[str | None, typer.Option(help="By then: 2026-03-01 or 2026-03-01T09:00Z.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say what each agency had published, been shown and asked without being told, and what nobody saw."""
    from hub.bootstrap import open_hub
    from hub.settings import read_settings

    with open_hub(read_settings()) as hub:
        answer = hub.who_knew.of_child(person_id(child), asked(as_user, "audit", reason), moment(at))
    Screen(as_json).answer(answer, lambda console: _print_child(console, answer))


@app.command()
def agency(
    agency: Annotated[str, typer.Argument(help="The agency's id.")],
    as_user: AsUser,
    reason: Reason,
    since: Since = None,
    until: Until = None,
    as_json: AsJson = False,
) -> None:
    """List the reads of an agency."""
    from hub.application.reads import Filter

    _list(Filter(agency=agency), as_user, reason, since, until, as_json=as_json)


@app.command()
def user(
    user: Annotated[str, typer.Argument(help="The user's id.")],
    as_user: AsUser,
    reason: Reason,
    since: Since = None,
    until: Until = None,
    as_json: AsJson = False,
) -> None:
    """List the reads of a user."""
    from hub.application.reads import Filter

    _list(Filter(viewer=user), as_user, reason, since, until, as_json=as_json)


@app.command()
def rule(
    rule: Annotated[str, typer.Argument(help="The rule's id.")],
    as_user: AsUser,
    reason: Reason,
    since: Since = None,
    until: Until = None,
    as_json: AsJson = False,
) -> None:
    """List the reads that a rule decided."""
    from hub.application.reads import Filter

    _list(Filter(rule=rule), as_user, reason, since, until, as_json=as_json)


@app.command()
def emergency(
    as_user: AsUser, reason: Reason, since: Since = None, until: Until = None, as_json: AsJson = False
) -> None:
    """List the reads in an emergency."""
    from hub.application.reads import Filter

    _list(Filter(emergency=True), as_user, reason, since, until, as_json=as_json)


@app.command()
def bundle(
    decision: Annotated[str, typer.Argument(metavar="DECISION", help="Its id, or the start of a recent one's.")],
    to: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="Where the bundle goes (.zip).")],
    as_user: AsUser,
    reason: Reason,
    as_json: AsJson = False,
) -> None:
    """Write the evidence of a decision on a chronology: what was shown, by which policy, and its proofs."""
    from hub.bootstrap import open_hub
    from hub.proof.files import write_whole
    from hub.settings import read_settings

    if to.exists():
        raise _file_exists(to)
    with open_hub(read_settings()) as hub:
        made = hub.bundling.bundle(decision, asked(as_user, "audit", reason))
    try:
        write_whole(to, made, new=True)
    except FileExistsError as error:
        raise _file_exists(to) from error
    said = f"The bundle is in {to}. Whoever gets it checks it with: mash audit verify-bundle"
    Screen(as_json).answer({"file": str(to), "bytes": len(made)}, lambda console: console.print(said, markup=False))


@app.command("verify-bundle")
def verify_bundle(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A bundle.")],
    log_key: Annotated[
        str | None,
        typer.Option("--log-key", metavar="KEY", help="The log's key as its witnesses know it: mash log key."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check a bundle, offline and without a hub; status 1 and the member at fault where it does not hold."""
    from hub.proof.bundle import verify_bundle as verified
    from hub.proof.note import read_verifier_key

    found = verified(file.read_bytes(), read_verifier_key(log_key) if log_key else None)
    told = {**asdict(found), "decision": str(found.decision), "cosigned_by": list(found.cosigned_by)}
    told["key_given"] = log_key is not None
    Screen(as_json).answer(told, lambda console: _print_bundle(console, told))


@app.command()
def report(
    as_user: AsUser,
    reason: Reason,
    since: Since = None,
    until: Until = None,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write it as a page, too.")] = None,
    csv: Annotated[Path | None, typer.Option(metavar="FILE", help="Write it for a spreadsheet, too.")] = None,
    external: Annotated[
        bool, typer.Option("--external", help="For outside the hub: no number below 10, the others rounded to 5.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Count what was read, decided, refused and changed in a period; nobody is named."""
    from hub.application.reads import Period
    from hub.application.report_cells import csv_of
    from hub.bootstrap import open_hub
    from hub.command_line.report_files import page_of_report
    from hub.settings import read_settings

    with open_hub(read_settings()) as hub:
        period = Period(first_moment(since), moment(until))
        answer = hub.audit_report.report(asked(as_user, "audit", reason), period, external=external)
    for file, text in ((html, page_of_report), (csv, csv_of)):
        if file is not None:
            file.write_text(text(answer), encoding="utf-8", newline="")
    Screen(as_json).answer(answer, lambda console: _print_report(console, answer))


@app.command()
def misuse(as_user: AsUser, reason: Reason, since: Since = None, until: Until = None, as_json: AsJson = False) -> None:
    """List reads that somebody should look into, each with the rule that found it, and how often rules were right."""
    from hub.application.reads import Period
    from hub.bootstrap import open_hub
    from hub.settings import read_settings

    with open_hub(read_settings()) as hub:
        question = asked(as_user, "audit", reason)
        answer = hub.misuse.alerts(question, Period(first_moment(since), moment(until)))
    Screen(as_json).answer(answer, lambda console: _print_misuse(console, answer))


@app.command()
def judge(
    alert: Annotated[str, typer.Argument(help="The alert's id.")],
    as_user: AsUser,
    reason: Reason,
    upheld: Annotated[bool, typer.Option("--upheld/--not-upheld", help="Whether it was misuse.")],
    as_json: AsJson = False,
) -> None:
    """Keep what became of an alert of misuse, once; a rule that is never right retires."""
    from hub.bootstrap import open_hub
    from hub.settings import read_settings

    with open_hub(read_settings()) as hub:
        hub.misuse.judge(_alert_id(alert), asked(as_user, "audit", reason), upheld=upheld)
    told = {"alert": alert, "upheld": upheld}
    Screen(as_json).answer(told, lambda console: console.print("Kept." if upheld else "Kept: not upheld."))


def _alert_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise UsageError("ALERT is an id as `mash audit misuse` gives it.", code="bad-alert") from error


def _file_exists(file: Path) -> UsageError:
    return UsageError("There is a file already: nothing was overwritten.", code="file-exists", place=str(file))


def _print_bundle(console: Any, told: dict[str, Any]) -> None:
    console.print("Proved.")
    whose = "the key given" if told["key_given"] else "the key in the bundle: compare it with one from elsewhere"
    show_pairs(
        console,
        [
            ("decision", told["decision"]),
            ("shown at", told["at"]),
            ("items", told["items"]),
            ("rows in the log", told["rows"]),
            ("sections opened", told["openings"]),
            ("leaves", told["size"]),
            ("signed by", f"{told['log']}, {whose}"),
            ("cosigned by", ", ".join(told["cosigned_by"]) or "nobody"),
            ("quorum", told["quorum"]),
        ],
    )


def _print_report(console: Any, answer: dict[str, Any]) -> None:
    from hub.application.report_cells import TITLES, told

    for name, counts in answer["tables"].items():
        console.print(f"\n{TITLES[name]}", style="bold")
        show_pairs(console, [(what, told(count)) for what, count in counts.items()] or [("none", "")])


def _print_misuse(console: Any, answer: dict[str, Any]) -> None:
    rows = [
        (each["id"], each["rule"], each["viewer"], each["sentence"], _judgement(each["upheld"]))
        for each in answer["alerts"]
    ]
    show_table(console, ("alert", "rule", "viewer", "what", "judged"), rows, "Nothing to look into.")
    records = [
        (each["rule"], each["judged"], each["upheld"], "retired: never upheld" if each["retired"] else "")
        for each in answer["rules"]
    ]
    console.print(table("\nHow often each rule was right", ("rule", "judged", "upheld", ""), records))


def _judgement(upheld: bool | None) -> str:
    return "" if upheld is None else "upheld" if upheld else "not upheld"


def _list(wanted: "Filter", user: str, reason: str, since: str | None, until: str | None, *, as_json: bool) -> None:
    from hub.application.reads import Period
    from hub.bootstrap import open_hub
    from hub.settings import read_settings

    with open_hub(read_settings()) as hub:
        question = asked(user, "audit", reason)
        answer = hub.reads.list(question, wanted, Period(first_moment(since), moment(until)))
    Screen(as_json).answer(answer, lambda console: _print_reads(console, answer["reads"]))


def _print_reads(console: Any, reads: list[dict[str, Any]]) -> None:
    columns = ("at", "id", "kind", "viewer", "purpose", "outcome", "reason")
    rows = [
        (each["at"][:19], each["id"][:8], each["kind"], each["viewer"], each["purpose"], _outcome(each), each["reason"])
        for each in reads
    ]
    show_table(console, columns, rows, "No such reads.")


def _outcome(read: dict[str, Any]) -> str:
    marked = "EMERGENCY, " if read["emergency"] else ""
    counts = ", ".join(f"{count} {name}" for name, count in read["verdicts"].items())
    return marked + (f"refused: {read['refusal']}" if read["refusal"] else counts or "nothing to show")


def _print_child(console: Any, answer: dict[str, Any]) -> None:
    console.print(f"What was known of {answer['person']} at {answer['at'][:19]}", markup=False)
    for agency in answer["agencies"]:
        console.print(f"\n{agency['name']}", style="bold", markup=False)
        _print_part(console, "had published", _EVENT, map(_event, agency["published"]))
        _print_part(console, "had been shown", _SHOWN, map(_shown, agency["shown"]))
        _print_part(console, "had asked and not been told", _NOT_TOLD, map(_not_told, agency["not_told"]))
    console.print("\nSeen by nobody but its owner", style="bold")
    rows = [(*_event(each), "" if each["linked"] else "not linked to the child then") for each in answer["unseen"]]
    show_table(console, (*_EVENT, "note"), rows, "  nothing")


def _print_part(console: Any, title: str, columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    held = list(rows)
    console.print(table(f"  {title}", columns, held) if held else f"  {title}: nothing", markup=False)


_EVENT = ("event", "agency", "type", "happened", "known")
_SHOWN = ("event", "at", "to", "for", "facets")
_NOT_TOLD = ("at", "viewer", "purpose", "because")


def _event(event: dict[str, Any]) -> tuple[str, ...]:
    return event["event"][:8], event["agency"], event["type"], event["occurred"] or "erased", event["known"][:19]


def _shown(shown: dict[str, Any]) -> tuple[str, ...]:
    return shown["event"][:8], shown["at"][:19], shown["viewer"], shown["purpose"], ", ".join(shown["facets"])


def _not_told(asked_for: dict[str, Any]) -> tuple[str, ...]:
    counts = ", ".join(f"{count} {name}" for name, count in asked_for["verdicts"].items())
    because = asked_for["refusal"] or counts or "nothing held"
    return asked_for["at"][:19], asked_for["viewer"], asked_for["purpose"], because
