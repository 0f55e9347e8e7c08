"""`mash publish`: an agency's files become signed and sealed messages."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from hub.command_line.options import AsJson, Files
from hub.command_line.output import Screen, table
from hub.errors import HubError


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("publish")(publish)


def publish(
    files: Files,
    agency: Annotated[str, typer.Option(help="The agency whose records these are.")],
    adapter: Annotated[str | None, typer.Option(help="The kind of file, where it is not to be recognised.")] = None,
    as_json: AsJson = False,
) -> None:
    """Publish an agency's records; every record read is published or rejected with its place and reason."""
    from hub.bootstrap import open_hub
    from hub.settings import read_settings
    from producers.publisher import Published

    screen, result = Screen(as_json), Published()

    def say() -> None:
        screen.answer(published_json(result), lambda console: show_published(console, result))

    try:
        with open_hub(read_settings()) as hub, screen.progress("Publishing") as progress:
            publish_files(hub, files, agency, adapter, lambda so_far: progress(so_far.read), result)
    except HubError:
        if result.read:
            say()
        raise
    say()


def publish_files(
    hub: Any, files: Sequence[Path], agency: str, adapter: str | None, on_batch: Callable[[Any], None], result: Any
) -> None:
    """Publish files of one agency, adding to `result` what became of their records; first see that all can be read."""
    from producers.files import adapter_of, read_records
    from producers.publisher import Publisher

    credentials = hub.credentials(agency)
    for file in files:
        adapter_of(file, adapter)
    producer = hub.producer_of(agency)
    try:
        publisher = Publisher(credentials, producer, hub.clock)
        for file in files:
            publisher.publish(read_records(file, adapter), result, on_batch)
    finally:
        producer.close()


def published_json(result: Any) -> dict[str, Any]:
    """Return the documented shape of `mash publish --json`."""
    return {
        "read": result.read,
        "published": result.published,
        "rejected": result.rejected,
        "by_type": dict(sorted(result.by_type.items())),
        "rejects": [{"place": each.place, "code": each.code.value, "reason": each.reason} for each in result.rejects],
    }


def show_published(console: Any, result: Any) -> None:
    """Print what became of the records for people."""
    console.print(f"read {result.read}, published {result.published}, rejected {result.rejected}")
    if result.by_type:
        console.print(table(None, ("type", "events"), sorted(result.by_type.items())))
    if result.rejects:
        rows = [(each.place, each.code.value, each.reason) for each in result.rejects[:50]]
        console.print(table("\nRejected", ("place", "code", "reason"), rows))
    if result.rejected > 50:
        console.print(f"... and {result.rejected - 50} more; --json lists the first 1,000")
