"""`mash policy`: what a policy author does, without Python."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from hub.command_line import impact
from hub.command_line.options import AsJson
from hub.command_line.output import Screen

app = typer.Typer(help="Write, test and compare policies and agreements.", no_args_is_help=True)
app.command()(impact.impact)
agreement = typer.Typer(help="Sharing agreements as data.", no_args_is_help=True)
app.add_typer(agreement, name="agreement")


@agreement.command("evaluate")
def evaluate(
    file: Annotated[Path, typer.Argument(help="An agreement of the DfE form.", show_default=False)],
    request: Annotated[Path, typer.Option(help="The request, as JSON.", show_default=False)],
    as_json: AsJson = False,
) -> None:
    """Decide a request by one agreement alone; exit 0 whatever it says, 1 where it cannot say."""
    from hub.application.authoring import evaluated

    answer = evaluated(file, request)
    Screen(as_json).answer(answer, lambda console: console.print(_said(answer)))


Rules = Annotated[Path | None, typer.Option(help="A folder of .cedar files; without it, the shipped ones.")]
Scenarios = Annotated[Path | None, typer.Option(help="A folder of scenario files; without it, the shipped ones.")]


@app.command("test")
def run(
    rules: Rules = None,
    scenarios: Scenarios = None,
    mutate: Annotated[bool, typer.Option("--mutate", help="Spoil each rule in turn: does a scenario fail?")] = False,
    as_json: AsJson = False,
) -> None:
    """Run the scenarios; exit 1 where one fails, where none exercises a rule, or where none notices a spoilt one."""
    from hub.application.authoring import rules_mutated, scenarios_run

    if mutate:
        spoilt = rules_mutated(rules, scenarios)
        Screen(as_json).answer(spoilt, lambda console: _show_mutated(console, spoilt))
        if not spoilt["ok"]:
            raise typer.Exit(1)
        return
    answer = scenarios_run(rules, scenarios)
    Screen(as_json).answer(answer, lambda console: _show_run(console, answer))
    if answer["failed"] or answer["rules_not_exercised"]:
        raise typer.Exit(1)


def _show_mutated(console: Console, answer: dict[str, Any]) -> None:
    for survivor in answer["survivors"]:
        lost = f" without {survivor['condition']}" if survivor["condition"] else ""
        console.print(Text(f"{survivor['rule']}: {survivor['change']}{lost}", style="bold"))
        found = survivor["scenario_that_would_notice"]
        told = f"a scenario that would notice: {json.dumps(found)}" if found else "no case was found that it changes"
        console.print(Text(f"  {told}"))
    for kind, number in answer["mutants"].items():
        console.print(Text(f"{_SPOILT[kind]}: {answer['noticed'][kind]} of {number} noticed"))


_SPOILT = {"drop": "rules dropped", "flip": "rules flipped", "condition": "conditions dropped"}


def _show_run(console: Console, answer: dict[str, Any]) -> None:
    for failure in answer["failures"]:
        row = f" (row {failure['row']})" if failure["row"] else ""
        console.print(Text(f"{failure['scenario']}{row}: {failure['authority']}", style="bold"))
        for side in ("expected", "got"):
            console.print(Text(f"  {side}: {_in_line(failure[side])}"))
    for rule in answer["rules_not_exercised"]:
        console.print(Text(f"No scenario exercises the rule {rule}."))
    console.print(
        Text(
            f"{answer['scenarios']} scenarios, {answer['failed']} failed; "
            f"{answer['rules_exercised']} of {answer['rules']} rules exercised."
        )
    )


@app.command()
def prove(
    rules: Rules = None,
    no_more_than: Annotated[Path | None, typer.Option(help="The rules in force: the draft shows no more.")] = None,
    as_json: AsJson = False,
) -> None:
    """Prove the invariants of every request and item there can be; exit 1 where one does not hold."""
    from hub.application.authoring import policy_proved

    answer = policy_proved(rules, no_more_than)
    Screen(as_json).answer(answer, lambda console: _show_proved(console, answer))
    if not answer["proved"]:
        raise typer.Exit(1)


def _show_proved(console: Console, answer: dict[str, Any]) -> None:
    for each in answer["proofs"]:
        console.print(Text(f"{'proved' if each['proved'] else 'DOES NOT HOLD'}: {each['sentence']} [{each['name']}]"))
        if each["told"]:
            console.print(Text(f"  {each['told']}"))
    for each in answer["shows_more"]:
        of = ", ".join(each["of"])
        console.print(Text(f"the draft may show more of {of}: {each['because']} ({each['authority']})"))


@app.command()
def check(
    rules: Rules = None,
    agreement: Annotated[
        list[Path] | None, typer.Option(help="An agreement of the MAIS or the DfE form; more than once.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Look for what is wrong in rules and agreements, and show what their names stand for; exit 1 on a fault."""
    from hub.application.authoring import checked

    answer = checked(rules, agreement or [])
    Screen(as_json).answer(answer, lambda console: _show_checked(console, answer, with_names=bool(agreement)))
    if not answer["ok"]:
        raise typer.Exit(1)


