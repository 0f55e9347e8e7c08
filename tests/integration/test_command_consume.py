"""`mash consume` as processes: killed, started twice, stopped, without its database; all is stored exactly once."""

import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from consumers.worker import take_in
from hub.application.links import link_facts
from hub.bootstrap import INGEST_GROUP, open_hub
from hub.contract.codes import AgencyKind
from hub.contract.topics import concerns_topic
from hub.errors import RetryableError
from hub.events.directory import DIRECTORY_EVENTS
from hub.identity.links import links_at
from hub.making import make_hub
from hub.partnership import read_partnership
from hub.settings import Settings
from hub.store import postgres_server
from producers.spoiling import send_told
from producers.synthetic import Fault, Told, families, tell
from tests.broker_harness import lag
from tests.hub_under_test import (
    ROOT,
    HubUnderTest,
    clean_environment,
    environment_of,
    home_of_its_own,
    ran_as_process,
    told,
)
from tests.waiting import PATIENCE, until

SMALL_BATCHES = "import consumers.worker as w; w.BATCH = 10; from hub.command_line import main; main()"


def invented() -> list[Told]:
    """Return an invented stream with events sent again, conflicting ids and wrong signatures in it."""
    return list(tell(families(12, 5)))


def expected(stream: list[Told]) -> dict[str, int]:
    """Return what must become of a stream: each event stored once, each conflict and forgery kept aside once."""
    kept = Counter(each.fault for each in stream if each.fault in {Fault.CONFLICTING_ID, Fault.WRONG_SIGNATURE})
    genuine = {(each.agency, each.ce_id) for each in stream if each.fault is not Fault.WRONG_SIGNATURE}
    return {
        "stored": len(genuine),
        "conflict": kept[Fault.CONFLICTING_ID],
        "wrong-signature": kept[Fault.WRONG_SIGNATURE],
    }


def publish(hub: Any, stream: list[Told]) -> None:
    producer = hub.broker.producer()
    try:
        send_told(stream, hub.credentials, producer, lambda _: hub.clock.now())
    finally:
        producer.close()


def found(superuser: str, stream: list[Told]) -> dict[str, int]:
    """Return what became of a stream, from the tables themselves."""
    types = sorted({each.event.type for each in stream})
    with psycopg.connect(superuser) as connection:
        stored = connection.execute(
            "select count(*) from public.dcb_events_tt_main where type = any(%s)", [types]
        ).fetchone()
        kept = connection.execute("select reason, count(*) from hub.quarantine group by reason").fetchall()
    return {"conflict": 0, "wrong-signature": 0, "stored": stored[0] if stored else 0, **dict(kept)}


