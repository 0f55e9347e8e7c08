"""One open hub is used by many threads at once: each gets what it would get alone, and nothing is counted twice."""

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

import pytest

from hub.application.leaving import AT_ONCE
from hub.application.review_log import ReviewLog
from hub.bootstrap import open_hub
from hub.store.vault import VIEWER_IDS
from tests.hub_under_test import AUDITOR, HubUnderTest, asks, told
from tests.reviews import OWNER, RELEASE, ask, confided, decide, on_monday

pytestmark = pytest.mark.postgres
T = TypeVar("T")
THREADS = 8


@pytest.fixture
def impatient() -> Iterator[None]:
    """Let threads interrupt each other as often as can be."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def at_once(work: Callable[[int], T]) -> list[T]:
    together = Barrier(THREADS)

    def begun(number: int) -> T:
        together.wait()
        return work(number)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(begun, range(THREADS)))


@pytest.mark.usefixtures("impatient")
def test_threads_on_one_hub_get_what_each_would_get_alone(shared_hub: HubUnderTest) -> None:
    children = [shared_hub.hears("police", told(f"T-{number}", given=f"Ada{number}")) for number in range(THREADS)]
    shared_hub.hub.tree.grow()
    with open_hub(shared_hub.settings, shared_hub.clock, AT_ONCE) as hub:

        def reads(number: int) -> list[str]:
            answers = [hub.chronologies.read(children[number], asks("mash.analyst")) for _ in range(2)]
            hub.finder.show(children[number], asks("mash.analyst"))
            made = hub.bundling.bundle(answers[0]["decision"], asks(AUDITOR, purpose="audit"))
            assert made.startswith(b"PK")
            return [item["id"] for answer in answers for item in answer["items"]]

        found = at_once(reads)
    for number, ids in enumerate(found):
        alone = [item["id"] for item in shared_hub.items(children[number])]
        assert ids == alone * 2
    assert all(found)


@pytest.mark.usefixtures("impatient")
def test_an_answer_to_a_task_is_folded_once_however_many_threads_read_it(new_hub: HubUnderTest) -> None:
    on_monday(new_hub)
    for _ in range(3):
        ask(new_hub, confided(new_hub))
        decide(new_hub, OWNER, RELEASE)
    for _ in range(5):
        log = ReviewLog(new_hub.hub.log, new_hub.hub.vault.purpose_key(VIEWER_IDS))
        read = at_once(lambda _, log=log: [len(task.answers) for task in log.all().values()])  # type: ignore[misc]
        assert read == [read[0]] * THREADS
        assert max(read[0]) == 1
