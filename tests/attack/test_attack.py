"""Two hubs that differ in one hidden thing say the same at every door that is open to an ordinary viewer."""

from pathlib import Path

import pytest

from tests.attack.attack import pair_of
from tests.attack.worlds import WORLDS, World
from tests.hub_under_test import HubTemplate


@pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.name)
def test_nothing_betrays(world: World, base: HubTemplate, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with pair_of(base, world, tmp_path) as pair:
        leaks = pair.leaks(capsys)

    assert not leaks, "\n".join(leaks)
