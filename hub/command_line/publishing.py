"""`mash publish`: an agency's files become signed and sealed messages, on the hub's machine or on the agency's own."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from hub.command_line.options import AsJson
from hub.command_line.output import Screen, table
from hub.command_line.stopping import stopping
from hub.errors import HubError, UsageError

SENDING_SECONDS = 5.0
Given = Annotated[list[Path] | None, typer.Argument(help="Files of the agency's own records.", show_default=False)]
Agency = Annotated[str | None, typer.Option(help="The agency whose records these are, on the hub's machine.")]
CredentialsFile = Annotated[
    Path | None, typer.Option(help="The agency's credentials, on its own machine; needs MASH_BROKER=kafka.")
]
Watched = Annotated[Path | None, typer.Option(help="Publish what is put into this folder, until stopped.")]
SpoolFolder = Annotated[
    Path | None, typer.Option(help="Where events wait while the broker is away; with --watch DIR, DIR/.spool.")
]


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("publish")(publish)


def publish(  # noqa: PLR0913, PLR0917 - each is an option of the command
    files: Given = None,
    agency: Agency = None,
    credentials: CredentialsFile = None,
    adapter: Annotated[str | None, typer.Option(help="The kind of file, where it is not to be recognised.")] = None,
    watch: Watched = None,
    spool: SpoolFolder = None,
    status: Annotated[bool, typer.Option("--status", help="Say what waits in the spool; publish nothing.")] = False,
    metrics: Annotated[
        int | None, typer.Option(metavar="PORT", min=0, max=65535, help="With --status: serve it for Prometheus here.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Publish an agency's records; every record read is published or rejected with its place and reason."""
    screen, spool = Screen(as_json), spool or (watch / ".spool" if watch is not None else None)
    if status:
        return say_status(screen, spool) if metrics is None else serve_status(screen, spool, metrics)
    if metrics is not None:
        raise UsageError("--metrics tells of a spool: use it with --status.", code="usage")
    if bool(files) == (watch is not None):
        raise UsageError("Name the files to publish, or the folder to --watch.", code="usage")
    if watch is not None:
        from hub.command_line.watching import watch_folder

        # Around the publisher too: closing it may wait for a broker that does not answer.
        with stopping() as stop, _publisher(agency, credentials, spool) as publisher:
            return watch_folder(screen, publisher, watch, stop)
    with _publisher(agency, credentials, spool) as publisher:
        return _publish_once(screen, publisher, files or [], adapter)


def say_status(screen: Screen, spool: Path | None) -> None:
    """Say what waits in a spool, whoever has it open."""
    found = _status_of(spool).as_json()
    rows = [(name.replace("_", " "), value) for name, value in found.items() if value is not None]
    screen.answer(found, lambda console: console.print(table(None, ("spool", ""), rows)))


def serve_status(screen: Screen, spool: Path | None, port: int) -> None:
    """Serve a spool's status as metrics on loopback until interrupted, whoever has the spool open."""
    from hub.metrics import LOOPBACK, SpoolCollector, serve_metrics

    def look() -> dict[str, int]:
        found = _status_of(spool)
        since = datetime.fromisoformat(found.oldest_unsent) if found.oldest_unsent else None
        waited = int((datetime.now(UTC) - since).total_seconds()) if since else 0
        return {
            "count": found.count,
            "bytes": found.bytes,
            "damaged": found.damaged,
            "oldest_seconds": max(waited, 0),
        }

    look()
    port = serve_metrics(port, SpoolCollector(look))
    screen.answer(
        {"port": port}, lambda console: console.print(f"metrics: http://{LOOPBACK}:{port}/metrics", soft_wrap=True)
    )
    threading.Event().wait()


def _status_of(spool: Path | None) -> Any:
    from producers.spool_folder import read_status

    if spool is None:
        raise UsageError("Name the --spool, or the folder to --watch.", code="usage")
    return read_status(spool)


def _publish_once(screen: Screen, publisher: Any, files: Sequence[Path], adapter: str | None) -> None:
    from producers.publisher import Published

    result = Published()

    def say() -> None:
        screen.answer(published_json(result), lambda console: show_published(console, result))

    try:
        with screen.progress("Publishing") as progress:
            _publish_all(publisher, files, adapter, lambda so_far: progress(so_far.read), result)
            publisher.wait_until_sent(SENDING_SECONDS)
    except HubError:
        if result.read:
            say()
        raise
    say()


def publish_files(
    hub: Any, files: Sequence[Path], agency: str, adapter: str | None, on_batch: Callable[[Any], None], result: Any
) -> None:
    """Publish files of one agency, adding to `result` what became of their records; first see that all can be read."""
    with _publisher_of(hub, agency, None) as publisher:
        _publish_all(publisher, files, adapter, on_batch, result)


def _publish_all(
    publisher: Any, files: Sequence[Path], adapter: str | None, on_batch: Callable[[Any], None], result: Any
) -> None:
    from producers.files import adapter_of, read_records

    for file in files:
        adapter_of(file, adapter)
    for file in files:
        publisher.publish_records(read_records(file, adapter), result, on_batch)


@contextmanager
def _publisher(agency: str | None, credentials: Path | None, spool: Path | None) -> Iterator[Any]:
    """Yield the publisher of an agency: of this hub's home, or of a credentials file where there is no hub."""
    from hub.bootstrap import kafka_broker, open_hub
    from hub.settings import read_settings

    settings = read_settings()
    if (agency is None) == (credentials is None):
        raise UsageError("Say whose records: --agency, or --credentials on the agency's machine.", code="usage")
    if agency is not None:
        with open_hub(settings) as hub, _publisher_of(hub, agency, spool) as publisher:
            yield publisher
    elif credentials is not None:
        if settings.kafka is None:
            raise UsageError("MASH_BROKER is not kafka: an agency's machine publishes to Kafka.", code="bad-setting")
        with _opened(credentials, kafka_broker(settings.kafka).producer(), spool) as publisher:
            yield publisher


@contextmanager
def _publisher_of(hub: Any, agency: str, spool: Path | None) -> Iterator[Any]:
    hub.credentials(agency)
    with _opened(hub.settings.credentials(agency), hub.producer_of(agency), spool, hub.clock) as publisher:
        yield publisher


def _opened(credentials: Path, producer: Any, spool: Path | None, clock: Any = None) -> Any:
    from hub.clock import SystemClock
    from hub.signing.credentials import Credentials
    from producers.publisher import Publisher

    clock = clock or SystemClock()
    if spool is None:
        return Publisher(Credentials.load(credentials), producer, clock)
    return Publisher.open(credentials, producer, spool=spool, clock=clock)


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
