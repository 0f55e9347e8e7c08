"""`mash policy impact`: what a draft, the law of another day, or a consent, agreement or link would have changed."""

from contextlib import ExitStack
from datetime import date
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.command_line.impact_page import page_of
from hub.command_line.on_cores import worked
from hub.command_line.options import AsJson, AsUser, Reason, asked, day, first_moment, moment
from hub.command_line.output import Screen, show_pairs, table
from hub.command_line.supposed import supposition
from hub.errors import UsageError

if TYPE_CHECKING:
    from hub.application.impact import Draft, Tried
    from hub.application.supposing import Supposition
    from hub.bootstrap import Hub
    from hub.events.decisions import DisclosureDecided


def impact(  # noqa: PLR0913, PLR0917 - each is an option of the command
    as_user: AsUser,
    reason: Reason,
    draft: Annotated[Path | None, typer.Option(help="A folder of .cedar files; without it, the shipped ones.")] = None,
    law_on: Annotated[
        str | None, typer.Option(help="By the law of this day, instead of that of each decision.")
    ] = None,
    since: Annotated[str | None, typer.Option(help="Recorded then or later: 2026-03-01 or 2026-03-01T09:00Z.")] = None,
    until: Annotated[str | None, typer.Option(help="Recorded then or before.")] = None,
    suppose: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WHAT",
            help="What is supposed otherwise: consent=given, agreement=OWNER:RECIPIENT[:TYPE], no-agreement=the same,"
            " link=AGENCY/REFERENCE@2026-03-01; may be repeated.",
        ),
    ] = None,
    child: Annotated[str | None, typer.Option(metavar="CHILD", help="Of this child alone it is supposed.")] = None,
    seed: Annotated[int, typer.Option(help="Draws the same examples again.")] = 0,
    html: Annotated[Path | None, typer.Option(help="Write the report as a page, too.")] = None,
    as_json: AsJson = False,
) -> None:
    """Decide all that was decided again under a draft: who would have seen more, and who less.

    Nothing is recorded but that it was run.
    """
    from hub.application.impact import ImpactTally
    from hub.application.impact_run import ImpactRun
    from hub.application.reads import Period
    from hub.bootstrap import open_hub
    from hub.settings import read_settings

    drafted, screen, tally, law = _draft(draft), Screen(as_json), ImpactTally(seed), day(law_on)
    period = Period(first_moment(since), moment(until))
    with open_hub(read_settings()) as hub:
        run = ImpactRun(hub.reading, hub.decisions, hub.policy_texts, asked(as_user, "audit", reason), period, law)
        supposed = supposition(hub, suppose or (), child)
        chosen = run.chosen()
        work = partial(_tried, draft, drafted.policy.version, law, supposed)
        with screen.progress("Trying the draft", len(chosen)) as done, ExitStack() as stack:
            for number, (_, one) in enumerate(worked(hub, chosen, work, stack), 1):
                tally.add(one)
                done(number)
        answer = run.finish(drafted, tally, supposed)
    if html is not None:
        _write(html, page_of(answer))
    screen.answer(answer, lambda console: _print(console, answer))


def _tried(
    folder: Path | None,
    version: str,
    law: date | None,
    supposed: "Supposition",
    hub: "Hub",
    decision: "DisclosureDecided",
) -> "Tried | None":
    from hub.application.impact import law_of, tried

    draft = _draft(folder)
    if draft.policy.version != version:
        raise UsageError("The draft's files were changed meanwhile.", code="draft-changed", place=str(folder))
    return tried(hub.replayer, decision, draft, law_of(law), supposed)


@lru_cache(maxsize=1)
def _draft(folder: Path | None) -> "Draft":
    from hub.application.authoring import said
    from hub.application.impact import Draft
    from hub.application.policy_files import read_policy

    with said():
        return Draft(read_policy(folder))


def _write(page: Path, text: str) -> None:
    try:
        page.write_text(text, encoding="utf-8")
    except OSError as error:
        fault = f"The page cannot be written: {error.strerror}."
        raise UsageError(fault, code="unwritable", place=str(page)) from error


def _print(console: Any, answer: dict[str, Any]) -> None:
    names = ("decisions", "verdicts", "changed_decisions", "changed_verdicts", "not_tried")
    show_pairs(console, [(name.replace("_", " "), answer[name]) for name in names])
    whole = [("serious cases", answer["serious"]), ("children", answer["children"])]
    rows = [*answer["agencies"].items(), *answer["purposes"].items(), *whole]
    told = [(name, sides["more"], sides["less"]) for name, sides in rows]
    console.print(table("\nWho would have seen more, and who less", ("who or what for", "more", "less"), told))
    for each in answer["examples"]:
        console.print(f"\n{each['viewer']} for {each['purpose']}, decision {each['decision'][:8]}", markup=False)
        for side in ("before", "after"):
            console.print(f"  {side}: {_decided(each[side])}", markup=False)


def _decided(side: dict[str, Any]) -> str:
    facets = f" of {' '.join(side['facets'])}" if side["facets"] else ""
    rules = "; ".join(f"{rule['id']}: {rule['reason'] or 'its text is not there'}" for rule in side["rules"])
    return f"{side['verdict']}{facets} ({rules or 'no rule'})"
