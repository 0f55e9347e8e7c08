"""The vault: one suite on PostgreSQL and on the fake, then what only the real one can show."""

import threading
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest

from hub.clock import FixedClock
from hub.errors import HubError, RefusedError
from hub.store.master_key import FileMasterKey
from hub.store.postgres_server import ServerUrls
from hub.store.postgres_vault import PostgresVault
from hub.store.vault import KeyVault, Reference, verify_keys_cover
from tests.fakes_vault import MemoryVault

AT = datetime(2026, 3, 1, tzinfo=UTC)
REFUSED = psycopg.errors.InsufficientPrivilege


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(AT)


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> FileMasterKey:
    return FileMasterKey.create(tmp_path_factory.mktemp("home") / "master-key.json", AT)


@pytest.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.postgres)])
def vault(request: pytest.FixtureRequest, master: FileMasterKey, clock: FixedClock) -> Iterator[KeyVault]:
    if request.param == "memory":
        yield MemoryVault(clock)
        return
    urls: ServerUrls = request.getfixturevalue("database")
    with closing(PostgresVault(urls.keys, master, clock)) as postgres:
        yield postgres


@pytest.fixture
def open_vault(
    new_database: ServerUrls, master: FileMasterKey, clock: FixedClock
) -> Iterator[Callable[[], PostgresVault]]:
    """Opens one more vault on the test's own database, as another process would."""
    opened: list[PostgresVault] = []

    def open_one() -> PostgresVault:
        opened.append(PostgresVault(new_database.keys, FileMasterKey(master.path), clock))
        return opened[-1]

    yield open_one
    for each in opened:
        each.close()


def references(count: int) -> list[Reference]:
    start = uuid4().hex
    return [("school", f"{start}-{number}") for number in range(count)]


def subjects_of(vault: KeyVault, wanted: Collection[Reference]) -> dict[Reference, UUID]:
    return {reference: held.subject for reference, held in vault.made(wanted).items()}


def code(work: Callable[[], object]) -> str:
    with pytest.raises(HubError) as caught:
        work()
    return caught.value.code


