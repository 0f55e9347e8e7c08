"""A hub and a PostgreSQL of the benchmark's own, in a temporary folder that is gone afterwards.

Every hub that is measured is a copy of one database, so that each begins alike; all live on the one server.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

import psycopg
from eventsourcing.dcb.postgres_tt import PostgresDCBRecorderTT
from eventsourcing.postgres import PostgresDatastore
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from hub.bootstrap import Hub, open_hub
from hub.making import make_hub
from hub.partnership import read_partnership
from hub.settings import Settings
from hub.store.postgres_server import DATABASE, ServerUrls, set_up_roles, start, stop

_NUMBERS = count(1)


@dataclass(frozen=True)
class Workbench:
    """A running server with one made hub."""

    urls: ServerUrls
    settings: Settings

    def copy_of(self, settings: Settings) -> Settings:
        """Return the settings of a new copy of a hub's database, on which nobody works at this moment."""
        name = f"bench_{next(_NUMBERS)}"
        self._make(name, _database_of(settings))
        set_up_roles(self.urls.of(name).superuser, {})
        return self._settings(name)

    def drop(self, settings: Settings) -> None:
        """Drop a hub's database."""
        self._execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(_database_of(settings))))

    @contextmanager
    def stock_recorder(self) -> Iterator[PostgresDCBRecorderTT]:
        """Lend the library's recorder as it comes, in a fresh database of the same server."""
        name = f"stock_{next(_NUMBERS)}"
        self._make(name, "template0")
        recorder = stock_recorder(self.urls.of(name).superuser)
        try:
            recorder.create_table()
            yield recorder
        finally:
            recorder.datastore.close()
            self._execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def settle(self) -> None:
        """Write out what the server holds back, so that nobody's figures pay for what was done before."""
        self._execute(sql.SQL("CHECKPOINT"))

    def superuser(self, settings: Settings) -> str:
        """Return how the superuser reaches a hub's database."""
        return self.urls.of(_database_of(settings)).superuser

    def _settings(self, name: str) -> Settings:
        urls = self.urls.of(name)
        return replace(self.settings, database_url=urls.app, owner_url=urls.owner, keys_url=urls.keys)

    def _make(self, name: str, template: str) -> None:
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
        self._execute(statement.format(sql.Identifier(name), sql.Identifier(template)))

    def _execute(self, statement: sql.Composed | sql.SQL) -> None:
        with psycopg.connect(self.urls.of("postgres").superuser, autocommit=True) as connection:
            connection.execute(statement)


def stock_recorder(url: str) -> PostgresDCBRecorderTT:
    """Return the library's recorder, with the library's own connections, on a database."""
    where = conninfo_to_dict(url)
    return PostgresDCBRecorderTT(
        PostgresDatastore(
            dbname=str(where["dbname"]),
            host=str(where["host"]),
            port="",
            user=str(where["user"]),
            password=str(where["password"]),
        )
    )


@contextmanager
def workbench() -> Iterator[Workbench]:
    """Make the server and the shipped example partnership's hub; remove both at the end."""
    home = Path(tempfile.mkdtemp(prefix="mash-bench-"))
    home.chmod(0o711)
    settings = Settings(home)
    try:
        urls = start(home)
        make_hub(settings, read_partnership(None), by="benchmark")
        yield Workbench(urls, settings)
    finally:
        stop(home)
        shutil.rmtree(home)


@contextmanager
def open_copy(bench: Workbench, settings: Settings) -> Iterator[Hub]:
    """Open a copy of a hub and drop it at the end."""
    try:
        with open_hub(settings) as hub:
            yield hub
    finally:
        bench.drop(settings)


def _database_of(settings: Settings) -> str:
    return DATABASE if settings.database_url is None else str(conninfo_to_dict(settings.database_url)["dbname"])
