"""What an operator watches: how far behind the hub is, and what lies in the quarantine. Nothing of any child.

For operators alone: how busy a small refuge's feed is tells that somebody came.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from hub.application.proving import TREE
from hub.broker.port import Broker
from hub.clock import Clock
from hub.contract.topics import concerns_topic
from hub.proof.tree import TILE
from hub.store.log import EventLog
from hub.store.quarantine import Quarantine, Step

_ENDED = frozenset({Step.RESENT, Step.DISCARDED})


@dataclass(frozen=True, slots=True)
class Feed:
    """One agency's topic: how many messages wait to be taken in, and for how many seconds the first has."""

    agency: str
    waiting: int
    oldest_seconds: float


@dataclass(frozen=True, slots=True)
class Watched:
    """How the hub is at one moment; `behind` counts, by follower, the recorded events that it has not worked on."""

    at: datetime
    feeds: list[Feed]
    quarantine: Mapping[str, int]
    behind: Mapping[str, int]

    @property
    def oldest_seconds(self) -> float:
        """Return for how many seconds the oldest message waits."""
        return max((feed.oldest_seconds for feed in self.feeds), default=0.0)


class Watch:
    """Looks at broker, quarantine and followers."""

    def __init__(
        self,
        broker: Broker,
        group: str,
        log: EventLog,
        quarantine: Quarantine,
        followers: Mapping[str, Callable[[], int]],
    ) -> None:
        self._broker = broker
        self._group = group
        self._log = log
        self._quarantine = quarantine
        self._followers = followers

    def look(self, agencies: list[str], clock: Clock) -> Watched:
        """Return how the hub is now; raises `RetryableError` where broker or database are away."""
        now = clock.now()
        return Watched(now, self._feeds(agencies, now), self._kept_aside(), self._behind())

    def _feeds(self, agencies: list[str], now: datetime) -> list[Feed]:
        topics = {agency: concerns_topic(agency) for agency in agencies}
        found = self._broker.waiting(self._group, list(topics.values()))
        waiting = ((agency, found[topic]) for agency, topic in topics.items())
        return [Feed(agency, each.count, _age(each.oldest, now)) for agency, each in waiting]

    def _kept_aside(self) -> Counter[str]:
        return Counter(kept.reason for kept in self._quarantine.all() if kept.state not in _ENDED)

    def _behind(self) -> dict[str, int]:
        head = self._log.head()
        behind = {name: max(head - position(), 0) for name, position in self._followers.items()}
        # The tree takes in every record, reads and silent tasks too: told exactly, its lag would count them.
        return {name: -(-count // TILE) * TILE if name == TREE else count for name, count in behind.items()}


def _age(since: datetime | None, now: datetime) -> float:
    return 0.0 if since is None else max((now - since).total_seconds(), 0.0)
