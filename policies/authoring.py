"""The door for those who write policies and agreements: what their tools ask of this package.

Rules and scenarios come as texts by file name; None stands for those that are shipped. All raise PolicyError where what
they are given cannot be read.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from policies.agreements.dfe import (
    Agreement,
    AgreementRule,
    disagreements,
    evaluate,
    read_agreement,
    read_agreements,
    read_request,
)
from policies.agreements.names import table
from policies.agreements.reading import read_terms
from policies.agreements.terms import Term
from policies.client import PolicySetVersion, PolicyText, load_policy, shipped_text
from policies.errors import PolicyError, ScenarioError
from policies.gateways import FILE as GATEWAYS
from policies.lines import line_of_field, on_line
from policies.tools.analyser import ProverError
from policies.tools.checking import findings_of, gaps_of, unwaived
from policies.tools.differing import changes, difference
from policies.tools.explaining import explained
from policies.tools.formatting import formatted
from policies.tools.matrix import VIEWERS, matrix_of, page_of, seen_by
from policies.tools.mutating import mutated
from policies.tools.proving import Invariant, proved, read_invariants
from policies.tools.running import run
from policies.tools.scenarios import Scenario, read_case, read_scenarios
from policies.widening import FILE as SHOWS_MORE

__all__ = [
    "PolicyError",
    "Proof",
    "Term",
    "check_policy",
    "compare_policies",
    "evaluate_agreement",
    "explain_case",
    "explain_scenario",
    "format_rules",
    "mutate_rules",
    "policy_changes",
    "policy_matrix",
    "policy_page",
    "proof_of",
    "prove_policy",
    "read_terms",
    "run_scenarios",
    "seen_by_viewer",
    "viewer_kinds",
    "waivers_missing",
    "waivers_of",
]

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Proof:
    """Whether a version was proved, in words for the record, and in sentences what of it does not hold."""

    said: str
    faults: tuple[str, ...] = ()


def evaluate_agreement(agreement: bytes, request: bytes) -> dict[str, object]:
    """Return what one agreement of the DfE form, by itself, says to a request."""
    asked = read_request(request)
    return evaluate(read_agreement(agreement, asked.sourceOrgId), asked).as_json()


def run_scenarios(rules: Texts | None, scenarios: Texts | None = None) -> dict[str, Any]:
    """Return what came of the scenarios, in the shape of `mash policy test --json`."""
    return run(load_policy(_text(rules)), _scenarios(scenarios)).as_json()


def mutate_rules(rules: Texts | None, scenarios: Texts | None = None) -> dict[str, Any]:
    """Return which spoilt rules no scenario notices, in the shape of `mash policy test --mutate --json`."""
    return mutated(load_policy(_text(rules)), _scenarios(scenarios))


def prove_policy(rules: Texts | None, before: Texts | None = None) -> dict[str, Any]:
    """Return what is proved of a policy; raises `PolicyError` with the code `prover-missing` where nothing can be."""
    return proved(load_policy(_text(rules)), _invariants(), None if before is None else load_policy(_text(before)))


def proof_of(text: PolicyText, before: PolicyText | None) -> Proof:
    """Return whether a version is proved, beside the one in force, and what of it does not hold."""
    try:
        answer = proved(load_policy(text), _invariants(), None if before is None else load_policy(before))
    except ProverError as error:
        return Proof("not proved: analyser absent" if error.code == "prover-missing" else "not proved: analyser failed")
    faults = tuple(f"{each['sentence']} {each['told']}" for each in answer["proofs"] if not each["proved"])
    beside = "the version in force" if before else "none in force"
    return Proof("not proved: it does not hold" if faults else f"proved, beside {beside}", faults)


def check_policy(rules: Texts | None, agreements: Mapping[str, bytes]) -> dict[str, Any]:
    """Return what is wrong with rules and agreements, and for which purposes there is no rule."""
    text = _text(rules)
    findings = findings_of(text)
    loads = all(finding["code"] in _OF_RULES_THAT_LOAD for finding in findings)
    for place, agreement in sorted(agreements.items()):
        findings += _of_agreement(place, agreement)
    findings += _between(agreements)
    gaps = gaps_of(load_policy(text)) if loads else []
    return {
        "ok": not findings,
        "files": len(text.rules),
        "findings": findings,
        "purposes_without_rule": gaps,
        "names": table(),
    }


def waivers_missing(policy: PolicySetVersion) -> list[str]:
    """Return where the rules stand that open everything to everybody, and for which no two users answer."""
    return [rule.place for rule in unwaived(policy)]


def waivers_of(policy: PolicySetVersion) -> frozenset[str]:
    """Return the users who answer for a rule of a policy that opens everything."""
    return frozenset(user for rule in policy.rules.values() for user in rule.waived_by)


def explain_scenario(rules: Texts | None, scenarios: Texts | None, name: str) -> dict[str, Any]:
    """Return why a scenario's verdict is what it is, in the shape of `mash policy explain --json`."""
    for scenario in _scenarios(scenarios):
        if scenario.id == name:
            return explained(load_policy(_text(rules)), scenario.request, scenario.facts)
    raise ScenarioError("There is no such scenario.", code="scenario-unknown", place=name)


