"""What an operator watches, in the Prometheus text format, on a loopback port. No personal data is among it."""

from collections.abc import Callable, Iterable, Mapping

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from hub.application.watching import Watched
from hub.errors import HubError

LOOPBACK = "127.0.0.1"


class WatchCollector(Collector):
    """Looks anew whenever it is asked; while something is away, says only that."""

    def __init__(self, look: Callable[[], Watched]) -> None:
        self._look = look

    def collect(self) -> Iterable[Metric]:
        """Return what is watched as gauges."""
        try:
            watched = self._look()
        except HubError:
            yield GaugeMetricFamily("mash_up", "Whether broker and database answer.", value=0)
            return
        yield GaugeMetricFamily("mash_up", "Whether broker and database answer.", value=1)
        yield _gauge("mash_feed_waiting", "Messages that wait to be taken in.", "agency", _waiting(watched))
        yield _gauge("mash_feed_oldest_seconds", "How long the first of them has waited.", "agency", _oldest(watched))
        yield _gauge("mash_quarantine_open", "Messages kept aside, not dealt with.", "reason", watched.quarantine)
        yield _gauge("mash_follower_behind", "Recorded events not worked on yet.", "follower", watched.behind)


class SpoolCollector(Collector):
    """Looks anew, whenever it is asked, at what waits in an agency's spool."""

    def __init__(self, look: Callable[[], Mapping[str, int]]) -> None:
        self._look = look

    def collect(self) -> Iterable[Metric]:
        """Return the counts of the spool's status as gauges."""
        for name, value in sorted(self._look().items()):
            yield GaugeMetricFamily(f"mash_spool_{name}", "Of what waits in the spool, as --status tells.", value=value)


def serve_metrics(port: int, collector: Collector) -> int:
    """Serve the metrics on a loopback port, or on a free one for 0, in a thread; return the port. Raises HubError."""
    registry = CollectorRegistry()
    registry.register(collector)
    try:
        server, _ = start_http_server(port, LOOPBACK, registry)
    except OSError as error:
        raise HubError(
            f"The metrics cannot be served: {error.strerror}.", code="port-in-use", place=str(port)
        ) from error
    return int(server.server_port)


def _waiting(watched: Watched) -> dict[str, float]:
    return {feed.agency: feed.waiting for feed in watched.feeds}


def _oldest(watched: Watched) -> dict[str, float]:
    return {feed.agency: feed.oldest_seconds for feed in watched.feeds}


def _gauge(name: str, told: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, told, labels=[label])
    for key, value in sorted(values.items()):
        family.add_metric([key], value)
    return family