class TestEveryVault:
    def test_a_reference_is_one_subject_for_ever(self, vault: KeyVault) -> None:
        (reference,) = references(1)
        first = subjects_of(vault, [reference])
        assert subjects_of(vault, [reference, reference]) == first
        assert vault.find_subject(*reference) == first[reference]

    def test_each_agencys_reference_is_another_subject(self, vault: KeyVault) -> None:
        name = uuid4().hex
        found = subjects_of(vault, [("school", name), ("police", name), ("police", name + "1")])
        assert len(set(found.values())) == 3

    def test_an_agency_is_told_from_its_reference(self, vault: KeyVault) -> None:
        name = uuid4().hex
        assert len(set(subjects_of(vault, [("a", f"b{name}"), ("ab", name)]).values())) == 2
        assert code(lambda: subjects_of(vault, [("a\x1fb", name)])) == "bad-agency"

    def test_some_known_and_some_new(self, vault: KeyVault) -> None:
        old, new = references(5), references(5)
        known = subjects_of(vault, old)
        both = subjects_of(vault, [*new, *old])
        assert {reference: both[reference] for reference in old} == known
        assert len(set(both.values())) == 10

    def test_to_look_makes_nothing(self, vault: KeyVault) -> None:
        (reference,) = references(1)
        assert vault.find_subject(*reference) is None
        assert vault.find_subject(*reference) is None

    def test_who_is_known_comes_with_the_key(self, vault: KeyVault) -> None:
        known, unknown = references(2)
        made = vault.made([known])
        assert vault.known([known, unknown]) == made
        subject, key = made[known]
        assert vault.keys([subject]) == {subject: key}

    def test_who_was_destroyed_is_not_known(self, vault: KeyVault) -> None:
        (reference,) = references(1)
        vault.destroy([vault.made([reference])[reference].subject])
        assert vault.known([reference]) == {}

    def test_nothing_asked_is_nothing_done(self, vault: KeyVault) -> None:
        vault.make([])
        vault.destroy([])
        assert subjects_of(vault, []) == vault.keys([]) == {}
        assert vault.missing([]) == set()

    def test_a_subject_has_a_key_of_its_own_from_the_first(self, vault: KeyVault) -> None:
        keys = vault.keys(list(subjects_of(vault, references(20)).values()))
        assert len(set(keys.values())) == 20
        assert {len(key or b"") for key in keys.values()} == {32}

    def test_a_subject_without_a_reference_keeps_its_key(self, vault: KeyVault) -> None:
        subjects = [uuid4(), uuid4()]
        before = vault.make(subjects)
        assert vault.keys(subjects) == before
        further = uuid4()
        after = vault.make([*subjects, subjects[0], further])
        assert vault.keys([*subjects, further]) == after == {**before, further: after[further]}

    def test_a_subject_that_never_had_a_key_is_an_error(self, vault: KeyVault) -> None:
        known = uuid4()
        vault.make([known])
        assert code(lambda: vault.keys([known, uuid4()])) == "key-missing"

    def test_a_destroyed_key_is_none_and_its_reference_forgotten(self, vault: KeyVault) -> None:
        (reference,) = references(1)
        subject = subjects_of(vault, [reference])[reference]
        vault.keys([subject])
        vault.destroy([subject])
        assert vault.keys([subject]) == {subject: None}
        assert vault.find_subject(*reference) is None

    def test_a_destroyed_key_is_never_made_again(self, vault: KeyVault) -> None:
        subject = uuid4()
        vault.make([subject])
        vault.destroy([subject])
        assert vault.make([subject]) == {subject: None}
        vault.destroy([subject])
        assert vault.keys([subject]) == {subject: None}

    def test_a_reference_that_comes_back_is_somebody_new(self, vault: KeyVault) -> None:
        (reference,) = references(1)
        before = subjects_of(vault, [reference])[reference]
        vault.destroy([before])
        after = subjects_of(vault, [reference])[reference]
        assert after != before
        assert vault.keys([after, before])[before] is None

    def test_only_what_was_asked_is_destroyed(self, vault: KeyVault) -> None:
        gone, kept = references(2)
        subjects = subjects_of(vault, [gone, kept])
        before = vault.keys([subjects[kept]])
        vault.destroy([subjects[gone]])
        assert vault.keys([subjects[kept]]) == before
        assert vault.find_subject(*kept) == subjects[kept]

    def test_a_stranger_among_them_and_none_is_destroyed(self, vault: KeyVault) -> None:
        subject = uuid4()
        vault.make([subject])
        assert code(lambda: vault.destroy([subject, uuid4()])) == "key-missing"
        assert vault.keys([subject])[subject] is not None

    def test_the_key_of_a_purpose_stays(self, vault: KeyVault) -> None:
        name = uuid4().hex
        assert vault.purpose_key(name) == vault.purpose_key(name)
        assert vault.purpose_key(name) != vault.purpose_key(name + "1")
        assert len(vault.purpose_key(name)) == 32

    def test_those_that_never_had_a_key_are_missing(self, vault: KeyVault) -> None:
        held, destroyed, stranger = uuid4(), uuid4(), uuid4()
        vault.make([held, destroyed])
        vault.destroy([destroyed])
        assert vault.missing([held, destroyed, stranger]) == {stranger}

    def test_the_newest_key_has_a_time(self, vault: KeyVault, clock: FixedClock) -> None:
        clock.at = datetime.now(UTC)
        vault.make([uuid4()])
        assert vault.newest_created_at() == clock.at

    def test_keys_that_cover_the_log_pass(self, vault: KeyVault) -> None:
        subjects = [uuid4() for _ in range(3)]
        vault.make(subjects)
        vault.destroy(subjects[:1])
        verify_keys_cover(vault, iter(subjects))
        verify_keys_cover(vault, ())

    def test_a_key_table_older_than_the_log_is_named(self, vault: KeyVault) -> None:
        subjects = [uuid4() for _ in range(12_000)]
        vault.make(subjects[:-2])
        with pytest.raises(HubError, match="2 subjects") as caught:
            verify_keys_cover(vault, iter(subjects))
        assert caught.value.code == "keys-older-than-log"


