"""`mash decisions`: the record that each answer left, the empty and the refused ones too."""

from typing import Annotated, Any

import typer

from hub.command_line import replaying
from hub.command_line.options import AsJson, AsUser, Reason
from hub.command_line.output import Screen, show_pairs, show_table, table

_NONE = "No decisions yet."

app = typer.Typer(help="The records that answers left.", no_args_is_help=True)
app.command()(replaying.replay)

Viewer = Annotated[
    str | None,
    typer.Option("--as", metavar="USER", help="An auditor sees all that was asked and decided; that is recorded."),
]


@app.command("list")
def list_(
    as_user: Viewer = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many, the newest first.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List decisions, emergencies first and then the newest."""
    from hub.application.decisions import decision_summary
    from hub.bootstrap import open_hub
    from hub.settings import read_settings

    with open_hub(read_settings()) as hub:
        auditor = _is_auditor(hub, as_user)
        listed = hub.decisions.listed(limit, hub.review_desk.emergencies(), auditor=auditor)
        decisions = [decision_summary(each, auditor=auditor) for each in listed]
        if auditor:
            _record_look(hub, as_user, newest=limit)
    rows = [
        (each["at"][:19], each["id"][:8], each["kind"], each["viewer"], each["purpose"], _outcome(each))
        for each in decisions
    ]
    columns = ("at", "id", "kind", "viewer", "purpose", "outcome")
    Screen(as_json).answer({"decisions": decisions}, lambda console: show_table(console, columns, rows, _NONE))


@app.command()
def show(
    decision: Annotated[str, typer.Argument(help="The decision's id, or the start of it.")],
    as_user: Viewer = None,
    as_json: AsJson = False,
) -> None:
    """Show one decision: its outcome, and for an auditor the question and the verdict on each record."""
    from hub.application.decisions import decision_in_full
    from hub.bootstrap import open_hub
    from hub.settings import read_settings

    with open_hub(read_settings()) as hub:
        auditor = _is_auditor(hub, as_user)
        found = hub.decisions.one(decision, auditor=auditor)
        if auditor:
            _record_look(hub, as_user, decision=found.id)
    body = decision_in_full(found, auditor=auditor)
    Screen(as_json).answer(body, lambda console: _print(console, body))


@app.command()
def sample(
    as_user: AsUser,
    reason: Reason,
    number: Annotated[int, typer.Option(min=1, max=1000, help="How many to draw.")] = 5,
    of: Annotated[int, typer.Option(min=1, max=1000, help="Of how many of the latest.")] = 1000,
    as_json: AsJson = False,
) -> None:
    """Draw decisions by chance for audit: only of these is an auditor shown what they were about."""
    from hub.bootstrap import open_hub
    from hub.command_line.options import asked
    from hub.settings import read_settings

    with open_hub(read_settings()) as hub:
        drawn = hub.sampling.draw(asked(as_user, "audit", reason), number=number, of=of)
    told = "\n".join([f"Drawn of {drawn['from']} decisions:", *(f"  {each}" for each in drawn["drawn"])])
    Screen(as_json).answer(drawn, lambda console: console.print(told, markup=False))


def _print(console: Any, body: dict[str, Any]) -> None:
    rows = [(name, value) for name, value in body.items() if not isinstance(value, list) and name != "rule_six"]
    show_pairs(console, [(name, _text(value)) for name, value in rows])
    if body.get("rule_six"):
        weighed = [
            (name, "yes" if part["holds"] else "no", part["how"], part["reason"])
            for name, part in body["rule_six"].items()
        ]
        console.print(table("\nGolden rule 6", ("word", "holds", "how", "reason"), weighed))
    if "decided" in body:
        decided = [(each["event"][:8], each["verdict"], ", ".join(each["rules"])) for each in body["decided"]]
        console.print(table("\nEach record", ("event", "verdict", "rules"), decided))


def _text(value: object) -> str:
    return ", ".join(f"{name} {count}" for name, count in value.items()) if isinstance(value, dict) else str(value)


def _is_auditor(hub: Any, user: str | None) -> bool:
    return user is not None and "auditor" in hub.directory.load().user(user).roles


def _record_look(hub: Any, user: str | None, **question: object) -> None:
    from hub.application.asking import question_of
    from hub.application.reading import Outcome
    from hub.command_line.options import asked

    look = asked(user or "", "audit", "To look at the record of decisions")
    hub.reading.record(look, hub.directory.load(), Outcome("decisions", question=question_of(**question)))


def _outcome(decision: dict[str, Any]) -> str:
    if decision["refusal"]:
        return f"refused: {decision['refusal']}"
    told = ", ".join(f"{count} {name}" for name, count in decision["verdicts"].items()) or "nothing to show"
    return f"EMERGENCY: {told}" if decision["emergency"] else told
