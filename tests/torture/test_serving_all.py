"""`mash serve --all`: three processes that start and stop together, as in the demonstration."""

import os
import signal
import time

import pytest

from tests.hub_under_test import HubUnderTest, environment_of, mash_process, told
from tests.serving import free_port, until_ready

pytestmark = pytest.mark.postgres


def test_mash_serve_all_takes_in_beside_it_what_agencies_publish(new_hub: HubUnderTest) -> None:
    port = free_port()
    environment = {**environment_of(new_hub.settings), "MASH_PORT": str(port)}
    with mash_process(environment, "serve", "--all") as process:
        until_ready(port, process)
        new_hub.publishes("police", new_hub.message("police", told("S-1")))
        until = time.monotonic() + 60
        while new_hub.hub.vault.find_subject("police", "S-1") is None and time.monotonic() < until:
            time.sleep(0.1)
        os.kill(process.pid, signal.SIGTERM)
        _, err = process.communicate(timeout=30)
    assert new_hub.hub.vault.find_subject("police", "S-1") is not None, err
    assert process.returncode == 0, err
