"""What a policy author's commands do: read files, ask the policies' own tools, and say errors as the hub says them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hub.errors import RefusedError, UsageError
from policies.authoring import PolicyError, evaluate_agreement, run_scenarios

_MAX_BYTES = 10_000_000


def evaluated(agreement: Path, request: Path) -> dict[str, object]:
    """Return what an agreement's file says to a request's file; raises `UsageError` or `RefusedError`."""
    with _said():
        return evaluate_agreement(_read(agreement), _read(request))


def scenarios_run(rules: Path | None, scenarios: Path | None) -> dict[str, Any]:
    """Return what came of scenarios under some rules; raises `UsageError` or `RefusedError`."""
    with _said():
        return run_scenarios(_folder(rules, ".cedar", ".cedarschema"), _folder(scenarios, ".yaml"))


def _folder(path: Path | None, *endings: str) -> dict[str, str] | None:
    """Return the files of a folder that end so, by name; None where no folder is named and the shipped ones serve."""
    if path is None:
        return None
    try:
        names = sorted(file for file in path.iterdir() if file.name.endswith(endings))
    except OSError as error:
        raise UsageError(f"The folder cannot be read: {error.strerror}.", code="unreadable", place=str(path)) from error
    if not names:
        raise UsageError(f"There is no {endings[0]} file here.", code="nothing-to-read", place=str(path))
    return {file.name: _text(file) for file in names}


def _text(path: Path) -> str:
    try:
        return _read(path).decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError("The file is not UTF-8.", code="unreadable", place=str(path)) from error


@contextmanager
def _said() -> Iterator[None]:
    try:
        yield
    except PolicyError as error:
        raise RefusedError(error.message, code=error.code, place=error.place) from error


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            text = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(f"The file cannot be read: {error.strerror}.", code="unreadable", place=str(path)) from error
    if len(text) > _MAX_BYTES:
        raise UsageError("The file is larger than 10 MB.", code="too-large", place=str(path))
    return text
