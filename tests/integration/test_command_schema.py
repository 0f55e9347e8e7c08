"""`mash schema`: what is checked in under `docs/contract` is what the contract says now."""

from pathlib import Path

import pytest

from hub.contract.details import DETAILS
from tests.hub_under_test import ROOT, ran_here

CHECKED_IN = ROOT / "docs" / "contract"


def test_the_documents_checked_in_are_not_stale(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ran = ran_here(capsys, ["schema", "--to", str(tmp_path), "--json"])

    written = {file.name: file.read_text() for file in tmp_path.iterdir()}
    checked_in = {file.name: file.read_text() for file in CHECKED_IN.iterdir()}
    assert ran.json == {"folder": str(tmp_path), "files": sorted(written)}
    assert checked_in == written, "run mash schema"


def test_every_type_has_a_document() -> None:
    assert {f"{name}.v1.schema.json" for name in DETAILS} <= {file.name for file in CHECKED_IN.iterdir()}
    assert (CHECKED_IN / "asyncapi.json").exists()
