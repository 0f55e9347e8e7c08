"""Mends two faults of kafka-python 3.0.12 that leave a member out of its group for ever, with no error.

A join that the end of a poll cut off is not gone on with where the member leads the group, since the new assignment is
noted before it is in force. And a join that ended between two polls is begun anew by the next, which disturbs the
group: members that poll briefly, as when they only hold on, never settle.
"""

import time
from typing import Any

from kafka.structs import MemberState


def finish_joins(coordinator: Any, seconds: float) -> None:
    """Let a client's coordinator finish each join; what one brought while nobody polled is kept for some seconds."""
    join = coordinator._do_join_and_sync_async
    kept: list[tuple[object, bytes, float]] = []

    async def joined() -> bytes:
        coordinator.request_rejoin()
        # A join that was waited for leaves the member stable, so what is kept of it is not met here.
        if kept and coordinator.state is MemberState.REBALANCING:
            generation, brought, until = kept.pop()
            if generation is coordinator._generation and time.monotonic() < until:
                return brought
        assignment: bytes = await join()
        kept[:] = [(coordinator._generation, assignment, time.monotonic() + seconds)]
        return assignment

    coordinator._do_join_and_sync_async = joined
