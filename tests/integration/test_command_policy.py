"""`mash policy agreement evaluate`: one agreement, one request, no hub."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from hub.settings import NAMES
from tests.hub_under_test import Ran, ran_as_process, ran_here
from tests.unit.test_agreements_dfe import ASKED, rule

Offline = Callable[..., Ran]


def files(folder: Path, agreement: object) -> tuple[str, str]:
    (folder / "agreement.json").write_text(json.dumps(agreement))
    (folder / "request.json").write_text(json.dumps(ASKED))
    return str(folder / "agreement.json"), str(folder / "request.json")


def test_it_answers_for_programs_and_for_people(tmp_path: Path) -> None:
    agreement, request = files(tmp_path, {"defaults": [rule(reason="Signed in May.")]})
    ran = ran_as_process({}, "policy", "agreement", "evaluate", agreement, "--request", request, "--json")
    assert ran.status == 0
    assert ran.json == {
        "effect": "allow", "rule": "default", "reason": "Signed in May.", "validFrom": None, "validUntil": None
    }  # fmt: skip
    read = ran_as_process({}, "policy", "agreement", "evaluate", agreement, "--request", request)
    assert read.out == "allow by default: Signed in May.\n"


def test_exceptions_that_disagree_are_an_error_on_one_line(tmp_path: Path) -> None:
    agreement, request = files(tmp_path, {"exceptions": [rule("deny"), rule("allow")]})
    ran = ran_as_process({}, "policy", "agreement", "evaluate", agreement, "--request", request)
    assert ran.status == 1
    assert "exceptions-disagree" in ran.err
    assert ran.err.count("\n") == 1


def test_a_file_that_is_not_there_is_bad_usage(tmp_path: Path) -> None:
    agreement, _ = files(tmp_path, {})
    ran = ran_as_process({}, "policy", "agreement", "evaluate", agreement, "--request", str(tmp_path / "none"))
    assert ran.status == 2


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Offline:
    """The command in this process, without a hub."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    return lambda *arguments: ran_here(capsys, arguments)


def test_the_shipped_scenarios_hold_and_exercise_every_rule(offline: Offline) -> None:
    ran = offline("policy", "test", "--json")
    assert ran.status == 0
    assert ran.json["failed"] == 0
    assert ran.json["failures"] == []
    assert ran.json["rules_exercised"] == ran.json["rules"]


def test_a_rule_that_is_dropped_fails_a_scenario(tmp_path: Path, offline: Offline) -> None:
    shipped = Path(__file__).resolve().parents[2] / "policies" / "rules"
    for file in shipped.glob("*.cedar"):
        if file.name != "schools.cedar":
            (tmp_path / file.name).write_text(file.read_text())
    ran = offline("policy", "test", "--rules", str(tmp_path))
    assert ran.status == 1
    assert "encompass-pupil-on-roll (row 5): Operation Encompass" in ran.out


def test_a_folder_without_rules_is_bad_usage(tmp_path: Path, offline: Offline) -> None:
    ran = offline("policy", "test", "--rules", str(tmp_path))
    assert ran.status == 2


def own_rules(tmp_path: Path) -> Path:
    rules = tmp_path / "rules"
    rules.mkdir()
    for file in (Path(__file__).resolve().parents[2] / "policies" / "rules").glob("*.cedar"):
        (rules / file.name).write_text(file.read_text())
    return rules


def test_a_draft_is_checked_compared_and_laid_out(tmp_path: Path, offline: Offline) -> None:
    rules = own_rules(tmp_path)
    draft = (rules / "schools.cedar").read_text()
    (rules / "schools.cedar").write_text(draft.replace("resource.involved &&", "resource.involved  &&", 1))
    assert offline("policy", "format", str(rules), "--check").status == 1
    assert offline("policy", "format", str(rules)).out == "schools.cedar\n"
    assert (rules / "schools.cedar").read_text() == draft
    (rules / "schools.cedar").write_text(draft.replace("resource.involved &&", "", 1))
    told = offline("policy", "diff", str(rules))
    assert "encompass: changed" in told.out
    assert "PERMIT to DENY" in told.out
    (rules / "schools.cedar").write_text("permit (")
    checked = offline("policy", "check", "--rules", str(rules))
    assert checked.status == 1
    assert "rule-malformed" in checked.out


def test_a_case_is_explained_and_the_matrix_written(tmp_path: Path, offline: Offline) -> None:
    case, page = tmp_path / "case.yaml", tmp_path / "matrix.html"
    case.write_text("viewer: {kind: mash, roles: [mash-analyst]}\npurpose: s47\n")
    told = offline("policy", "explain", str(case))
    assert told.status == 0
    assert "mash-sees-for-a-stated-purpose" in told.out
    assert offline("policy", "explain").status == 2
    assert offline("policy", "explain", "--scenario", "no-such").status == 1
    laid_out = offline("policy", "matrix", "--html", str(page))
    assert "MASH analyst" in laid_out.out
    assert page.read_text().startswith("<!doctype html>")
