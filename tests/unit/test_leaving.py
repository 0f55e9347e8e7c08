"""An answer leaves at the end of the step in which its work was done, whatever the answer is."""

from dataclasses import dataclass, field

import pytest

from hub.application.leaving import AT_ONCE, STEP_SECONDS, Leaving
from hub.errors import RefusedError


@dataclass
class FakeTime:
    """A clock on which sleeping is all that takes time, and looking at it a little."""

    now: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        self.now += 1e-6
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock() -> FakeTime:
    return FakeTime()


@pytest.fixture
def leaving(clock: FakeTime) -> Leaving:
    return Leaving(monotonic=clock.monotonic, sleep=clock.sleep)


@pytest.mark.parametrize(("work", "steps"), [(0.0, 1), (0.002, 1), (0.049, 1), (0.0501, 2), (0.12, 3)])
def test_it_leaves_at_the_next_boundary_after_its_question(
    work: float, steps: int, clock: FakeTime, leaving: Leaving
) -> None:
    began = clock.now

    with leaving.at_boundary():
        clock.now += work

    assert clock.now - began == pytest.approx(steps * STEP_SECONDS, abs=1e-4)


@pytest.mark.parametrize("asked_at", [0.0, 0.013, 0.049])
def test_the_moment_of_asking_tells_nothing(asked_at: float, clock: FakeTime, leaving: Leaving) -> None:
    clock.now += asked_at
    began = clock.now

    with leaving.at_boundary():
        clock.now += 0.03

    assert clock.now - began == pytest.approx(STEP_SECONDS, abs=1e-4)


def test_a_refusal_leaves_as_an_answer_does(clock: FakeTime, leaving: Leaving) -> None:
    began = clock.now

    with pytest.raises(RefusedError), leaving.at_boundary():
        raise RefusedError("No.", code="refused")

    assert clock.now - began == pytest.approx(STEP_SECONDS, abs=1e-4)


def test_the_last_of_the_wait_is_awake(clock: FakeTime, leaving: Leaving) -> None:
    with leaving.at_boundary():
        pass

    assert max(clock.slept) < STEP_SECONDS - 0.0005


def test_where_the_work_is_measured_nothing_waits(clock: FakeTime) -> None:
    with Leaving(AT_ONCE.step, clock.monotonic, clock.sleep).at_boundary():
        pass

    assert not clock.slept


def test_within_another_question_it_waits_once_at_the_end(clock: FakeTime, leaving: Leaving) -> None:
    began = clock.now
    with leaving.at_boundary():
        with leaving.at_boundary():
            clock.now += 0.01
        assert clock.slept == []
        clock.now += 0.02

    assert clock.now - began == pytest.approx(STEP_SECONDS, abs=0.001)
    with leaving.at_boundary():
        pass
    assert clock.now - began == pytest.approx(2 * STEP_SECONDS, abs=0.002)
