"""Asks Cedar's own analyser (`cedar symcc` with cvc5) whether all that some rules permit, others permit too."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, get_args

from policies.errors import PolicyError
from policies.tools.classes import FIELDS

_SECONDS: Final = 120
_HELD: Final = re.compile(r"^ {4}(\w+): (.*),$", re.MULTILINE)
_CONTEXT: Final = re.compile(r"^context: \{(.*)\}$", re.MULTILINE)
_FIELD: Final = re.compile(r"(\w+): (\[[^\]]*\]|[^,\[]+)")


class ProverError(PolicyError):
    """The analyser is not there, or did not answer."""


def prover() -> dict[str, str] | None:
    """Return the two programs that a proof needs, None where one is not installed."""
    found = {name: shutil.which(name) for name in ("cedar", "cvc5")}
    return {name: path for name, path in found.items() if path} if all(found.values()) else None


class Analyser:
    """The analyser, with a folder for what it reads; raises `ProverError` where it is not installed."""

    def __init__(self, folder: Path, schema: str) -> None:
        programs = prover()
        if programs is None:
            raise ProverError(
                "Proofs need Cedar's analyser and cvc5: cargo install cedar-policy-cli --features analyze, and cvc5.",
                code="prover-missing",
            )
        self._folder = folder
        (folder / "schema").write_text(schema, "utf-8")
        self._command = [
            programs["cedar"], "symcc", "--principal-type", "Viewer", "--action", 'Action::"see"',
            "--resource-type", "Item", "--schema", str(folder / "schema"), "implies",
            "--policies1", str(folder / "shown"), "--policies2", str(folder / "bound"),
        ]  # fmt: skip
        self._environment = {**os.environ, "CVC5": programs["cvc5"]}

    def implies(self, shown: str, bound: str) -> dict[str, Any] | None:
        """Return None where all that is shown is within bounds, else a case that is not; raises `ProverError`."""
        for name, text in (("shown", shown), ("bound", bound)):
            (self._folder / name).write_text(text, "utf-8")
        try:
            ran = subprocess.run(
                self._command, env=self._environment, capture_output=True, text=True, timeout=_SECONDS, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise ProverError("The analyser did not answer.", code="prover-failed") from error
        first = ran.stdout.partition("\n")[0]
        if first.endswith(": VERIFIED"):
            return None
        if first.endswith(": DOES NOT HOLD"):
            return _case(ran.stdout)
        raise ProverError(f"The analyser failed: {ran.stderr.strip()[:300]}", code="prover-failed")


def _case(output: str) -> dict[str, Any]:
    """Return the fields of a case, their words without the names of their vocabularies."""
    context = _CONTEXT.search(output)
    pairs: Mapping[str, str] = dict([*_FIELD.findall(context.group(1) if context else ""), *_HELD.findall(output)])
    plain = {name: re.sub(r'\w+::"([^"]*)"', r"\1", value).strip() for name, value in pairs.items()}
    return {name: _value(FIELDS[name], text) for name, text in plain.items() if name in FIELDS}


def _value(hint: Any, text: str) -> Any:
    if hint is bool:
        return text == "true"
    if hint is int:
        return int(text)
    if get_args(hint):
        return frozenset(word.strip() for word in text.strip("[]").split(",") if word.strip())
    return text
