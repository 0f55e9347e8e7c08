"""Who may do what to the log's tables: only ever added to, by one function, whoever asks."""

from collections.abc import Callable

import psycopg
import pytest
from eventsourcing.dcb.api import DCBEvent
from eventsourcing.dcb.postgres_tt import PostgresDCBRecorderTT
from eventsourcing.persistence import DataError, IntegrityError, ProgrammingError
from psycopg import errors

from hub.store.catalogue import catalogue, difference
from hub.store.postgres_server import ServerUrls
from hub.store.recorder import LogDatastore, LogRecorder
from tests.log_rows import row

TABLES = ("dcb_events_tt_main", "dcb_events_tt_tag")
CHANGES = {
    "update": "UPDATE {table} SET {column} = {column}",
    "delete": "DELETE FROM {table}",
    "delete nothing": "DELETE FROM {table} WHERE false",
    "truncate": "TRUNCATE {table}",
    "merge": "MERGE INTO {table} AS a USING {table} AS b ON false WHEN MATCHED THEN DELETE",
}
COLUMNS = {"dcb_events_tt_main": "id", "dcb_events_tt_tag": "main_id"}


def run(url: str, *statements: str) -> None:
    with psycopg.connect(url) as connection:
        for statement in statements:
            connection.execute(statement.encode())


@pytest.fixture(scope="module")
def log(database: ServerUrls) -> ServerUrls:
    """A log with one event."""
    recorder = LogRecorder(LogDatastore(database.app))
    recorder.append_once([row("subject:a")])
    recorder.datastore.close()
    return database


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("change", CHANGES)
class TestNothingIsChanged:
    def statement(self, change: str, table: str) -> str:
        return CHANGES[change].format(table=table, column=COLUMNS[table])

    def test_by_the_application(self, log: ServerUrls, change: str, table: str) -> None:
        with pytest.raises(errors.InsufficientPrivilege, match="permission denied"):
            run(log.app, self.statement(change, table))

    def test_by_the_owner(self, log: ServerUrls, change: str, table: str) -> None:
        with pytest.raises(errors.InsufficientPrivilege, match="permission denied"):
            run(log.owner, self.statement(change, table))

    @pytest.mark.parametrize("role", ["mash_log", "a superuser", "a superuser who switches triggers off"])
    def test_by_those_who_could(self, log: ServerUrls, change: str, table: str, role: str) -> None:
        url, first = {
            "mash_log": (log.owner, "SET ROLE mash_log"),
            "a superuser": (log.superuser, "SELECT"),
            "a superuser who switches triggers off": (log.superuser, "SET session_replication_role = replica"),
        }[role]
        with pytest.raises(errors.InsufficientPrivilege, match=f"only ever added to: [A-Z]+ of {table} is refused"):
            run(url, first, self.statement(change, table))


class TestTheApplication:
    @pytest.mark.parametrize(
        "statement",
        [
            "INSERT INTO dcb_events_tt_main (type, data, tags) VALUES ('forged', '', '{}')",
            "INSERT INTO dcb_events_tt_tag (tag, main_id) VALUES ('subject:a', 1)",
            "COPY dcb_events_tt_tag FROM STDIN",
            "SELECT nextval('dcb_events_tt_main_id_seq')",
            "SELECT setval('dcb_events_tt_main_id_seq', 1)",
            "LOCK TABLE dcb_events_tt_main IN EXCLUSIVE MODE",
            "CREATE TABLE public.mine (n int)",
            "CREATE TABLE hub.mine (n int)",
            "CREATE TEMPORARY TABLE mine (n int)",
            "CREATE SCHEMA mine",
            "CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "ALTER TABLE dcb_events_tt_main DISABLE TRIGGER ALL",
            "DROP TABLE dcb_events_tt_main",
            "SET ROLE mash_log",
            "SET ROLE mash_owner",
            "SET session_replication_role = replica",
            "UPDATE hub.migration SET checksum = ''",
        ],
    )
    def test_may_not(self, log: ServerUrls, statement: str) -> None:
        with pytest.raises(errors.InsufficientPrivilege):
            run(log.app, statement)

    def test_may_not_append_as_the_library_does(self, log: ServerUrls) -> None:
        recorder = PostgresDCBRecorderTT(LogDatastore(log.app))
        with pytest.raises(ProgrammingError):
            recorder.append([row()])
        recorder.datastore.close()

    def test_may_not_call_the_librarys_functions_even_where_they_are(self, new_database: ServerUrls) -> None:
        owner = PostgresDCBRecorderTT(LogDatastore(new_database.superuser))
        owner.create_table()
        owner.datastore.close()
        datastore = LogDatastore(new_database.app)
        for recorder in (PostgresDCBRecorderTT(datastore), LogRecorder(datastore)):
            with pytest.raises(ProgrammingError, match="permission denied"):
                recorder.append([row()])
        datastore.close()

    def test_reads(self, log: ServerUrls) -> None:
        run(log.app, "SELECT * FROM dcb_events_tt_main", "SELECT * FROM dcb_events_tt_tag")


@pytest.mark.parametrize(
    ("statement", "who"),
    [
        ("SELECT * FROM public.dcb_events_tt_main", {"app", "reader"}),
        ("SELECT * FROM public.dcb_events_tt_tag", {"app", "reader"}),
        ("SELECT public.mash_position_at(0)", {"app", "reader"}),
        ("SELECT public.mash_append('{}', '{}', '{}', '{}', 0)", {"app"}),
        ("SELECT * FROM hub.migration", {"app", "reader", "owner"}),
        ("SELECT * FROM hub.follower", {"app", "reader", "owner"}),
        ("INSERT INTO hub.follower VALUES ('x', 1)", {"app", "owner"}),
    ],
)
def test_each_role_may_do_what_it_is_for(log: ServerUrls, statement: str, who: set[str]) -> None:
    def may(role: str) -> bool:
        try:
            with psycopg.connect(getattr(log, role)) as connection:
                connection.execute(statement.encode())
                connection.rollback()
        except errors.InsufficientPrivilege:
            return False
        except errors.DataException:
            return True
        return True

    assert {role for role in ("owner", "app", "reader", "keys") if may(role)} == who


