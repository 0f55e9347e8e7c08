"""The hub from which the hubs of every world are copied, made once a process."""

from collections.abc import Iterator

import pytest

from tests.attack.attack import base_of
from tests.hub_under_test import HubTemplate


@pytest.fixture(scope="session")
def base(hub_template: HubTemplate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubTemplate]:
    """The base of all worlds."""
    with base_of(hub_template, tmp_path_factory.mktemp("attack") / "home") as made:
        yield made
