"""What a policy author's commands do: read files, ask the policies' own tools, and say errors as the hub says them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hub.errors import RefusedError, UsageError
from policies.authoring import PolicyError, evaluate_agreement

_MAX_BYTES = 10_000_000


def evaluated(agreement: Path, request: Path) -> dict[str, object]:
    """Return what an agreement's file says to a request's file; raises `UsageError` or `RefusedError`."""
    with _said():
        return evaluate_agreement(_read(agreement), _read(request))


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