@app.command()
def explain(
    case: Annotated[Path | None, typer.Argument(help="A file with one viewer, purpose and item.")] = None,
    scenario: Annotated[str | None, typer.Option(help="A scenario, by its id.")] = None,
    rules: Rules = None,
    scenarios: Scenarios = None,
    as_json: AsJson = False,
) -> None:
    """Say which rules decide a case, which apply, and which lack one condition."""
    from hub.application.authoring import case_explained, scenario_explained

    if (case is None) == (scenario is None):
        raise typer.BadParameter("Name a scenario or a file, one of the two.")
    answer = case_explained(rules, case) if case else scenario_explained(rules, scenarios, str(scenario))
    Screen(as_json).answer(answer, lambda console: _show_explained(console, answer))


@app.command()
def diff(
    before: Annotated[Path, typer.Argument(help="A folder of rules.", show_default=False)],
    after: Annotated[Path | None, typer.Argument(help="Another; without it, the shipped ones.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say for which classes of request and item two policies decide differently."""
    from hub.application.authoring import compared

    screen = Screen(as_json)
    with screen.progress("Going through the classes that changed rules name") as progress:
        answer = compared(before, after, progress)
    screen.answer(answer, lambda console: _show_compared(console, answer))


@app.command("format")
def layout(
    rules: Annotated[Path, typer.Argument(help="A folder of .cedar files.", show_default=False)],
    check_only: Annotated[bool, typer.Option("--check", help="Change nothing; exit 1 where something would.")] = False,
) -> None:
    """Put rules into the one layout."""
    from hub.application.authoring import reformatted

    files = reformatted(rules, write=not check_only)
    Screen(False).answer(
        {"files": files}, lambda console: console.print(Text("\n".join(files) or "Nothing to change."))
    )
    if check_only and files:
        raise typer.Exit(1)


@app.command()
def matrix(
    rules: Rules = None,
    html: Annotated[Path | None, typer.Option(help="Write it as a page to this file.")] = None,
    as_json: AsJson = False,
) -> None:
    """Lay out what kinds of viewers see, by purpose, of kinds of items."""
    from hub.application.authoring import laid_out

    answer = laid_out(rules, html)
    Screen(as_json).answer(answer, lambda console: _show_matrix(console, answer))


def _show_checked(console: Console, answer: dict[str, Any], *, with_names: bool) -> None:
    for finding in answer["findings"]:
        console.print(Text(f"{finding['place']}: {finding['message']} [{finding['code']}]"))
    for purpose in answer["purposes_without_rule"]:
        console.print(Text(f"No rule lets anybody see another agency's item for {purpose}."))
    for title, kind in (
        ("record type", "record_types"),
        ("purpose", "purposes"),
        ("organisation", "organisation_types"),
    ):
        for name, ours in answer["names"][kind].items() if with_names else ():
            console.print(Text(f"{title} {name}: {ours if isinstance(ours, str) else ', '.join(ours)}"))
    for name, sentence in answer["names"]["duties"].items() if with_names else ():
        console.print(Text(f"duty {name}: {sentence}"))
    console.print(Text("Nothing wrong was found." if answer["ok"] else f"{len(answer['findings'])} faults."))


def _show_explained(console: Console, answer: dict[str, Any]) -> None:
    console.print(Text(_in_line({name: answer[name] for name in _OF_A_VERDICT})))
    for rule in answer["rules"]:
        console.print(Text(f"  {rule['id']}: {rule['reason']} ({rule['authority']})"))
    if answer["not_examined"]:
        console.print(Text(f"Not examined, their conditions cannot be read: {', '.join(answer['not_examined'])}"))
    for title, rules in (("Applies", answer["matched"]), ("Lacks one condition", answer["nearly"])):
        console.print(Text(title, style="bold"))
        for each in rules:
            missing = f": {each['missing']}" if "missing" in each else ""
            console.print(Text(f"  {each['rule']} ({each['does']}){missing}"))


def _show_compared(console: Console, answer: dict[str, Any]) -> None:
    for rule in answer["rules"]:
        all_of = "all" if rule["complete"] else "not all"
        console.print(Text(f"{rule['rule']}: {rule['change']}", style="bold"))
        console.print(Text(f"  {rule['differ']} of {rule['classes']} classes differ ({all_of} gone through)"))
        for effect, count in rule["effects"].items():
            console.print(Text(f"  {effect}: {count}"))
        if example := rule["counterexample"]:
            where = ", ".join(f"{name}={value}" for name, value in example["where"].items())
            console.print(Text(f"  for instance {where}"))
            console.print(Text(f"    before: {_in_line(example['before'])}"))
            console.print(Text(f"    after: {_in_line(example['after'])}"))
        console.print(Text(f"  at their usual value, not gone through: {', '.join(rule['not_enumerated'])}"))
    for change in answer["gateways"]:
        console.print(Text(f"lawful bases: {change}"))
    for each in answer["scenarios"]:
        console.print(Text(f"scenario {each['scenario']}: {each['before']['verdict']} to {each['after']['verdict']}"))
    if not answer["rules"]:
        console.print(Text("No rule differs."))
    if answer["not_enumerated"]:
        console.print(Text("Not gone through", style="bold"))
    for each in answer["not_enumerated"]:
        console.print(Text(f"  {each}"))


def _show_matrix(console: Console, answer: dict[str, Any]) -> None:
    console.print(Text(answer["assumed"]))
    for number, purpose in enumerate(answer["purposes"], 1):
        console.print(Text(f"  {number:2} {purpose}"))
    for item, rows in answer["items"].items():
        console.print(Text(f"\n{item}", style="bold"))
        console.print(Text(" " * 28 + " ".join(f"{number:2}" for number in range(1, len(answer["purposes"]) + 1))))
        for viewer, effects in rows.items():
            line = Text(f"  {viewer:<26}")
            for effect in effects:
                line.append(f" {effect[0] if effect != 'DENY' else '.'} ", style=_STYLES[effect])
            console.print(line)


_OF_A_VERDICT = ("verdict", "facets", "review", "by", "obligations")
_STYLES = {"PERMIT": "green", "REVIEW": "yellow", "EXISTENCE": "blue", "DENY": "dim"}


def _in_line(verdict: dict[str, Any]) -> str:
    lists = "; ".join(f"{name} {' '.join(words) or '-'}" for name, words in verdict.items() if name != "verdict")
    return f"{verdict['verdict']}; {lists}"


def _said(answer: dict[str, Any]) -> str:
    since = f" from {answer['validFrom']}" if answer["validFrom"] else ""
    until = f" until {answer['validUntil']}" if answer["validUntil"] else ""
    return f"{answer['effect']} by {answer['rule']}{since}{until}: {answer['reason']}"
