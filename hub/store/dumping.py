"""Take a database's rows out and put them back, by PostgreSQL's own pg_dump and pg_restore.

Each part is read as the role that owns it, all parts as of one moment. A dump holds rows alone: the schema is made by
the migrations. No password stands on a command line, and what a program says of rows is never repeated.
"""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import tuple_row

from hub.errors import HubError
from hub.store.database_errors import database_errors
from hub.store.postgres_programs import program

_MIGRATION: Final = "hub.migration"
_TABLES = """
    SELECT schemaname, tablename FROM pg_catalog.pg_tables
    WHERE schemaname = ANY(%s) AND schemaname || '.' || tablename <> %s ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Part:
    """What is dumped into one file: some schemas, and the role that owns them."""

    name: str
    schemas: tuple[str, ...]
    role: str


LOG: Final = Part("log", ("public",), "mash_log")
WORK: Final = Part("work", ("hub", "broker"), "mash_owner")
KEYS: Final = Part("keys", ("keys",), "mash_owner")
# A session that was ended, and what was found in it, must not come back with a restored database.
IN_NO_PART: Final = ("pages", "sign_in")


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment of a database that stays as it was, for as long as the connection lives."""

    url: str
    connection: psycopg.Connection[Any]

    def counts(self, part: Part) -> dict[str, int]:
        """Count the rows of a part's tables."""
        return _counts(self.connection, part)

    def head(self) -> int:
        """Return the log's last position."""
        with _as_role(self.connection, LOG.role):
            (head,) = _one(self.connection, "SELECT coalesce(max(id), 0) FROM public.dcb_events_tt_main")
        return int(head)

    def migrations(self) -> dict[str, str]:
        """Return the checksum of each migration that made the schema, by its name."""
        return dict(self.connection.execute("SELECT name, checksum FROM hub.migration").fetchall())

    def dump(self, part: Part, file: Path) -> None:
        """Write a part as a dump that pg_restore reads; raises HubError `postgres-failed`."""
        (snapshot,) = _one(self.connection, "SELECT pg_catalog.pg_export_snapshot()")
        schemas = [f"--schema={schema}" for schema in part.schemas]
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as output:
            _run(
                "pg_dump", self.url, "--data-only", "--format=custom", f"--snapshot={snapshot}", f"--role={part.role}",
                "--lock-wait-timeout=60s", f"--exclude-table-data={_MIGRATION}", *schemas, output=output,
            )  # fmt: skip
            os.fsync(output.fileno())


@contextmanager
def moment(owner_url: str) -> Iterator[Moment]:
    """Yield this moment of a database."""
    with database_errors(), psycopg.connect(owner_url, row_factory=tuple_row) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        yield Moment(owner_url, connection)


def has_events(owner_url: str) -> bool:
    """Say whether the database has a log with events in it."""
    with database_errors(), psycopg.connect(owner_url, row_factory=tuple_row) as connection:
        (there,) = _one(connection, "SELECT pg_catalog.to_regclass('public.dcb_events_tt_main') IS NOT NULL")
        if not there:
            return False
        with _as_role(connection, LOG.role):
            (found,) = _one(connection, "SELECT EXISTS (SELECT FROM public.dcb_events_tt_main)")
        return bool(found)


def load(owner_url: str, part: Part, file: Path) -> dict[str, int]:
    """Put a dump's rows in place of those that are there, all or none, and count them.

    The log's rows are only ever added: its tables must be empty. Raises HubError `postgres-failed`.
    """
    with database_errors(), psycopg.connect(owner_url, row_factory=tuple_row) as connection:
        if part is not LOG:
            names = [sql.Identifier(*table) for table in _tables(connection, part)]
            connection.execute(sql.SQL("TRUNCATE {}").format(sql.SQL(", ").join(names)))
    _run(
        "pg_restore", owner_url, "--data-only", "--single-transaction", "--exit-on-error", f"--role={part.role}",
        str(file),
    )  # fmt: skip
    with database_errors(), psycopg.connect(owner_url, row_factory=tuple_row) as connection:
        return _counts(connection, part)


def _tables(connection: psycopg.Connection[Any], part: Part) -> list[tuple[str, str]]:
    return connection.execute(_TABLES, [list(part.schemas), _MIGRATION]).fetchall()


def _counts(connection: psycopg.Connection[Any], part: Part) -> dict[str, int]:
    found = {}
    with _as_role(connection, part.role):
        for schema, table in _tables(connection, part):
            query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(schema, table))
            (found[f"{schema}.{table}"],) = _one(connection, query)
    return found


@contextmanager
def _as_role(connection: psycopg.Connection[Any], role: str) -> Iterator[None]:
    connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(role)))
    yield
    connection.execute("RESET ROLE")


def _one(connection: psycopg.Connection[Any], query: Any) -> tuple[Any, ...]:
    row: tuple[Any, ...] | None = connection.execute(query).fetchone()
    assert row is not None  # noqa: S101 - each of these queries has one row
    return row


def _run(name: str, url: str, *arguments: str, output: IO[bytes] | None = None) -> None:
    known = {key: str(value) for key, value in conninfo_to_dict(url).items() if value is not None}
    password = known.pop("password", None)
    secret = {"PGPASSWORD": password} if password else {}
    with tempfile.TemporaryFile() as said:
        ended = subprocess.run(
            [str(program(name)), f"--dbname={make_conninfo('', **known)}", "--no-password", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output or said,
            stderr=said,
            env={**os.environ, "LC_ALL": "C", **secret},
            check=False,
        )
        said.seek(0)
        lines = said.read().decode("utf-8", "replace").splitlines()
    if ended.returncode != 0:
        # Only what it says the error is: the lines after it may hold a row.
        error = next((line for line in lines if "error:" in line), "it said nothing")
        raise HubError(f"{name} failed: {error.strip()}", code="postgres-failed")
