"""Print for people or, with `--json`, for programs; turn every error into one line and an exit status."""

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from hub.errors import HubError

_PAGE_COLUMNS = 132


@dataclass(slots=True)
class Screen:
    """Where output goes and in which form."""

    as_json: bool = False

    @property
    def console(self) -> Console:
        """The console for people: as wide as the terminal, or as a page where the output goes elsewhere."""
        return Console(highlight=False, width=None if sys.stdout.isatty() else _PAGE_COLUMNS)

    def answer(self, value: Mapping[str, Any], show: Callable[[Console], None]) -> None:
        """Print `value` as JSON, or let `show` print it for people."""
        if self.as_json:
            sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")
        else:
            show(self.console)

    def fail(self, error: HubError) -> None:
        """Print an error on standard error, one line for people, or as JSON."""
        if self.as_json:
            body = {"error": {"code": error.code, "message": error.message, "place": error.place}}
            sys.stderr.write(json.dumps(body, ensure_ascii=False) + "\n")
            return
        place = f" ({error.place})" if error.place else ""
        line = Text.assemble(("error: ", "bold red"), " ".join(f"{error.message}{place}".split()), f"  [{error.code}]")
        Console(stderr=True, highlight=False, soft_wrap=True).print(line)

    @contextmanager
    def progress(self, title: str, total: int | None = None) -> Any:
        """Show progress on a terminal; yields a function that takes how much is done, and does nothing elsewhere."""
        if self.as_json or not sys.stderr.isatty():
            yield lambda _: None
            return
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(title, total=total)
            yield lambda done: bar.update(task, completed=done)


def table(title: str | None, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    """Return a table of plain text; nothing in a cell is taken for markup."""
    made = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for column in columns:
        made.add_column(column, overflow="fold")
    for row in rows:
        made.add_row(*(cell if isinstance(cell, Text) else Text("" if cell is None else str(cell)) for cell in row))
    return made
