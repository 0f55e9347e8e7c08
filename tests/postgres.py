"""The real PostgreSQL of the tests: one embedded server a session, a migrated database of its own for each module.

A database is copied from a migrated template, so it costs a twentieth of a second. Tests that use any of these fixtures
are marked `postgres`; if the server does not start they fail, they are never skipped.
"""

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from hub.store.postgres_server import DATABASE, ServerUrls, set_up_roles, start, stop
from hub.store.schema import migrate

_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it
_ROOM_BYTES = 6 << 30
_FIXTURES = frozenset({"database_server", "database", "new_database", "empty_database"})


@dataclass
class DatabaseServer:
    """A running server that makes and drops databases."""

    home: Path
    urls: ServerUrls
    _numbers: Iterator[int] = field(default_factory=count)

    def make(self, *, template: str) -> ServerUrls:
        """Return a new database made from a template, with the hub's roles."""
        name = f"test_{next(self._numbers)}"
        make = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        self._execute(make)
        urls = self.urls.of(name)
        set_up_roles(urls.superuser, {})
        return urls

    def drop(self, urls: ServerUrls) -> None:
        """Drop a database, whoever is connected."""
        name = psycopg.conninfo.conninfo_to_dict(urls.superuser)["dbname"]
        self._execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(str(name))))

    def _execute(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.urls.of("postgres").superuser, autocommit=True) as connection:
            # Making a database writes all of it to the write-ahead log, and compressing that is what takes longest.
            connection.execute("SET wal_compression = off")
            connection.execute(statement)


@pytest.fixture(scope="session")
def database_server() -> Iterator[DatabaseServer]:
    """The session's server; its own database `mash` is the migrated template."""
    home = Path(tempfile.mkdtemp(prefix="mash-", dir=_in_memory()))
    urls = start(home)
    _wait_for_no_disk(urls)
    migrate(urls.owner)
    yield DatabaseServer(home, urls)
    stop(home)
    shutil.rmtree(home)


def _in_memory() -> Path | None:
    """Return a folder in memory where there is room: a thousand databases are hundreds of thousands of files."""
    return _MEMORY if _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ROOM_BYTES else None


def _wait_for_no_disk(urls: ServerUrls) -> None:
    """Spare the tests the wait for the disk: no test cuts the power, and a killed process loses nothing by it."""
    with psycopg.connect(urls.superuser, autocommit=True) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(setting)))
        connection.execute("SELECT pg_reload_conf()")


@pytest.fixture(scope="module")
def database(database_server: DatabaseServer) -> Iterator[ServerUrls]:
    """A migrated database that the tests of one module share."""
    urls = database_server.make(template=DATABASE)
    yield urls
    database_server.drop(urls)


@pytest.fixture
def new_database(database_server: DatabaseServer) -> Iterator[ServerUrls]:
    """A migrated database for one test."""
    urls = database_server.make(template=DATABASE)
    yield urls
    database_server.drop(urls)


@pytest.fixture
def empty_database(database_server: DatabaseServer) -> Iterator[ServerUrls]:
    """A database for one test, with the hub's roles and no table."""
    urls = database_server.make(template="template0")
    yield urls
    database_server.drop(urls)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what uses the server."""
    for item in items:
        if isinstance(item, pytest.Function) and _FIXTURES.intersection(item.fixturenames):
            item.add_marker(pytest.mark.postgres)
