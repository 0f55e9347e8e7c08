"""A batch of 10,000 items through the policy service: another process on loopback, asked over HTTP as the hub asks.

Beside it the same batch in this process. The items are of 40 classes, in no order, each an object of its own.
"""

import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hub.application.policy_files import write_policy
from policies.client import DecisionService, DecisionUnavailableError, InProcessService, Shelf, default_policy
from policies.model import Facts
from policies.remote import RemoteService
from policies.service.folder import FolderTexts
from tests.benchmarks.report import Goal, Outcome, middle, spread
from tests.benchmarks.timing import seconds
from tests.policies_examples import item, request

ITEMS, CLASSES, ROUNDS = 10_000, 40, 15
_LEAST = 20_000
_PATIENCE = 30.0


def measure(scale: float) -> Outcome:
    """Ask the service and this process in turn."""
    policy, facts = default_policy(), _facts(max(1_000, int(ITEMS * scale)))
    with tempfile.TemporaryDirectory() as folder:
        write_policy(Path(folder), policy.version, policy.text)
        with _running(Path(folder)) as url:
            ways: dict[str, DecisionService] = {
                "apart": RemoteService(url, deadline=_PATIENCE),
                "in process": InProcessService(Shelf(FolderTexts(Path(folder)))),
            }
            answers = {name: way.decide(policy.version, request(), facts) for name, way in ways.items()}
            if answers["apart"] != answers["in process"]:
                raise AssertionError("the service answers otherwise than this process")
            took: dict[str, list[float]] = {name: [] for name in ways}
            for _ in range(ROUNDS):
                for name, way in ways.items():
                    took[name].append(seconds(way.decide, policy.version, request(), facts))
    rates = {name: len(facts) / middle(each) for name, each in took.items()}
    return Outcome(
        f"a batch of {len(facts):,} items through the policy service",
        [Goal("items decided by the service apart", rates["apart"], "items/s", _LEAST)],
        {f"{name}, ms": spread([1000 * each for each in took[name]]) for name in ways}
        | {"in process, items/s": round(rates["in process"])},
    )


def _facts(count: int) -> list[Facts]:
    """Return items of 40 classes, each made anew as the hub makes them."""
    levels, drawn = ("1", "2", "3", "4", "5"), random.Random(1)
    made = [
        (levels[number % 5], bool(number % 2), bool(number // 2 % 2), bool(number // 4 % 2)) for number in range(40)
    ]
    return [
        item(level=level, involved=involved, deceased=deceased, injury=injury)
        for level, involved, deceased, injury in drawn.choices(made, k=count)
    ]


@contextmanager
def _running(folder: Path) -> Iterator[str]:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    with subprocess.Popen([sys.executable, "-m", "policies.service", str(folder), "--port", str(port)]) as process:
        try:
            url = f"http://127.0.0.1:{port}"
            _wait(RemoteService(url), process)
            yield url
        finally:
            process.terminate()


def _wait(service: RemoteService, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + _PATIENCE
    while process.poll() is None and time.monotonic() < until:
        try:
            service.decide(default_policy().version, request(), [])
        except DecisionUnavailableError:
            time.sleep(0.2)
        else:
            return
    raise AssertionError("the policy service did not start")