def test_nobody_signs_in_as_the_owner_of_the_log(log: ServerUrls) -> None:
    with psycopg.connect(log.superuser) as connection:
        found = connection.execute(
            "SELECT rolcanlogin, rolpassword FROM pg_authid WHERE rolname = 'mash_log'"
        ).fetchone()
    assert found == (False, None)


def test_no_function_is_for_everybody(log: ServerUrls) -> None:
    with psycopg.connect(log.reader) as connection:
        assert [fact for fact in catalogue(connection) if fact.startswith("PUBLIC")] == []


def test_the_appending_function_trusts_no_search_path(log: ServerUrls) -> None:
    with psycopg.connect(log.reader) as connection:
        facts = [fact for fact in catalogue(connection) if fact.startswith("function public.mash_append")]
    assert "of mash_log: plpgsql" in facts[0]
    assert 'as definer t, with {"search_path=pg_catalog, pg_temp"' in facts[0]


class TestTheAppendingFunction:
    @pytest.mark.parametrize(
        "event",
        [
            DCBEvent("referral", b"not sealed, but as long as a header", row().tags),
            DCBEvent("referral", b"MASH", row().tags),
            DCBEvent("referral", row().data, ["subject:a"]),
            DCBEvent("referral", row().data, row().tags + row().tags),
        ],
        ids=["not sealed", "too short", "no event tag", "two event tags"],
    )
    def test_refuses_what_is_no_row_of_the_log(self, log: ServerUrls, event: DCBEvent) -> None:
        recorder = LogRecorder(LogDatastore(log.app))
        with pytest.raises(DataError, match="needs a type, a sealed event and one event tag"):
            recorder.append_once([row(), event])
        recorder.datastore.close()

    @pytest.mark.parametrize("arguments", ["NULL, NULL, NULL, NULL, NULL", "'{a}', '{}', '{}', '{}', 0"])
    def test_refuses_arguments_that_do_not_fit(self, log: ServerUrls, arguments: str) -> None:
        with pytest.raises(errors.DataException):
            run(log.app, f"SELECT mash_append({arguments})")

    def test_refuses_a_transaction_that_may_not_see_the_last_row(self, log: ServerUrls) -> None:
        with pytest.raises(errors.InvalidTransactionState, match="read committed only"):
            run(
                log.app,
                "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
                "SELECT mash_append('{}', '{}', '{}', '{}', 0)",
            )

    def test_keeps_an_event_from_being_recorded_twice_where_no_condition_is_given(self, log: ServerUrls) -> None:
        recorder = LogRecorder(LogDatastore(log.app))
        event = row()
        recorder.append_once([event])
        with pytest.raises(IntegrityError):
            recorder.append_once([event])
        recorder.datastore.close()

    def test_refuses_a_tag_that_would_become_two(self, log: ServerUrls) -> None:
        recorder = LogRecorder(LogDatastore(log.app))
        with pytest.raises(ProgrammingError, match="line feed"):
            recorder.append_once([row("subject:a\nsubject:b")])
        recorder.datastore.close()


def test_the_tables_are_the_librarys_but_for_three_things(log: ServerUrls, empty_database: ServerUrls) -> None:
    """A newer library with other tables fails here: then migrate ours."""
    stock = PostgresDCBRecorderTT(LogDatastore(empty_database.superuser))
    stock.create_table()
    stock.datastore.close()
    ours, theirs = (_tables(url) for url in (log.superuser, empty_database.superuser))
    assert difference(theirs, ours) == [
        "missing: column public.dcb_events_tt_main.data: bytea, not null f, storage x, default none",
        (
            "missing: constraint dcb_events_tt_tag_main_id_fkey on public.dcb_events_tt_tag: "
            "FOREIGN KEY (main_id) REFERENCES public.dcb_events_tt_main(id)"
        ),
        (
            "not expected: CREATE UNIQUE INDEX dcb_events_tt_tag_once ON public.dcb_events_tt_tag "
            "USING btree (tag) WHERE (tag ~~ 'event:%'::text)"
        ),
        "not expected: column public.dcb_events_tt_main.data: bytea, not null f, storage e, default none",
    ]
    own, stocks = (_options(url) for url in (log.superuser, empty_database.superuser))
    assert own == {**stocks, "dcb_events_tt_main": [*(stocks["dcb_events_tt_main"] or ()), "toast_tuple_target=8160"]}


def _tables(url: str) -> list[str]:
    wanted: tuple[Callable[[str], bool], ...] = (
        lambda fact: fact.startswith(("column public.dcb_", "constraint dcb_")),
        lambda fact: fact.startswith("CREATE") and "public.dcb_" in fact,
    )
    with psycopg.connect(url) as connection:
        return [fact for fact in catalogue(connection) if any(want(fact) for want in wanted)]


def _options(url: str) -> dict[str, list[str] | None]:
    with psycopg.connect(url) as connection:
        query = "SELECT relname, reloptions FROM pg_class WHERE relname LIKE 'dcb%' ORDER BY 1"
        found = connection.execute(query).fetchall()
    return {name: options for name, options in found if name != "dcb_events_tt_tag_once"}
