"""What every test shares: Hypothesis profiles, the shared sample files, and a count of what really ran on real parts.

On CI a test that needs a real part and is skipped fails the run. Nothing here starts a server: the fixtures that do
stand beside the tests that use them.
"""

import os
from collections import Counter
from collections.abc import Generator
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import settings

pytest_plugins = ["tests.postgres", "tests.workers", "tests.kafka", "tests.hub_under_test", "tests.tlog_go"]

REAL_PARTS = {"postgres": "PostgreSQL", "kafka": "Kafka", "browser": "browser"}
RAN, SKIPPED = "ran on", "skipped on"
TESTS = Path(__file__).resolve().parent
SHARED_DATA = TESTS.parents[1] / "shared" / "data"

pytest.register_assert_rewrite(*(f"tests.{entry.stem}" for entry in TESTS.iterdir() if entry.stem != "conftest"))
settings.register_profile("repeatable", derandomize=True, max_examples=50, deadline=None)
settings.register_profile("thorough", max_examples=2000, deadline=None)
settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of public sample files that stands beside the checkout."""
    if not SHARED_DATA.is_dir():
        pytest.skip("../shared/data is not beside this checkout")
    return SHARED_DATA


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note on each report the real parts that its test ran on or was skipped on; on CI such a skip is a failure."""
    report = yield
    parts = [part for part in REAL_PARTS if item.get_closest_marker(part)]
    skipped = report.skipped and not hasattr(report, "wasxfail")
    if skipped or report.when == "call":
        report.user_properties += [(SKIPPED if skipped else RAN, part) for part in parts]
    if parts and skipped and os.environ.get("CI") == "true":
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"needs {', '.join(REAL_PARTS[part] for part in parts)}, which CI must have. {reason}"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print how many tests really ran on each real part, and how many were skipped."""
    reports = chain.from_iterable(terminalreporter.stats.values())
    counts = Counter(
        note for report in reports if isinstance(report, pytest.TestReport) for note in report.user_properties
    )
    ran = [
        f"{name}: {counts[RAN, part]}" + (f" ({skipped} skipped)" if (skipped := counts[SKIPPED, part]) else "")
        for part, name in REAL_PARTS.items()
    ]
    terminalreporter.write_line(f"ran on {' · '.join(ran)}")
