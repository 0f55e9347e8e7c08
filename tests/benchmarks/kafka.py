"""Everything on a real Kafka: publishing to it, taking in from it, and the way of one event into a chronology."""

from tests.benchmarks import kafka_intake, kafka_publish, kafka_spool, kafka_visible
from tests.benchmarks.report import Outcome

_PARTS = (kafka_publish, kafka_spool, kafka_intake, kafka_visible)


def measure(scale: float) -> Outcome:
    """Measure one part after another, each on a broker of its own."""
    outcomes = [part.measure(scale) for part in _PARTS]
    goals = [goal for outcome in outcomes for goal in outcome.goals]
    return Outcome(
        "; ".join(outcome.title for outcome in outcomes),
        goals,
        {name: value for outcome in outcomes for name, value in outcome.figures.items()},
    )
