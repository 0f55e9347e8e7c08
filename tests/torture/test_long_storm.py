"""The long storm: three nodes, a hundred kills, ten thousand events."""

from pathlib import Path

import pytest

from tests.integration.test_storm import weather

KILLS = 100


@pytest.mark.kafka
@pytest.mark.postgres
def test_a_hundred_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    weather(tmp_path, nodes=3, kills=KILLS, children=200, each=25)
