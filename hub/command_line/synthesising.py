"""`mash synth`: invented families, as files or published."""

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from hub.command_line.options import AsJson
from hub.command_line.output import Screen, table


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("synth")(synth)


def synth(
    number: Annotated[int, typer.Option("--families", min=1, help="How many families.")],
    seed: Annotated[int, typer.Option(help="The same seed tells the same stories.")],
    rate: Annotated[float | None, typer.Option(help="At most so many events a second.")] = None,
    to: Annotated[Path | None, typer.Option(help="Write one file for each agency here instead of publishing.")] = None,
    as_json: AsJson = False,
) -> None:
    """Tell the stories of invented families: publish them, or write them as files (CloudEvents lines)."""
    from producers.synthetic import at_rate, families, tell

    screen = Screen(as_json)
    stream: Any = tell(families(number, seed))
    if rate is not None:
        stream = at_rate(stream, rate, sleep=time.sleep, now=time.monotonic)
    with screen.progress("Telling") as progress:
        by_agency = _write(stream, to, progress) if to is not None else _publish(stream, progress)
    value = {"families": number, "seed": seed, "events": sum(by_agency.values()), "by_agency": by_agency}
    where = f"written to {to}" if to is not None else "published"
    rows = sorted(by_agency.items())

    def show(console: Any) -> None:
        console.print(f"{value['events']} events of {number} families {where}", markup=False)
        console.print(table(None, ("agency", "events"), rows))

    screen.answer(value, show)


def _write(stream: Any, folder: Path, progress: Any) -> dict[str, int]:
    from contextlib import ExitStack

    from producers.synthetic import as_cloudevent_line

    counts: dict[str, int] = {}
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        files: dict[str, Any] = {}
        for done, told in enumerate(stream, 1):
            if told.agency not in files:
                files[told.agency] = stack.enter_context((folder / f"{told.agency}.jsonl").open("wb"))
            files[told.agency].write(as_cloudevent_line(told))
            counts[told.agency] = counts.get(told.agency, 0) + 1
            progress(done)
    return counts


def _publish(stream: Any, progress: Any) -> dict[str, int]:
    from hub.bootstrap import open_hub
    from hub.settings import read_settings
    from producers.spoiling import send_told

    counts: dict[str, int] = {}

    def counted() -> Any:
        for told in stream:
            counts[told.agency] = counts.get(told.agency, 0) + 1
            yield told

    with open_hub(read_settings()) as hub:
        producer = hub.broker.producer()
        try:
            send_told(counted(), hub.credentials, producer, lambda _: hub.clock.now(), progress)
        finally:
            producer.close()
    return counts
