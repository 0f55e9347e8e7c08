"""`mash publish --watch`: publish what is put into a folder until the process is told to stop.

The work is done by a thread that may be left in the middle of anything: what it accepted is on disk, and a file not yet
moved is published again at the next start. So the command ends in time even where the broker does not answer.
"""

import json
import signal
import threading
from pathlib import Path
from typing import Any

import typer

from hub.command_line.output import Screen
from hub.errors import HubError, UsageError

STOP_SECONDS = 3.0


def watch_folder(screen: Screen, publisher: Any, folder: Path) -> None:
    """Watch until SIGTERM or SIGINT; raises what ended the watching by itself."""
    from producers.watching import Watcher

    if not folder.is_dir():
        raise UsageError("There is no such folder to watch.", code="no-folder", place=str(folder))
    stop, ended, failed = threading.Event(), threading.Event(), list[HubError | OSError]()
    watcher = Watcher(folder, publisher, stop, lambda taken: _say(screen, taken), _say_waiting)

    def work() -> None:
        try:
            watcher.run()
        except (HubError, OSError) as error:
            failed.append(error)
        finally:
            ended.set()

    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: stop.set())
    threading.Thread(target=work, name="mash-watch", daemon=True).start()
    while not stop.wait(0.2) and not ended.is_set():
        pass
    ended.wait(STOP_SECONDS)
    if failed:
        raise failed[0]


def _say(screen: Screen, taken: Any) -> None:
    where = f"{taken.file.parent.name}/{taken.file.name}"
    if screen.as_json:
        typer.echo(json.dumps({"file": where, **taken.report()}, ensure_ascii=False))
    else:
        why = f": {taken.unreadable.message}" if taken.unreadable is not None else ""
        typer.echo(f"{where}: published {taken.result.published}, rejected {taken.result.rejected}{why}")


def _say_waiting(error: HubError) -> None:
    typer.echo(f"waiting: {error.message}", err=True)
