"""Migrations: in order, once, by the owner; and no work on a database that is not exactly what the code expects."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import psycopg
import pytest

from hub.errors import HubError, RetryableError
from hub.store.postgres_server import ServerUrls
from hub.store.schema import Migration, check_schema, migrate, migrations

FIRST = Migration(1, "0001_first", b"CREATE TABLE hub.first (n int); GRANT SELECT ON hub.first TO mash_app;")
SECOND = Migration(2, "0002_second", b"CREATE TABLE hub.second (n int);")
BROKEN = Migration(2, "0002_broken", b"CREATE TABLE hub.half (n int); SELECT * FROM hub.no_such_table;")
AS_LOG = Migration(2, "0002_log", b"SET LOCAL ROLE mash_log; CREATE TABLE public.kept (n int);")


def check(urls: ServerUrls, known: Sequence[Migration] | None = None, role: str = "app") -> None:
    with psycopg.connect(getattr(urls, role)) as connection:
        check_schema(connection, known)


def code_of(urls: ServerUrls, known: Sequence[Migration] | None = None) -> str:
    with pytest.raises(HubError) as caught:
        check(urls, known)
    assert "\n" not in str(caught.value)
    return caught.value.code


def run(url: str, statement: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(statement.encode())


def tables(url: str) -> set[str]:
    with psycopg.connect(url) as connection:
        return {name for (name,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'hub'")}


class TestMigrating:
    def test_all_of_ours_are_applied_in_order_then_nothing(self, empty_database: ServerUrls) -> None:
        names = [migration.name for migration in migrations()]
        assert names == sorted(names)
        assert names[0] == "0001_log"
        assert migrate(empty_database.owner) == names
        assert migrate(empty_database.owner) == []
        check(empty_database)

    def test_versions_are_numbered_without_repeats(self) -> None:
        versions = [migration.version for migration in migrations()]
        assert len({*versions}) == len(versions)

    def test_what_is_missing_is_added(self, empty_database: ServerUrls) -> None:
        assert migrate(empty_database.owner, [FIRST]) == ["0001_first"]
        assert code_of(empty_database, [FIRST, SECOND]) == "older-schema"
        assert migrate(empty_database.owner, [FIRST, SECOND]) == ["0002_second"]
        check(empty_database, [FIRST, SECOND])

    def test_one_that_fails_leaves_nothing_of_itself(self, empty_database: ServerUrls) -> None:
        with pytest.raises(HubError, match="no_such_table"):
            migrate(empty_database.owner, [FIRST, BROKEN])
        assert tables(empty_database.superuser) == {"first", "migration"}
        assert migrate(empty_database.owner, [FIRST, SECOND]) == ["0002_second"]

    def test_one_that_acts_as_the_logs_owner_is_recorded_all_the_same(self, empty_database: ServerUrls) -> None:
        migrate(empty_database.owner, [FIRST, AS_LOG])
        check(empty_database, [FIRST, AS_LOG])

    def test_two_at_once_do_it_once(self, empty_database: ServerUrls) -> None:
        with ThreadPoolExecutor(4) as threads:
            applied = [*threads.map(lambda _: migrate(empty_database.owner), range(4))]
        assert sorted(applied)[-1] == [migration.name for migration in migrations()]
        assert sum(map(len, applied)) == len(migrations())

    def test_a_database_without_roles_is_refused(
        self, empty_database: ServerUrls, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("hub.store.schema.ROLES", ("mash_log", "mash_nobody"))
        with pytest.raises(HubError, match=r"roles\.sql") as caught:
            migrate(empty_database.owner)
        assert caught.value.code == "roles-missing"

    def test_an_old_postgresql_is_refused(self, empty_database: ServerUrls, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("hub.store.schema.OLDEST_POSTGRESQL", 99)
        with pytest.raises(HubError, match="PostgreSQL 99") as caught:
            migrate(empty_database.owner)
        assert caught.value.code == "postgres-too-old"

    def test_a_server_that_is_away_is_worth_another_try(self) -> None:
        with pytest.raises(RetryableError) as caught:
            migrate("postgresql://mash_owner@/mash?host=/nowhere")
        assert caught.value.code == "database-away"


class TestADatabaseThatIsNotOurs:
    def test_an_empty_one(self, empty_database: ServerUrls) -> None:
        assert code_of(empty_database) == "schema-missing"

    def test_a_newer_one_is_refused_by_both_and_both_versions_named(self, empty_database: ServerUrls) -> None:
        migrate(empty_database.owner, [FIRST, SECOND])
        with pytest.raises(HubError, match=r"newer schema \(2\) than this program \(1\)") as caught:
            check(empty_database, [FIRST])
        assert caught.value.code == "newer-schema"
        with pytest.raises(HubError) as caught:
            migrate(empty_database.owner, [FIRST])
        assert caught.value.code == "newer-schema"

    def test_one_made_by_an_edited_migration(self, empty_database: ServerUrls) -> None:
        migrate(empty_database.owner, [FIRST])
        edited = replace(FIRST, sql=FIRST.sql + b"-- edited")
        assert code_of(empty_database, [edited]) == "migration-changed"
        with pytest.raises(HubError) as caught:
            migrate(empty_database.owner, [edited, SECOND])
        assert caught.value.code == "migration-changed"
        assert tables(empty_database.superuser) == {"first", "migration"}

    @pytest.mark.parametrize(
        ("change", "named"),
        [
            ("ALTER TABLE dcb_events_tt_main DISABLE TRIGGER only_added_to", "trigger only_added_to"),
            ("ALTER TABLE dcb_events_tt_tag ENABLE TRIGGER only_added_to", "enabled A"),
            ("DROP TRIGGER only_added_to ON dcb_events_tt_main", "trigger only_added_to"),
            ("GRANT INSERT ON dcb_events_tt_tag TO mash_app", "not expected: mash_app may INSERT"),
            ("GRANT EXECUTE ON FUNCTION mash_append TO PUBLIC", "not expected: PUBLIC may EXECUTE"),
            ("DROP INDEX dcb_events_tt_tag_once", "missing: CREATE UNIQUE INDEX dcb_events_tt_tag_once"),
            ("ALTER TABLE hub.follower ADD COLUMN note text", "not expected: column hub.follower.note"),
            ("CREATE TABLE public.extra (n int)", "extra"),
            ("ALTER FUNCTION mash_append SECURITY INVOKER", "as definer t"),
            ("CREATE RULE forget AS ON INSERT TO dcb_events_tt_tag DO INSTEAD NOTHING", "rule forget"),
        ],
    )
    def test_one_that_was_changed_by_hand(self, new_database: ServerUrls, change: str, named: str) -> None:
        check(new_database)
        run(new_database.superuser, change)
        with pytest.raises(HubError) as caught:
            check(new_database)
        assert caught.value.code == "schema-changed"
        assert named in str(caught.value)

    def test_rows_change_nothing(self, new_database: ServerUrls) -> None:
        run(new_database.app, "INSERT INTO hub.follower VALUES ('x', 1)")
        check(new_database)
        check(new_database, role="reader")
