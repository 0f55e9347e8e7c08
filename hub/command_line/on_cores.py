"""Do the same with many recorded decisions, on all cores: each process opens the hub for itself."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from functools import partial
from multiprocessing import get_context
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from hub.application.decisions import Recorded
    from hub.bootstrap import Hub
    from hub.events.decisions import DisclosureDecided

T = TypeVar("T")
Work = Callable[["Hub", "DisclosureDecided"], T]
Batch = Sequence["Recorded"]

_AT_ONCE = 25
_WORTH_A_PROCESS = 4 * _AT_ONCE
_opened = ExitStack()
_hub: "list[Hub]" = []


def worked(hub: "Hub", chosen: Batch, work: Work[T], stack: ExitStack) -> Iterator[tuple[int, T | None]]:
    """Yield what came of each decision with its position, in the order chosen; None for one that was erased.

    `work` is a function of a module, or a part of one, so that it can be sent to another process.
    """
    batches = [chosen[start : start + _AT_ONCE] for start in range(0, len(chosen), _AT_ONCE)]
    if len(chosen) < _WORTH_A_PROCESS:
        for batch in batches:
            yield from _batch(hub, work, batch)
        return
    pool = stack.enter_context(ProcessPoolExecutor(os.cpu_count(), get_context("spawn"), _open))
    stack.callback(pool.shutdown, cancel_futures=True)
    for done in pool.map(partial(_batch_elsewhere, work), batches):
        yield from done


def _open() -> None:
    """Open the hub for the life of a process."""
    from hub.bootstrap import open_hub
    from hub.settings import read_settings

    _hub.append(_opened.enter_context(open_hub(read_settings())))


def _batch_elsewhere(work: Work[T], batch: Batch) -> list[tuple[int, T | None]]:
    return _batch(_hub[0], work, batch)


def _batch(hub: "Hub", work: Work[T], batch: Batch) -> list[tuple[int, T | None]]:
    readable = {each.id: each for each in hub.decisions.tagged([f"decision:{chosen.id}" for chosen in batch])}
    return [
        (chosen.position, work(hub, readable[chosen.id]) if chosen.id in readable else None) for chosen in batch
    ]  # fmt: skip
