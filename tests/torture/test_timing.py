"""Whether time tells a shielded child from none: a thousand pairs of questions, with the wait and without.

The pairs are compared by permutation: if the two children were the same to the clock, each difference could as well
have the other sign. How often a random choice of signs gives a mean as far from nothing as the one measured is the
share that is reported; a small one says that the clock tells them apart.
"""

import gc
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean, median, quantiles
from uuid import UUID, uuid4

import pytest

from hub.application.leaving import AT_ONCE, ON_TIME, STEP_SECONDS
from hub.bootstrap import Hub, open_hub
from tests.hub_under_test import NURSE, HubTemplate, asks, new_nhs_number, told

PAIRS, SIGNS, RECORDS = 1_000, 2_000, 40
_TELLS, _MOST_LATE = 0.001, 0.02
_NOTICED_SECONDS = 0.0001
_NHS = new_nhs_number()


@dataclass(frozen=True)
class Timed:
    """How long each question of the pairs took, in seconds, and how often chance gives as large a difference."""

    shielded: list[float]
    absent: list[float]

    @property
    def differences(self) -> list[float]:
        return [one - other for one, other in zip(self.shielded, self.absent, strict=True)]

    @property
    def late(self) -> tuple[float, float]:
        """The shares of the answers that left at a later boundary than the first."""
        shielded, absent = (fmean(each >= 2 * STEP_SECONDS for each in taken) for taken in (self.shielded, self.absent))
        return shielded, absent

    @property
    def in_first_step(self) -> list[float]:
        """The differences of those pairs of which both left at the first boundary."""
        pairs = zip(self.shielded, self.absent, strict=True)
        return [one - other for one, other in pairs if max(one, other) < 2 * STEP_SECONDS]

    def __str__(self) -> str:
        told = ((name, _spread(each)) for name, each in (("shielded", self.shielded), ("absent", self.absent)))
        return f"{'; '.join(f'{name} {spread}' for name, spread in told)}; by chance {by_chance(self.differences):.4f}"


def by_chance(differences: Sequence[float]) -> float:
    """Return the share of random signs under which the mean is at least as far from 0."""
    drawn, seen = random.Random(1), abs(fmean(differences))
    means = (abs(fmean(each if drawn.random() < 0.5 else -each for each in differences)) for _ in range(SIGNS))
    return (1 + sum(mean >= seen for mean in means)) / (1 + SIGNS)


def _spread(seconds: Sequence[float]) -> str:
    hundredths = quantiles(seconds, n=100)
    return " ".join(f"p{n} {hundredths[n - 1] * 1000:.3f}" for n in (5, 50, 95, 99)) + " ms"


def test_a_difference_is_told_and_none_is_not() -> None:
    drawn = random.Random(2)
    noise = [drawn.gauss(0, 1) for _ in range(PAIRS)]

    assert by_chance(noise) > _TELLS
    assert by_chance([each + 0.2 for each in noise]) <= _TELLS


@pytest.fixture(scope="module")
def child(hub_template: HubTemplate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Hub, Hub, UUID]]:
    """One hub, opened to answer at once and to answer on time, with a child of whom everything is covert."""
    with hub_template.copied(tmp_path_factory.mktemp("timing") / "home") as made:
        for number in range(RECORDS):
            held = told("P-1", nhs=_NHS, labels=["covert"], words=f"Record {number}")
            made.hears("police", held, ce_id=f"covert-{number}")
        with (
            open_hub(made.settings, made.clock, ON_TIME) as on_time,
            open_hub(made.settings, made.clock, AT_ONCE) as now,
        ):
            yield on_time, now, made.person("police", "P-1")


def timed(shielded: Callable[[], object], absent: Callable[[], object]) -> Timed:
    """Ask both in turn, in an order that chance gives, and return how long each took."""
    drawn, taken = random.Random(3), Timed([], [])
    for _ in range(20):
        shielded()
        absent()
    gc.collect()
    for _ in range(PAIRS):
        pair = [(shielded, taken.shielded), (absent, taken.absent)]
        drawn.shuffle(pair)
        for ask, into in pair:
            began = time.perf_counter()
            ask()
            into.append(time.perf_counter() - began)
    return taken


@pytest.mark.parametrize("door", ["chronology", "find"])
def test_time_does_not_tell_a_shielded_child_from_none(
    door: str, child: tuple[Hub, Hub, UUID], capsys: pytest.CaptureFixture[str]
) -> None:
    on_time, at_once, person = child
    nobody, no_number = uuid4(), new_nhs_number()

    def read(hub: Hub, whom: UUID, number: str) -> Callable[[], object]:
        if door == "chronology":
            return lambda: hub.chronologies.read(whom, asks(NURSE))
        return lambda: hub.finder.find(asks(NURSE), identifier=number)

    work = timed(read(at_once, person, _NHS), read(at_once, nobody, no_number))
    answers = timed(read(on_time, person, _NHS), read(on_time, nobody, no_number))

    with capsys.disabled():
        sys.stdout.write(f"\n{door}, the work: {work}\n{door}, answers: {answers}\n")
        late = (
            f"{answers.late[0]:.1%} of shielded and {answers.late[1]:.1%} of absent left later than the first boundary"
        )
        between = f"{median(answers.in_first_step) * 1e6:.0f} microseconds between them, median, in the others"
        sys.stdout.write(f"{late}; {between}, by chance {by_chance(answers.in_first_step):.4f}\n")
    assert by_chance(work.differences) <= _TELLS, "The comparison must find the difference that there is without wait."
    assert min(answers.shielded + answers.absent) >= STEP_SECONDS
    assert max(answers.late) < _MOST_LATE, "The work takes longer than a step: time tells, or this machine is too busy."
    assert abs(median(answers.in_first_step)) < _NOTICED_SECONDS
