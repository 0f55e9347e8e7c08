"""`mash status`: what waits, for how long, what is kept aside; and the same for Prometheus, without personal data."""

import urllib.request
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from hub.command_line.status import status_json
from hub.metrics import LOOPBACK, WatchCollector, serve_metrics
from producers.spool import Spool
from tests.hub_under_test import HubUnderTest, environment_of, mash_process, ran_as_process, told
from tests.relay import relays


def waits(hub: HubUnderTest) -> None:
    """Let two good messages and a bad one of the police wait for a minute."""
    good = [hub.message("police", told("P-1", words="Jane Doe"), ce_id=f"e-{n}") for n in range(2)]
    hub.publishes("police", *good, replace(good[0], value=b"Jane Doe"))


def test_it_says_what_waits_and_what_is_kept_aside(new_hub: HubUnderTest) -> None:
    waits(new_hub)
    ran = ran_as_process(environment_of(new_hub.settings), "status", "--json")
    police = next(feed for feed in ran.json["feeds"] if feed["agency"] == "police")
    assert police["waiting"] == 3
    assert police["oldest_seconds"] >= 0

    new_hub.consumes()
    new_hub.hub.identify()

    status = status_json(new_hub.hub.watched())
    assert {feed["waiting"] for feed in status["feeds"]} == {0}
    assert {feed["oldest_seconds"] for feed in status["feeds"]} == {0.0}
    assert status["quarantine"] == {"wrong-signature": 1}
    behind = status["behind"]
    assert set(behind) == {"identity", "tree", "relay"}
    assert (behind["identity"], behind["relay"]) == (0, new_hub.hub.log.head())
    relays(new_hub)
    assert status_json(new_hub.hub.watched())["behind"]["relay"] == 0


def test_the_oldest_message_ages(new_hub: HubUnderTest) -> None:
    waits(new_hub)
    new_hub.clock.at = datetime.now(UTC) + timedelta(hours=1)
    assert new_hub.hub.watched().oldest_seconds >= 3600


def test_metrics_say_the_same_and_nothing_of_anybody(new_hub: HubUnderTest) -> None:
    waits(new_hub)
    port = serve_metrics(0, WatchCollector(new_hub.hub.watched))

    with urllib.request.urlopen(f"http://{LOOPBACK}:{port}/metrics", timeout=30) as answer:
        text = answer.read().decode()

    found = {(s.name, *s.labels.values()): s.value for f in text_string_to_metric_families(text) for s in f.samples}
    assert found["mash_up",] == 1
    assert found["mash_feed_waiting", "police"] == 3
    assert ("mash_feed_oldest_seconds", "police") in found
    assert "Jane" not in text
    assert "P-1" not in text


def test_metrics_are_served_while_the_broker_is_away(new_hub: HubUnderTest, tmp_path: Path) -> None:
    secret = tmp_path / "hub.json"
    secret.touch(mode=0o600)
    secret.write_text('{"user": "hub", "password": "p"}')
    away = {
        "MASH_BROKER": "kafka",
        "MASH_KAFKA_BOOTSTRAP": "127.0.0.1:1",
        "MASH_KAFKA_SECURITY": "SASL_PLAINTEXT",
        "MASH_KAFKA_SECRET_FILE": str(secret),
    }
    with mash_process({**environment_of(new_hub.settings), **away}, "status", "--metrics", "0") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        port = process.stdout.readline().rpartition(":")[2]
        assert process.stderr.readline().startswith("waiting: ")
        try:
            with urllib.request.urlopen(f"http://{LOOPBACK}:{port.strip()}", timeout=30) as answer:
                text = answer.read().decode()
        finally:
            process.kill()

    assert "mash_up 0.0" in text


def test_an_agencys_spool_is_watched_as_metrics(new_hub: HubUnderTest, tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", "mash.concerns.police")
    spool.append([new_hub.message("police", told("P-1"))] * 2)
    where = ("--spool", str(tmp_path / "spool"))
    with mash_process(environment_of(new_hub.settings), "publish", "--status", *where, "--metrics", "0") as process:
        assert process.stdout is not None
        port = process.stdout.readline().rpartition(":")[2]
        try:
            with urllib.request.urlopen(f"http://{LOOPBACK}:{port.strip()}", timeout=30) as answer:
                text = answer.read().decode()
        finally:
            process.kill()

    found = {family.name: family.samples[0].value for family in text_string_to_metric_families(text)}
    assert found["mash_spool_count"] == 2
    assert found["mash_spool_damaged"] == 0
    assert found["mash_spool_bytes"] > 0
    assert found["mash_spool_oldest_seconds"] > 0