def explain_case(rules: Texts | None, case: str, place: str) -> dict[str, Any]:
    """Return why the verdict on one case of a file, written as a scenario's is, is what it is."""
    return explained(load_policy(_text(rules)), *read_case(case, place))


def compare_policies(
    before: Texts | None, after: Texts | None, progress: Callable[[int], object] = lambda _: None
) -> dict[str, Any]:
    """Return in which classes two policies decide differently, in the shape of `mash policy diff --json`."""
    return difference(load_policy(_text(before)), load_policy(_text(after)), _scenarios(None), progress)


def format_rules(rules: Texts) -> dict[str, str]:
    """Return each file of rules in the one layout."""
    return {name: formatted(name, text) for name, text in rules.items() if name.endswith(".cedar")}


def policy_matrix(rules: Texts | None) -> dict[str, Any]:
    """Return what rules decide for kinds of viewer, purpose and item."""
    return matrix_of(load_policy(_text(rules)))


def viewer_kinds() -> list[str]:
    """Return the kinds of viewer that a policy is laid out for."""
    return list(VIEWERS)


@lru_cache(maxsize=64)
def seen_by_viewer(text: PolicyText, viewer: str) -> dict[str, Any]:
    """Return what one kind of viewer sees, by purpose and kind of item, under a version's text."""
    return seen_by(load_policy(text), viewer)


def policy_changes(before: PolicyText, after: PolicyText) -> dict[str, Any]:
    """Return which rules, lawful bases and other parts differ between the texts of two versions."""
    return changes(load_policy(before), load_policy(after))


def policy_page(matrix: Mapping[str, Any]) -> str:
    """Return a matrix as a page of HTML."""
    return page_of(matrix)


_OF_RULES_THAT_LOAD = frozenset(
    {"not-examined", "permits-everything", "never-applies", "contradicted", "never-decides"}
)


def _of_agreement(place: str, agreement: bytes) -> list[dict[str, str]]:
    try:
        read = read_agreements(agreement)
    except PolicyError:
        return _of_terms(place, agreement)
    found = [
        {
            "code": "exceptions-disagree",
            "place": _in_file(place, agreement, f"{name}.exceptions.{each.other}".lstrip(".")),
            "message": f"Exceptions {each.one + 1} and {each.other + 1} could both match a request, and disagree.",
        }
        for name, one in read.items()
        for each in disagreements(one.exceptions)
    ]
    return found or _of_terms(place, agreement)


def _between(agreements: Mapping[str, bytes]) -> list[dict[str, str]]:
    """Return the exceptions that disagree where one organisation wrote several agreements, in whichever files."""
    written: dict[str, list[tuple[str, str, int, AgreementRule]]] = {}
    for file, text in sorted(agreements.items()):
        for name, one in _readable(text).items():
            rules = written.setdefault((one.sourceOrgId or name).casefold(), [])
            rules += [(file, name, number, rule) for number, rule in enumerate(one.exceptions)]
    found = []
    for source, rules in written.items():
        for each in disagreements([rule for *_, rule in rules]) if source else ():
            (first, within, number, _), (file, name, again, _) = rules[each.one], rules[each.other]
            if (first, within) == (file, name):
                continue
            field = f"{name}.exceptions.{again}".lstrip(".")
            elsewhere = _in_file(first, agreements[first], f"{within}.exceptions.{number}".lstrip("."))
            found.append(
                {
                    "code": "exceptions-disagree",
                    "place": _in_file(file, agreements[file], field),
                    "message": f"It and {elsewhere} could both match a request, and disagree.",
                }
            )
    return found


def _readable(text: bytes) -> Mapping[str, Agreement]:
    try:
        return read_agreements(text)
    except PolicyError:
        return {}


def _in_file(file: str, text: bytes, field: str) -> str:
    return f"{on_line(file, line_of_field(text.decode(), field))}: {field}"


def _of_terms(place: str, agreement: bytes) -> list[dict[str, str]]:
    try:
        read_terms(agreement)
    except PolicyError as error:
        where = f"{place}, {error.place}" if error.place else place
        return [{"code": error.code, "place": where, "message": error.message}]
    return []


def _invariants() -> list[Invariant]:
    shipped = (files("policies") / "invariants").iterdir()
    return read_invariants({file.name: file.read_text("utf-8") for file in shipped if file.name.endswith(".cedar")})


def _text(rules: Texts | None) -> PolicyText:
    """Return the policy of files by name; a schema or a table of gateways that is not there is the shipped one."""
    if rules is None:
        return shipped_text()
    schema = next((text for name, text in sorted(rules.items()) if name.endswith(".cedarschema")), None)
    return PolicyText(
        {name: text for name, text in rules.items() if name.endswith(".cedar")},
        schema or shipped_text().schema,
        gateways=rules.get(GATEWAYS) or shipped_text().gateways,
        shows_more=rules.get(SHOWS_MORE, ""),
    )


def _scenarios(texts: Texts | None) -> list[Scenario]:
    if texts is None:
        shipped = (files("policies") / "scenarios").iterdir()
        texts = {file.name: file.read_text("utf-8") for file in shipped if file.name.endswith(".yaml")}
    return read_scenarios(texts)