class TestPostgres:
    def test_nothing_is_there_in_the_clear(
        self, open_vault: Callable[[], PostgresVault], new_database: ServerUrls
    ) -> None:
        vault = open_vault()
        subject = subjects_of(vault, [("school", "Ffion-Jones")])["school", "Ffion-Jones"]
        secrets = {vault.keys([subject])[subject] or b"", vault.purpose_key("lookup"), b"Ffion-Jones", b"school"}
        dump = b""
        with psycopg.connect(new_database.keys) as connection:
            for table in ("subject_key", "lookup", "purpose_key", "master"):
                for row in connection.execute(f"select * from keys.{table}".encode(), binary=True):
                    dump += b"|".join(bytes(cell) for cell in row if isinstance(cell, bytes))
        assert dump
        assert not [secret for secret in secrets if secret in dump]

    def test_a_destroyed_key_leaves_a_tombstone_alone(
        self, open_vault: Callable[[], PostgresVault], new_database: ServerUrls, clock: FixedClock
    ) -> None:
        vault = open_vault()
        subject = subjects_of(vault, [("school", "1")])["school", "1"]
        clock.advance(timedelta(days=1))
        vault.destroy([subject])
        with psycopg.connect(new_database.keys) as connection:
            assert connection.execute("select subject, wrapped, destroyed_at from keys.subject_key").fetchall() == [
                (subject, None, AT + timedelta(days=1))
            ]
            assert connection.execute("select count(*) from keys.lookup").fetchall() == [(0,)]

    def test_what_another_process_destroyed_is_gone_at_once(self, open_vault: Callable[[], PostgresVault]) -> None:
        here, there = open_vault(), open_vault()
        subject = subjects_of(here, [("school", "1")])["school", "1"]
        assert here.keys([subject])[subject] == there.keys([subject])[subject]
        there.destroy([subject])
        assert here.keys([subject]) == {subject: None}
        assert here.find_subject("school", "1") is None

    def test_all_know_the_same_subjects_whoever_made_them(self, open_vault: Callable[[], PostgresVault]) -> None:
        """Eight processes are given the same thousand references, each in its own order."""
        vaults = [open_vault() for _ in range(8)]
        wanted = references(1000)
        orders = [wanted[at:] + wanted[:at] for at in range(0, 1000, 125)]
        start = threading.Barrier(len(vaults))

        def resolve(vault: PostgresVault, order: list[Reference]) -> tuple[dict[Reference, UUID], bytes]:
            start.wait()
            return subjects_of(vault, order), vault.purpose_key("viewer-ids")

        with ThreadPoolExecutor(len(vaults)) as pool:
            answers = list(pool.map(resolve, vaults, orders))
        assert all(answer == answers[0] for answer in answers)
        keys = [vault.keys(list(answers[0][0].values())) for vault in vaults]
        assert all(each == keys[0] for each in keys)

    def test_threads_may_share_a_vault(self, open_vault: Callable[[], PostgresVault]) -> None:
        vault = open_vault()
        wanted = references(200)
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: vault.keys(list(subjects_of(vault, wanted).values())), range(16)))
        assert all(answer == answers[0] for answer in answers)

    def test_a_moved_key_is_noticed(self, open_vault: Callable[[], PostgresVault], new_database: ServerUrls) -> None:
        one, other = uuid4(), uuid4()
        open_vault().make([one, other])
        with psycopg.connect(new_database.keys) as connection:
            connection.execute(
                "update keys.subject_key set wrapped = (select wrapped from keys.subject_key where subject = %s)"
                " where subject = %s",
                [one, other],
            )
        assert code(lambda: open_vault().keys([other])) == "key-damaged"

    def test_a_vault_with_another_master_key_writes_nothing(
        self, open_vault: Callable[[], PostgresVault], new_database: ServerUrls, tmp_path: Path, clock: FixedClock
    ) -> None:
        open_vault().make([uuid4()])
        stranger = FileMasterKey.create(tmp_path / "other.json", AT)
        with closing(PostgresVault(new_database.keys, stranger, clock)) as vault:
            assert code(lambda: vault.make([uuid4()])) == "master-key-differs"
            assert code(vault.status) == "master-key-differs"
        assert open_vault().status().subjects == 1

    def test_status_counts(self, open_vault: Callable[[], PostgresVault]) -> None:
        vault = open_vault()
        subjects = list(subjects_of(vault, references(3)).values())
        vault.make([uuid4()])
        vault.destroy(subjects[:1])
        status = vault.status()
        assert (status.master_version, status.subjects, status.destroyed, status.references, status.behind) == (
            *(1, 3, 1, 2, 0),
        )
        assert status.newest_created_at == AT

    def test_the_role_of_the_keys_can_neither_remove_a_key_nor_see_the_log(self, new_database: ServerUrls) -> None:
        for statement in (b"delete from keys.subject_key", b"truncate keys.lookup", b"table public.dcb_events_tt_main"):
            with psycopg.connect(new_database.keys) as connection, pytest.raises(REFUSED):
                connection.execute(statement)

    def test_no_other_role_sees_the_keys(self, new_database: ServerUrls) -> None:
        for url in (new_database.app, new_database.reader):
            for table in (b"subject_key", b"lookup", b"purpose_key", b"master"):
                with psycopg.connect(url) as connection, pytest.raises(REFUSED):
                    connection.execute(b"table keys." + table)

    def test_a_vault_of_another_role_is_refused(
        self, new_database: ServerUrls, master: FileMasterKey, clock: FixedClock
    ) -> None:
        with closing(PostgresVault(new_database.app, master, clock)) as vault, pytest.raises(RefusedError):
            vault.make([uuid4()])

    def test_a_key_table_that_lost_its_generation_is_named(
        self, open_vault: Callable[[], PostgresVault], new_database: ServerUrls
    ) -> None:
        with psycopg.connect(new_database.superuser) as server:
            server.execute("delete from keys.generation")
        assert code(lambda: open_vault().keys([uuid4()])) == "key-table-damaged"

    def test_gives_up_when_others_erase_what_it_makes(
        self, open_vault: Callable[[], PostgresVault], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(PostgresVault, "_make_referenced", lambda *_: {})
        assert code(lambda: subjects_of(open_vault(), references(1))) == "vault-busy"

    def test_goes_on_after_its_connections_were_closed(
        self, open_vault: Callable[[], PostgresVault], new_database: ServerUrls
    ) -> None:
        vault = open_vault()
        subject = subjects_of(vault, [("school", "1")])["school", "1"]
        with psycopg.connect(new_database.superuser, autocommit=True) as server:
            server.execute("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'mash_keys'")
        assert vault.find_subject("school", "1") == subject
        vault.destroy([subject])
