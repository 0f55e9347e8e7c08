"""Grow the tree and find who is who beside the taking in, as events are recorded: a thread of its own, on its own hub.

Between two looks, it escalates what nobody answered in time. A tree that does not fit the log any more is said, and so
is a row that does not open: neither stops anybody's concern from being taken in.
"""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any

from consumers.reviews import escalating
from hub.bootstrap import Hub, open_hub
from hub.errors import HubError, RetryableError
from hub.settings import Settings

PAUSE_SECONDS = 2.0


@contextmanager
def identifying(
    settings: Settings, stop: threading.Event, on_pause: Callable[[HubError, float], None]
) -> Iterator[None]:
    """Identify until the block ends or `stop` is set; an error that cannot pass sets `stop` and is raised then."""
    done = threading.Event()

    def ending() -> bool:
        return done.is_set() or stop.is_set()

    def ended(_: Future[Any]) -> None:
        stop.set()

    with ThreadPoolExecutor(1, thread_name_prefix="identity") as pool:
        work = pool.submit(_identify, settings, ending, on_pause)
        work.add_done_callback(ended)
        try:
            yield
        finally:
            done.set()
        work.result()


def _identify(settings: Settings, ending: Callable[[], bool], on_pause: Callable[[HubError, float], None]) -> None:
    on_fault = _once(on_pause)
    while not ending():
        try:
            with open_hub(settings) as hub:
                escalate = escalating(hub)
                for _ in hub.identity_follower.woken(ending):
                    grow(hub, ending, on_fault)
                    _passing_over(partial(hub.identify, stopping=ending), on_fault)
                    _passing_over(escalate, on_fault)
        except RetryableError as error:
            on_pause(error, PAUSE_SECONDS)
            time.sleep(PAUSE_SECONDS)


def _once(tell: Callable[[HubError, float], None]) -> Callable[[HubError, float], None]:
    """Tell each fault once: the log is looked at again every second, and a fault in it stays."""
    told: set[str] = set()

    def tell_once(error: HubError, seconds: float) -> None:
        if error.message not in told:
            told.add(error.message)
            tell(error, seconds)

    return tell_once


def grow(hub: Hub, stopping: Callable[[], bool], on_pause: Callable[[HubError, float], None]) -> None:
    """Bring the tree up to the log; what only `mash log verify` can explain is said and passed over."""
    _passing_over(partial(hub.tree.grow, stopping), on_pause)


def _passing_over(work: Callable[[], object], on_pause: Callable[[HubError, float], None]) -> None:
    """Work, and say a fault that will not pass: it must stop nobody's concern from being taken in."""
    try:
        work()
    except RetryableError:
        raise
    except HubError as error:
        on_pause(error, 0.0)
