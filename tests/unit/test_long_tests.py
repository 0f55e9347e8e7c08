"""What `make torture` runs is not run here, but it is found and can begin."""

import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]


def test_the_long_tests_can_begin() -> None:
    collect = [sys.executable, "-m", "pytest", "--collect-only", "--quiet", "tests/torture"]
    found = subprocess.run(collect, cwd=CHECKOUT, capture_output=True, text=True, check=False)

    assert found.returncode == 0, found.stdout
    assert "test_long_storm.py::" in found.stdout
