"""Print for people or, with `--json`, for programs; turn every error into one line and an exit status."""

import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import typer
from rich.console import Console, ConsoleOptions, RenderResult
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from hub.errors import HubError

_PAGE_COLUMNS = 132
_READABLE = 24
_LISTED_FROM = 4


@dataclass(slots=True)
class Screen:
    """Where output goes and in which form."""

    as_json: bool = False

    @property
    def console(self) -> Console:
        """The console for people: as wide as the terminal or `COLUMNS` says, or as a page for what goes elsewhere."""
        told = sys.stdout.isatty() or os.environ.get("COLUMNS", "").isdecimal()
        return Console(highlight=False, width=None if told else _PAGE_COLUMNS)

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


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows under columns where the page is wide enough, and where it is not a list: an id is never broken in two."""

    title: str | None
    columns: Sequence[str]
    cells: Sequence[Sequence[Text]]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Render as a table, or as a list where whole words and readable text would not stand side by side."""
        if self._needed() <= options.max_width or len(self.columns) < _LISTED_FROM:
            yield self._table()
            return
        if self.title:
            yield Text(self.title)
        for row in self.cells:
            named = zip(self.columns, row, strict=True)
            yield from (Text.assemble(f"{column}: ", cell) for column, cell in named if cell.plain)
            yield Text("")

    def _needed(self) -> int:
        return sum(_needed(name, cells) for name, cells in self._by_column()) + 2 * len(self.columns)

    def _by_column(self) -> Iterable[tuple[str, list[Text]]]:
        return ((name, [row[number] for row in self.cells]) for number, name in enumerate(self.columns))

    def _table(self) -> Table:
        made = Table(title=self.title, title_justify="left", box=None, pad_edge=False, header_style="bold")
        for name, cells in self._by_column():
            made.add_column(name, overflow="fold", no_wrap=all(map(_is_one_word, cells)))
        for row in self.cells:
            made.add_row(*row)
        return made


def table(title: str | None, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Rows:
    """Return rows of plain text; nothing in a cell is taken for markup."""
    return Rows(title, columns, [[_cell(each) for each in row] for row in rows])


def show_table(console: Console, columns: Sequence[str], rows: Sequence[Sequence[object]], empty: str) -> None:
    """Print rows, or the sentence that says that there are none."""
    console.print(table(None, columns, rows) if rows else empty)


def show_pairs(console: Console, pairs: Iterable[tuple[str, object]]) -> None:
    """Print names and values, a line each however narrow the page, so that each can be copied whole."""
    told = [(name, _cell(value)) for name, value in pairs]
    widest = max((len(name) for name, _ in told), default=0)
    for name, value in told:
        console.print(Text.assemble(f"{name:{widest}}  ", value), soft_wrap=True)


def _cell(value: object) -> Text:
    return value if isinstance(value, Text) else Text("" if value is None else str(value))


def _is_one_word(cell: Text) -> bool:
    return " " not in cell.plain and "\n" not in cell.plain


def _needed(name: str, cells: Sequence[Text]) -> int:
    """Return how wide a column must be: whole where it holds single words, readable where it holds text."""
    widest = max((cell.cell_len for cell in cells), default=0)
    return max(len(name), widest if all(map(_is_one_word, cells)) else min(widest, _READABLE))


def say_waiting(error: HubError, seconds: float) -> None:
    """Say on standard error that something is away, and for how long it is waited for, if it is."""
    typer.echo(f"waiting {seconds:.1f} s: {error.message}" if seconds else error.message, err=True)
