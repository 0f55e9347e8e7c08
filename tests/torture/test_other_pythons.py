"""A decision taken again by another minor version of Python gives the same bytes."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hub_under_test import ROOT, clean_environment
from tests.scenarios.test_golden_records import told_of

MINORS = [minor for minor in range(11, 15) if minor != sys.version_info.minor]
_RUN = "from tests.scenarios.test_golden_records import told_of; print(told_of())"


@pytest.mark.parametrize("minor", MINORS)
def test_a_replay_gives_the_same_bytes(minor: int, tmp_path: Path) -> None:
    python = _python(minor)
    if python is None:
        pytest.skip(f"Python 3.{minor} is not on this machine")
    there, environment = tmp_path / "venv", clean_environment({"PIP_DISABLE_PIP_VERSION_CHECK": "1"})
    pinned = [f"--requirement={ROOT / name}" for name in ("constraints.txt", "constraints-dev.txt")]
    for command in (
        [python, "-m", "venv", str(there)],
        [str(there / "bin" / "pip"), "install", "--quiet", "--no-deps", "--require-hashes", *pinned],
    ):
        subprocess.run(command, env=environment, check=True)

    ran = subprocess.run(
        [str(there / "bin" / "python"), "-c", _RUN],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )

    assert ran.stdout.strip() == told_of()


def _python(minor: int) -> str | None:
    """Return a Python of a minor version: on the path, or kept by pyenv."""
    name = f"python3.{minor}"
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    kept = sorted(root.glob(f"versions/3.{minor}.*/bin/{name}"))
    return str(kept[-1]) if kept else shutil.which(name)
