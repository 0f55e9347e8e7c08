"""`mash publish --watch`: publish what is put into a folder until the process is told to stop.

It may be ended in the middle of anything: what it accepted is on disk, and a file not yet moved is published again at
the next start.
"""

import json
import threading
from pathlib import Path
from typing import Any

import typer

from hub.command_line.output import Screen
from hub.errors import HubError, UsageError


def watch_folder(screen: Screen, publisher: Any, folder: Path, stop: threading.Event) -> None:
    """Watch until told to stop; raises what ended the watching by itself."""
    from producers.watching import Watcher

    if not folder.is_dir():
        raise UsageError("There is no such folder to watch.", code="no-folder", place=str(folder))
    Watcher(folder, publisher, stop, lambda taken: _say(screen, taken), _say_waiting).run()


def _say(screen: Screen, taken: Any) -> None:
    where = f"{taken.file.parent.name}/{taken.file.name}"
    if screen.as_json:
        typer.echo(json.dumps({"file": where, **taken.report()}, ensure_ascii=False))
    else:
        why = f": {taken.unreadable.message}" if taken.unreadable is not None else ""
        typer.echo(f"{where}: published {taken.result.published}, rejected {taken.result.rejected}{why}")


def _say_waiting(error: HubError) -> None:
    typer.echo(f"waiting: {error.message}", err=True)
