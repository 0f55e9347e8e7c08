"""`mash policy`: what a policy author does, without Python."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from hub.command_line.options import AsJson
from hub.command_line.output import Screen

app = typer.Typer(help="Write, test and compare policies and agreements.", no_args_is_help=True)
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
def run(rules: Rules = None, scenarios: Scenarios = None, as_json: AsJson = False) -> None:
    """Run the scenarios; exit 1 where one fails, or where no scenario exercises a rule."""
    from hub.application.authoring import scenarios_run

    answer = scenarios_run(rules, scenarios)
    Screen(as_json).answer(answer, lambda console: _show_run(console, answer))
    if answer["failed"] or answer["rules_not_exercised"]:
        raise typer.Exit(1)


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


def _in_line(verdict: dict[str, Any]) -> str:
    lists = "; ".join(f"{name} {' '.join(words) or '-'}" for name, words in verdict.items() if name != "verdict")
    return f"{verdict['verdict']}; {lists}"


def _said(answer: dict[str, Any]) -> str:
    since = f" from {answer['validFrom']}" if answer["validFrom"] else ""
    until = f" until {answer['validUntil']}" if answer["validUntil"] else ""
    return f"{answer['effect']} by {answer['rule']}{since}{until}: {answer['reason']}"
