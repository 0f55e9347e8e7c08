"""The shelf decides by a version only while its text has the hash that names it."""

import json
import os
from pathlib import Path

import pytest

from hub.application.policy_files import write_policy
from policies.client import DecisionUnavailableError, PolicyText, PolicyVersion, Shelf
from policies.service.folder import FolderTexts
from tests.policies_examples import SCHEMA, HeldTexts, permit, policy_of, shipped


def refusal(shelf: Shelf, version: PolicyVersion) -> str:
    with pytest.raises(DecisionUnavailableError) as refused:
        shelf.policy(version)
    assert not shelf.decides_by(version)
    return refused.value.code


def test_a_version_is_loaded_once() -> None:
    shelf = Shelf(HeldTexts(shipped().text))
    assert shelf.policy(shipped().version) is shelf.policy(shipped().version)
    assert shelf.verified() == [shipped().version]


def test_a_text_under_another_hash_is_refused() -> None:
    wanted = "a" * 64
    assert refusal(Shelf(HeldTexts(**{wanted: shipped().text})), PolicyVersion(wanted)) == "policy-version-altered"


def test_a_text_that_does_not_load_is_refused_whatever_its_hash() -> None:
    text = PolicyText({"a.cedar": "permit (principal"}, SCHEMA)
    assert refusal(Shelf(HeldTexts(text)), text.version()) == "policy-version-unusable"


def test_the_one_asked_for_longest_ago_makes_room() -> None:
    policies = [policy_of(permit(name, "see")) for name in ("a", "b", "c")]
    texts = HeldTexts(*(policy.text for policy in policies))
    shelf = Shelf(texts, kept=2)
    first, second, third = (policy.version for policy in policies)
    for version in (first, second, first, third, first, second):
        shelf.policy(version)
    assert texts.asked_for == [first, second, third, second]


class TestAFolder:
    @pytest.fixture
    def file(self, tmp_path: Path) -> Path:
        return write_policy(tmp_path, shipped().version, shipped().text)

    def test_it_holds_what_was_exported(self, file: Path) -> None:
        assert Shelf(FolderTexts(file.parent)).verified() == [shipped().version]

    def test_a_file_that_was_changed_while_in_use_decides_nothing_any_more(self, file: Path) -> None:
        shelf = Shelf(FolderTexts(file.parent))
        shelf.policy(shipped().version)
        record = json.loads(file.read_text())
        record["rules"]["mash.cedar"] += " "
        file.write_text(json.dumps(record))
        assert refusal(shelf, shipped().version) == "policy-version-altered"

    def test_it_decides_again_once_the_file_is_put_right(self, file: Path) -> None:
        shelf, right = Shelf(FolderTexts(file.parent)), file.read_text()
        file.write_text("{")
        assert refusal(shelf, shipped().version) == "policy-version-unusable"
        file.write_text(right)
        assert shelf.decides_by(shipped().version)

    @pytest.mark.parametrize("content", ["{", "[" * 100_000, "[]", '{"rules": {}}', "\udcff", ""])
    def test_rubbish_decides_nothing(self, file: Path, content: str) -> None:
        file.write_bytes(os.fsencode(content))
        assert refusal(Shelf(FolderTexts(file.parent)), shipped().version) == "policy-version-unusable"

    def test_a_file_that_went_away_decides_nothing(self, file: Path) -> None:
        shelf = Shelf(FolderTexts(file.parent))
        shelf.policy(shipped().version)
        file.unlink()
        assert refusal(shelf, shipped().version) == "policy-version-unknown"
        assert not shelf.decides()
