"""What a policy author's commands do: read files, ask the policies' own tools, and say errors as the hub says them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hub.errors import RefusedError, UsageError
from policies.authoring import (
    PolicyError,
    check_policy,
    compare_policies,
    evaluate_agreement,
    explain_case,
    explain_scenario,
    format_rules,
    mutate_rules,
    policy_matrix,
    policy_page,
    prove_policy,
    run_scenarios,
)

_MAX_BYTES = 10_000_000


def evaluated(agreement: Path, request: Path) -> dict[str, object]:
    """Return what an agreement's file says to a request's file; raises `UsageError` or `RefusedError`."""
    with said():
        return evaluate_agreement(read_file(agreement), read_file(request))


def scenarios_run(rules: Path | None, scenarios: Path | None) -> dict[str, Any]:
    """Return what came of scenarios under some rules; raises `UsageError` or `RefusedError`."""
    with said():
        return run_scenarios(_rules(rules), _folder(scenarios, ".yaml"))


def rules_mutated(rules: Path | None, scenarios: Path | None) -> dict[str, Any]:
    """Return which spoilt rules no scenario notices; raises `UsageError` or `RefusedError`."""
    with said():
        return mutate_rules(_rules(rules), _folder(scenarios, ".yaml"))


def policy_proved(rules: Path | None, before: Path | None) -> dict[str, Any]:
    """Return what is proved of some rules; raises `UsageError` or `RefusedError`."""
    with said():
        return prove_policy(_rules(rules), _rules(before))


def checked(rules: Path | None, agreements: Sequence[Path]) -> dict[str, Any]:
    """Return what is wrong with rules and agreements; raises `UsageError` or `RefusedError`."""
    with said():
        return check_policy(_rules(rules), {str(path): read_file(path) for path in agreements})


def scenario_explained(rules: Path | None, scenarios: Path | None, name: str) -> dict[str, Any]:
    """Return why a scenario's verdict is what it is; raises `UsageError` or `RefusedError`."""
    with said():
        return explain_scenario(_rules(rules), _folder(scenarios, ".yaml"), name)


def case_explained(rules: Path | None, case: Path) -> dict[str, Any]:
    """Return why the verdict on a file's case is what it is; raises `UsageError` or `RefusedError`."""
    with said():
        return explain_case(_rules(rules), _text(case), str(case))


def compared(before: Path | None, after: Path | None, progress: Callable[[int], object]) -> dict[str, Any]:
    """Return in which classes two policies decide differently; raises `UsageError` or `RefusedError`."""
    with said():
        return compare_policies(_rules(before), _rules(after), progress)


def reformatted(rules: Path, *, write: bool) -> list[str]:
    """Return the files that are not in the one layout, and put them into it if asked; raises as the others do."""
    texts = _folder(rules, ".cedar") or {}
    with said():
        found = {name: text for name, text in format_rules(texts).items() if text != texts[name]}
    for name, text in found.items() if write else ():
        (rules / name).write_text(text, encoding="utf-8")
    return sorted(found)


def laid_out(rules: Path | None, page: Path | None) -> dict[str, Any]:
    """Return what rules decide by kinds, and write it as a page if asked; raises `UsageError` or `RefusedError`."""
    with said():
        matrix = policy_matrix(_rules(rules))
    if page is not None:
        try:
            page.write_text(policy_page(matrix), encoding="utf-8")
        except OSError as error:
            fault = f"The page cannot be written: {error.strerror}."
            raise UsageError(fault, code="unwritable", place=str(page)) from error
    return matrix


def _rules(path: Path | None) -> dict[str, str] | None:
    return _folder(path, ".cedar", ".cedarschema", "gateways.yaml", "shows-more.yaml")


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
        return read_file(path).decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError("The file is not UTF-8.", code="unreadable", place=str(path)) from error


@contextmanager
def said() -> Iterator[None]:
    """Raise what the policies cannot read as a refusal of the hub's, with its code and place."""
    try:
        yield
    except PolicyError as error:
        raise RefusedError(error.message, code=error.code, place=error.place) from error


def read_file(path: Path) -> bytes:
    """Return what a file of at most 10 MB holds; raises `UsageError`."""
    try:
        with path.open("rb") as file:
            text = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(f"The file cannot be read: {error.strerror}.", code="unreadable", place=str(path)) from error
    if len(text) > _MAX_BYTES:
        raise UsageError("The file is larger than 10 MB.", code="too-large", place=str(path))
    return text