@contextmanager
def consuming(settings: Settings, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run `mash consume` in small batches until it ends or the block does."""
    process = subprocess.Popen(
        [sys.executable, "-c", SMALL_BATCHES, "consume", "--json", *arguments],
        cwd=ROOT,
        env=clean_environment(environment_of(settings)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def stored(hub: HubUnderTest) -> int:
    return hub.events() - hub.events(*DIRECTORY_EVENTS)


def every_record_is_one_person(hub: HubUnderTest) -> None:
    """Check that the index and the log agree on who every record is, and that each is somebody."""
    log = hub.hub.log
    links = links_at(link_facts(log.after(0, 10_000)), log.head())
    subjects = {tag[8:] for event in log.after(0, 10_000) for tag in event.tags if tag.startswith("subject:")}
    indexed = hub.hub.identity_index.get(list(links))
    assert {str(subject) for subject in links} == subjects
    assert {subject: link.other for subject, link in links.items()} == {s: i.person for s, i in indexed.items()}


def test_killed_at_random_moments_it_stores_everything_once(new_hub: HubUnderTest) -> None:
    stream, dice = invented(), random.Random(7)
    publish(new_hub.hub, stream)

    for _ in range(4):
        killed_at_work(new_hub, dice.uniform(0, 0.3))
    ran = ran_as_process(environment_of(new_hub.settings), "consume", "--once", "--json")

    assert ran.status == 0, ran.err
    assert found(new_hub.urls.superuser, stream) == expected(stream)
    every_record_is_one_person(new_hub)


def waiting(hub: HubUnderTest) -> int:
    return sum(lag(hub.hub.broker, INGEST_GROUP, *hub.hub.topics()).values())


def killed_at_work(hub: HubUnderTest, seconds: float) -> None:
    """Let it consume, and kill it so many seconds after it first stored something."""
    before = stored(hub)
    with consuming(hub.settings) as process:
        until(lambda: stored(hub) > before or not waiting(hub), "nothing is stored")
        time.sleep(seconds)
        process.kill()
        process.wait()


def test_two_at_once_store_everything_once_and_agree_on_who_is_who(new_hub: HubUnderTest) -> None:
    stream = invented()
    publish(new_hub.hub, stream)

    with consuming(new_hub.settings, "--once") as one, consuming(new_hub.settings, "--once") as other:
        (out, err), (other_out, other_err) = (each.communicate(timeout=PATIENCE) for each in (one, other))

    assert (one.returncode, other.returncode) == (0, 0), (err, other_err)
    assert found(new_hub.urls.superuser, stream) == expected(stream)
    every_record_is_one_person(new_hub)
    assert out
    assert other_out


@pytest.fixture(scope="module")
def embedded() -> Iterator[Settings]:
    """A hub on an embedded server of its own, which the tests stop and start."""
    with home_of_its_own() as home:
        make_hub(Settings(home), read_partnership(None), by="tester")
        yield Settings(home)


@pytest.mark.postgres
def test_without_its_database_for_a_while_it_waits_and_goes_on(embedded: Settings) -> None:
    stream = invented()
    with open_hub(embedded) as hub:
        publish(hub, stream)
    superuser = postgres_server.start(embedded.home).superuser

    with consuming(embedded) as process:
        until(lambda: found(superuser, stream)["stored"] > 0, "nothing is stored")
        postgres_server.stop(embedded.home)
        time.sleep(2)
        assert process.poll() is None, process.communicate()
        postgres_server.start(embedded.home)
        until(lambda: found(superuser, stream) == expected(stream), "not everything is stored")
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=PATIENCE)

    # How soon it ends is another test's: here it may be in the middle of what it has just found again.
    assert (process.returncode, out[:11]) == (0, '{"stored": ') or "ended in the middle" in err, err
    assert "Traceback" not in err
    assert "waiting" in err


@pytest.mark.postgres
@pytest.mark.parametrize("at", ["once idle", "while busy"])
def test_asked_to_stop_it_ends_in_time_and_with_status_0(embedded: Settings, at: str) -> None:
    with open_hub(embedded) as hub:
        before = hub.log.head()
        if at == "while busy":
            publish(hub, list(tell(families(25, 11))))

        with consuming(embedded) as process:
            if at == "while busy":
                until(lambda: hub.log.head() > before, "nothing is stored")
            else:
                until(lambda: waits_for_messages(embedded.home), "it never consumed")
            asked = time.monotonic()
            process.send_signal(signal.SIGTERM)
            out, err = process.communicate(timeout=PATIENCE)

    assert time.monotonic() - asked < 10
    assert (process.returncode, err) == (0, "")
    assert '"stored"' in out


def waits_for_messages(home: Path) -> bool:
    with psycopg.connect(postgres_server.start(home).superuser) as connection:
        query = "select exists (select from pg_stat_activity where application_name = 'mash broker')"
        return connection.execute(query).fetchone() == (True,)


def test_an_agency_whose_topic_is_not_made_yet_stops_nobody_elses(new_hub: HubUnderTest) -> None:
    hub, stop, missing = new_hub.hub, threading.Event(), list[list[str]]()
    hub.directory.register_agency("ambulance", "Ambulance Service", AgencyKind.HEALTH, by="tester")
    new_hub.publishes("police", new_hub.message("police", told("P-1")))

    taken = take_in(hub, once=True, stop=stop, on_missing=missing.append)

    assert sum(taken.stored.values()) == 1
    assert missing == [[concerns_topic("ambulance")]]
    assert "police" in {feed.agency for feed in hub.watched().feeds}


def test_a_consumer_that_runs_takes_in_a_new_agencys_events_once_its_topic_is_made(
    new_hub: HubUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("consumers.worker.DIRECTORY_SECONDS", 0.0)
    hub, stop = new_hub.hub, threading.Event()
    joined: list[list[str]] = []
    consumer = hub.broker.consumer

    def joins(group: str, topics: list[str]) -> Any:
        joined.append(topics)
        return consumer(group, topics)

    monkeypatch.setattr(hub.broker, "consumer", joins)
    with ThreadPoolExecutor(1) as pool:
        taking = pool.submit(take_in, hub, once=False, stop=stop)
        until(lambda: len(joined) == 1, "it never consumed")
        hub.directory.register_agency("ambulance", "Ambulance Service", AgencyKind.HEALTH, by="tester")
        time.sleep(1)
        assert not taking.done(), taking.exception()
        hub.make_topics([concerns_topic("ambulance")])
        taking.result(timeout=PATIENCE)  # So that the caller takes in again, from the new topic too.

    assert concerns_topic("ambulance") in hub.taken_topics()


def test_what_was_counted_is_not_forgotten_where_the_directory_cannot_be_asked(
    new_hub: HubUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("consumers.worker.DIRECTORY_SECONDS", 0.0)
    hub, stop = new_hub.hub, threading.Event()
    new_hub.publishes("police", new_hub.message("police", told("P-1")))

    def away() -> list[str]:
        stop.set()
        raise RetryableError("The database is away.", code="database-away")

    def then_away(_: object) -> None:
        monkeypatch.setattr(hub, "topics", away)

    taken = take_in(hub, once=False, stop=stop, on_batch=then_away)

    assert sum(taken.stored.values()) == 1


def test_taking_in_once_does_not_end_early_because_an_agency_came(
    new_hub: HubUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("consumers.worker.DIRECTORY_SECONDS", 0.0)
    monkeypatch.setattr("consumers.worker.BATCH", 1)
    hub = new_hub.hub
    new_hub.publishes("police", *(new_hub.message("police", told("P-1"), ce_id=f"e-{n}") for n in range(3)))

    def joins(_: object) -> None:
        if "ambulance" not in hub.directory.load().agencies:
            hub.directory.register_agency("ambulance", "Ambulance Service", AgencyKind.HEALTH, by="tester")
            hub.make_topics([concerns_topic("ambulance")])

    taken = take_in(hub, once=True, stop=threading.Event(), on_batch=joins)

    assert sum(taken.stored.values()) == 3


def test_taking_all_in_again_keeps_the_embedded_broker_from_deleting_nothing(new_hub: HubUnderTest) -> None:
    new_hub.publishes("police", new_hub.message("police", told("P-1"), ce_id="e-1"))
    new_hub.consumes()
    take_in(new_hub.hub, once=True, stop=threading.Event(), again=True)

    new_hub.publishes("police", new_hub.message("police", told("P-1"), ce_id="e-2"))
    new_hub.consumes()

    with psycopg.connect(new_hub.urls.superuser) as connection:
        assert connection.execute("select count(*) from broker.message").fetchone() == (0,)


def test_with_a_key_that_others_may_read_it_stores_nothing(new_hub: HubUnderTest) -> None:
    before = new_hub.events()
    new_hub.publishes("police", new_hub.message("police", told("P-1")))
    new_hub.settings.hub_key.chmod(0o644)

    ran = ran_as_process(environment_of(new_hub.settings), "consume", "--once", "--json")

    assert (ran.status, ran.error["code"]) == (2, "loose-permissions")
    assert new_hub.events() == before
