"""Go's own `golang.org/x/mod/sumdb` as a judge of what we make: built once a session from `tests/interop/tlog`."""

import base64
import json
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

SOURCE = Path(__file__).resolve().parent / "interop" / "tlog"


def b64(value: bytes) -> str:
    return base64.b64encode(value).decode()


@dataclass(frozen=True)
class GoTlog:
    """The built program."""

    program: Path

    def judge(self, cases: Sequence[dict[str, Any]]) -> list[str]:
        """Return what it says of each case: `ok`, or why not."""
        given = "".join(f"{json.dumps(case)}\n" for case in cases)
        ran = subprocess.run([self.program], input=given, capture_output=True, text=True, check=True)
        return ran.stdout.splitlines()

    def accepts(self, cases: Sequence[dict[str, Any]]) -> None:
        """Fail unless it accepts every case."""
        said = self.judge(cases)
        assert [(case, why) for case, why in zip(cases, said, strict=True) if why != "ok"] == []
        assert cases


@pytest.fixture(scope="session")
def go_tlog(tmp_path_factory: pytest.TempPathFactory) -> GoTlog:
    """Go's checker, built."""
    go = shutil.which("go")
    if go is None:
        pytest.fail("Go 1.26 is missing, which builds tests/interop/tlog: install it from https://go.dev/dl")
    program = tmp_path_factory.mktemp("go") / "tlog"
    built = subprocess.run([go, "build", "-o", program, "."], cwd=SOURCE, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    return GoTlog(program)
