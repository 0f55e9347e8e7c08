"""Run the same work in several processes at once, and time from the first start to the last end."""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Barrier
from operator import itemgetter
from queue import Empty
from typing import Any

CORES = 2
_SPAWN = get_context("spawn")
_PATIENCE = 1800.0

Prepare = Callable[..., Callable[[], Any]]


@dataclass(frozen=True, slots=True)
class Together:
    """What the processes returned, the seconds that all of them took, and the processor seconds of each."""

    answers: list[Any]
    seconds: float
    processor: list[float]


def together(prepare: Prepare, arguments: Sequence[tuple[Any, ...]]) -> Together:
    """Prepare work in one process for each of the arguments, then run all of it at once.

    `prepare` is a function of a module; it gets an `ExitStack` and one tuple's values, and returns what is timed.
    """
    barrier, answers = _SPAWN.Barrier(len(arguments)), _SPAWN.Queue()
    children = [
        _SPAWN.Process(target=_work, args=(prepare, given, barrier, answers, number))
        for number, given in enumerate(arguments)
    ]
    for child in children:
        child.start()
    done: list[tuple[Any, ...]] = []
    try:
        while len(done) < len(children):
            done.append(_next(answers, children))
    finally:
        if len(done) < len(children):
            barrier.abort()
        for child in children:
            child.join(timeout=30)
            child.kill()
    done.sort(key=itemgetter(0))
    seconds = max(end for *_, end in done) - min(start for *_, start, _ in done)
    return Together([answer for _, answer, *_ in done], seconds, [used for _, _, used, *_ in done])


def _next(answers: Any, children: Sequence[BaseProcess]) -> tuple[Any, ...]:
    """Return what one child answers; raises where one ended without an answer."""
    while True:
        with suppress(Empty):
            answer: tuple[Any, ...] = answers.get(timeout=1.0)
            return answer
        if any(child.exitcode for child in children):
            raise RuntimeError("a process of the benchmark failed; what it printed says why")


def _work(prepare: Prepare, given: tuple[Any, ...], barrier: Barrier, answers: Any, number: int) -> None:
    with ExitStack() as stack:
        run = prepare(stack, *given)
        barrier.wait(_PATIENCE)
        used, start = time.process_time(), time.perf_counter()
        answer = run()
        end, used = time.perf_counter(), time.process_time() - used
    answers.put((number, answer, used, start, end))
