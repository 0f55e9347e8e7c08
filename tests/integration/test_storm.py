"""A short storm in every run of the tests; `make torture` has the long one."""

import random
import threading
from pathlib import Path

import pytest

from tests.relay import POLICE
from tests.storm import Storm, check_stored, load
from tests.storm_hub import decisions_of, storm_hub

KILLS = 5


@pytest.mark.kafka
@pytest.mark.postgres
def test_whatever_is_killed_each_event_is_stored_once_and_each_disclosure_sent_once(tmp_path: Path) -> None:
    weather(tmp_path, nodes=1, kills=KILLS, children=12, each=8)


def weather(folder: Path, *, nodes: int, kills: int, children: int, each: int) -> None:
    """Publish while parts are killed, let it settle, and check that nothing was lost, doubled or left undecided."""
    events = load(children, each)
    disclosures = sum(event.agency == POLICE for event in events)
    with storm_hub(folder, nodes) as hub:
        storm = Storm(hub.parts, random.Random(kills))
        storm.start()
        publishing = threading.Thread(target=hub.publish, args=(events, 2.0 * kills * 20 / len(events)))
        publishing.start()
        storm.rage(kills, lambda dice: dice.uniform(0.5, 3.0))
        publishing.join()
        positions, sent = hub.settle(events, disclosures)
        check_stored(positions, events)
        assert (len(sent), len(set(sent))) == (disclosures, disclosures)
        assert decisions_of(hub.settings, sent) == disclosures
        assert len(storm.killed) == kills
