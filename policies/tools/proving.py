"""Asks Cedar's own analyser (`cedar symcc` with cvc5, where installed) what holds of every request and item there is.

Proved are the invariants, that a purpose's slice leaves out no rule that could apply, and that a draft shows no more
than the version in force. What is shown of a facet is put as Cedar: `see` rules permit it, `withhold` rules forbid it.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import cedarpy

from policies.engine import Action
from policies.errors import PolicyError, PolicyLoadError
from policies.model import ALL_FACETS, PURPOSES, Facet
from policies.ruleset import LoadedRule, PolicySetVersion
from policies.slices import can_apply

ANYTHING: Final = "anything"
_SECONDS: Final = 120
_ALL: Final = {"op": "All"}
_ALWAYS: Final = '@id("always") permit (principal, action, resource);\n'
_HELD: Final = re.compile(r"^ {4}(\w+): (.*),$", re.MULTILINE)
_CONTEXT: Final = re.compile(r"^context: \{(.*)\}$", re.MULTILINE)
_FIELD: Final = re.compile(r"(\w+): (\[[^\]]*\]|[^,\[]+)")


class ProverError(PolicyError):
    """The analyser is not there, or did not answer."""


@dataclass(frozen=True, slots=True)
class Invariant:
    """What must never be shown: a forbid, of some facets or of anything."""

    id: str
    authority: str
    sentence: str
    of: tuple[str, ...]
    text: str


def prover() -> dict[str, str] | None:
    """Return the two programs that a proof needs, None where one is not installed."""
    found = {name: shutil.which(name) for name in ("cedar", "cvc5")}
    return {name: path for name, path in found.items() if path} if all(found.values()) else None


def read_invariants(texts: Mapping[str, str]) -> list[Invariant]:
    """Return the invariants of files by name; raises `PolicyLoadError` naming the file."""
    return [invariant for file in sorted(texts) for invariant in _of_file(file, texts[file])]


def _of_file(file: str, text: str) -> Iterator[Invariant]:
    try:
        parsed = json.loads(cedarpy.policies_to_json_str(text))["staticPolicies"]
    except ValueError as error:
        fault = f"An invariant cannot be read: {error}"
        raise PolicyLoadError(fault, code="invariant-malformed", place=file) from error
    for policy in parsed.values():
        notes = policy.get("annotations", {})
        of = tuple(str(notes.get("of", "")).split())
        known = of == (ANYTHING,) or (of and set(of) <= {facet.value for facet in Facet})
        if not {"id", "authority", "sentence"} <= notes.keys() or not known or policy["effect"] != "forbid":
            fault = "An invariant is a forbid with @id @authority @sentence and @of: anything, or facets."
            raise PolicyLoadError(fault, code="invariant-malformed", place=f"{file}: {notes.get('id', '?')}")
        yield Invariant(notes["id"], notes["authority"], notes["sentence"], of, _text({"forbid": policy}))


def proved(
    policy: PolicySetVersion, invariants: Sequence[Invariant], before: PolicySetVersion | None = None
) -> dict[str, Any]:
    """Return the documented shape of `mash policy prove --json`; raises `ProverError` where nothing can be proved."""
    programs = prover()
    if programs is None:
        raise ProverError(
            "Proofs need Cedar's analyser and cvc5: cargo install cedar-policy-cli --features analyze, and cvc5.",
            code="prover-missing",
        )
    proofs = []
    with TemporaryDirectory() as folder:
        asked = _Asked(programs, Path(folder), policy.text.schema)
        for kind, name, sentence, shown, bound in _questions(policy, invariants, before):
            example = asked.implies(shown, bound)
            proofs.append(
                {"kind": kind, "name": name, "sentence": sentence, "proved": example is None, "counterexample": example}
            )
    return {"version": policy.version, "proved": all(each["proved"] for each in proofs), "proofs": proofs}


Question = tuple[str, str, str, str, str]


def _questions(
    policy: PolicySetVersion, invariants: Sequence[Invariant], before: PolicySetVersion | None
) -> Iterator[Question]:
    for each in invariants:
        for of in each.of:
            yield "invariant", f"{each.id} ({of})", each.sentence, _shown(policy, of), _ALWAYS + each.text
    for purpose in PURPOSES:
        out = [rule for rule in policy.rules.values() if not can_apply({"conditions": rule.conditions}, purpose)]
        never = (
            f'@id("never") forbid (principal, action, resource) when {{ context.purpose == Purpose::"{purpose}" }};\n'
        )
        sentence = f"No rule that is left out for {purpose} can apply to it."
        yield "slice", purpose, sentence, _text(_as(out, "permit")), _ALWAYS + never
    for of in (ANYTHING, *sorted(ALL_FACETS)) if before else ():
        sentence = f"Of {of}, the draft shows no more than the version in force."
        yield "no-more", str(of), sentence, _shown(policy, of), _shown(before or policy, of)


def _shown(policy: PolicySetVersion, of: str) -> str:
    """Return as Cedar what is shown of a facet, or for `anything` all that is not as if absent."""
    rules = policy.rules.values()
    if of == ANYTHING:
        gives = [rule for rule in rules if rule.action in {Action.SEE, Action.ASK, Action.EXIST}]
        takes = [rule for rule in rules if rule.action is None]
    else:
        gives = [rule for rule in rules if rule.action is Action.SEE and of in rule.facets]
        takes = [
            rule for rule in rules if rule.action is None or (rule.action is Action.WITHHOLD and of in rule.facets)
        ]
    return _text(_as(gives, "permit") | _as(takes, "forbid"))


def _as(rules: Iterable[LoadedRule], effect: str) -> dict[str, Any]:
    head = {"effect": effect, "principal": _ALL, "action": _ALL, "resource": _ALL}
    return {rule.rule.id: {**head, "conditions": list(rule.conditions)} for rule in rules}


def _text(policies: Mapping[str, Any]) -> str:
    return cedarpy.policies_from_json_str(
        json.dumps({"templates": {}, "staticPolicies": dict(policies), "templateLinks": []})
    )


class _Asked:
    """The analyser, with a folder for what it reads."""

    def __init__(self, programs: Mapping[str, str], folder: Path, schema: str) -> None:
        self._folder = folder
        (folder / "schema").write_text(schema, "utf-8")
        self._command = [
            programs["cedar"], "symcc", "--principal-type", "Viewer", "--action", 'Action::"see"',
            "--resource-type", "Item", "--schema", str(folder / "schema"), "implies",
            "--policies1", str(folder / "shown"), "--policies2", str(folder / "bound"),
        ]  # fmt: skip
        self._environment = {**os.environ, "CVC5": programs["cvc5"]}

    def implies(self, shown: str, bound: str) -> dict[str, str] | None:
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


def _case(output: str) -> dict[str, str]:
    """Return a counterexample's fields in words, without the names of their vocabularies."""
    context = _CONTEXT.search(output)
    pairs = [*_FIELD.findall(context.group(1) if context else ""), *_HELD.findall(output)]
    return {name: re.sub(r'\w+::"([^"]*)"', r"\1", value) for name, value in pairs}
