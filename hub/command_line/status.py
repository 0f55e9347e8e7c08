"""`mash status`: how far behind the hub is, once, live, or as Prometheus metrics. For operators alone."""

import time
from typing import Annotated, Any

import typer
from rich.console import Group
from rich.live import Live
from rich.text import Text

from hub.command_line.options import AsJson
from hub.command_line.output import Screen, table
from hub.errors import RetryableError

EVERY_SECONDS = 1.0


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("status")(status)


def status(
    watch: Annotated[bool, typer.Option("--watch", help="Go on, once a second, until interrupted.")] = False,
    metrics: Annotated[
        int | None, typer.Option(metavar="PORT", min=0, max=65535, help="Serve Prometheus metrics on loopback.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say what waits to be taken in, for how long, and what is kept aside."""
    from hub.bootstrap import open_hub
    from hub.settings import read_settings

    screen = Screen(as_json)
    with open_hub(read_settings()) as hub:
        if metrics is not None:
            _serve(hub, metrics, screen)
        if watch and not as_json:
            _watch(hub, screen)
        _say(hub, screen, patiently=watch or metrics is not None)
        while watch or metrics is not None:
            time.sleep(EVERY_SECONDS)
            if watch:
                _say(hub, screen, patiently=True)


def _say(hub: Any, screen: Screen, *, patiently: bool) -> None:
    """Say the status; patiently, also that broker or database are away, which is when metrics are looked at."""
    try:
        watched = hub.watched()
    except RetryableError as error:
        if not patiently:
            raise
        typer.echo(f"waiting: {error.message}", err=True)
    else:
        screen.answer(status_json(watched), lambda console: console.print(_shown(watched)))


def _serve(hub: Any, port: int, screen: Screen) -> None:
    from hub.metrics import LOOPBACK, WatchCollector, serve_metrics

    port = serve_metrics(port, WatchCollector(hub.watched))
    if not screen.as_json:
        screen.console.print(f"metrics: http://{LOOPBACK}:{port}/metrics")


def _watch(hub: Any, screen: Screen) -> None:
    """Show the status until interrupted; while broker or database are away, say that."""
    with Live(console=screen.console, auto_refresh=False) as live:
        while True:
            try:
                shown: Any = _shown(hub.watched())
            except RetryableError as error:
                shown = Text(error.message, "bold red")
            live.update(shown, refresh=True)
            time.sleep(EVERY_SECONDS)


def status_json(watched: Any) -> dict[str, Any]:
    """Return the documented shape of `mash status --json`."""
    return {
        "at": watched.at.isoformat(),
        "feeds": [
            {"agency": feed.agency, "waiting": feed.waiting, "oldest_seconds": round(feed.oldest_seconds, 1)}
            for feed in watched.feeds
        ],
        "quarantine": dict(sorted(watched.quarantine.items())),
        "behind": dict(sorted(watched.behind.items())),
    }


def _shown(watched: Any) -> Group:
    feeds = [(feed.agency, feed.waiting, _age(feed)) for feed in watched.feeds]
    kept = sum(watched.quarantine.values())
    behind = ", ".join(f"{name} {count}" for name, count in sorted(watched.behind.items()))
    return Group(
        table(None, ("agency", "waiting", "oldest"), feeds),
        Text(f"\nkept aside and not dealt with: {kept}" + ("  (mash quarantine list)" if kept else "")),
        Text(f"recorded and not worked on: {behind}"),
    )


def _age(feed: Any) -> str:
    return f"{feed.oldest_seconds:.0f} s" if feed.waiting else ""
