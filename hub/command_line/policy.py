"""`mash policy`: what a policy author does, without Python."""

from pathlib import Path
from typing import Annotated, Any

import typer

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


def _said(answer: dict[str, Any]) -> str:
    since = f" from {answer['validFrom']}" if answer["validFrom"] else ""
    until = f" until {answer['validUntil']}" if answer["validUntil"] else ""
    return f"{answer['effect']} by {answer['rule']}{since}{until}: {answer['reason']}"
