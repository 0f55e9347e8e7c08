"""Bring a database to the schema that this code expects, and refuse to work on any other.

Runs `migrations/NNNN_*.sql` in order as `mash_owner`, each in one transaction with its record in `hub.migration`: its
checksum, and the catalogue of everything in the database as that migration left it. `check_schema` compares both, so a
dropped trigger, a privilege granted by hand or a changed migration is named, and nothing is written.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import psycopg
from psycopg.rows import tuple_row

from hub.errors import HubError
from hub.store.catalogue import catalogue, difference
from hub.store.database_errors import database_errors

OLDEST_POSTGRESQL = 16
ROLES = ("mash_log", "mash_app", "mash_reader", "mash_keys")
_LOCK = 0x6D617368
_BOOTSTRAP = b"""
CREATE SCHEMA IF NOT EXISTS hub;
CREATE TABLE IF NOT EXISTS hub.migration (
    version integer PRIMARY KEY,
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now(),
    catalogue text[] NOT NULL
);
GRANT USAGE ON SCHEMA hub TO mash_app, mash_reader;
GRANT SELECT ON hub.migration TO mash_app, mash_reader;
"""

Connection = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True)
class Migration:
    """One step from an older schema to the next."""

    version: int
    name: str
    sql: bytes

    @property
    def checksum(self) -> str:
        """The SHA-256 of the file: a migration that was applied is never edited."""
        return hashlib.sha256(self.sql).hexdigest()


def migrations() -> tuple[Migration, ...]:
    """Return the migrations that this code brings, in order."""
    folder = files("hub.store") / "migrations"
    found = [entry for entry in folder.iterdir() if entry.name[:4].isdigit() and entry.name.endswith(".sql")]
    return tuple(
        Migration(int(entry.name[:4]), entry.name.removesuffix(".sql"), entry.read_bytes())
        for entry in sorted(found, key=lambda entry: entry.name)
    )


def migrate(owner_url: str, known: Sequence[Migration] | None = None) -> list[str]:
    """Apply what is missing and return its names; changes nothing when all is there.

    Raises HubError: `roles-missing`, `postgres-too-old`, `newer-schema` or `migration-changed`.
    """
    known = migrations() if known is None else known
    with database_errors(), psycopg.connect(owner_url, autocommit=True) as connection:
        _refuse_unprepared(connection)
        connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        connection.execute(_BOOTSTRAP)
        recorded = _recorded(connection)
        _refuse_other(recorded, known)
        missing = [migration for migration in known if migration.version not in recorded]
        for migration in missing:
            _apply(connection, migration)
        return [migration.name for migration in missing]


def check_schema(connection: Connection, known: Sequence[Migration] | None = None) -> None:
    """Return only if the database has exactly the schema that this code expects; any role may ask.

    Raises HubError: `schema-missing`, `older-schema`, `newer-schema`, `migration-changed` or `schema-changed`.
    """
    known = migrations() if known is None else known
    with database_errors():
        recorded = _recorded(connection)
        _refuse_other(recorded, known)
        missing = [migration.name for migration in known if migration.version not in recorded]
        if missing:
            raise HubError(f"The database lacks {', '.join(missing)}: run mash init.", code="older-schema")
        changed = difference(recorded[known[-1].version].catalogue, catalogue(connection))
    if changed:
        more = f" (and {len(changed) - 1} more)" if len(changed) > 1 else ""
        raise HubError(f"The database was changed by hand: {changed[0]}{more}.", code="schema-changed")


@dataclass(frozen=True, slots=True)
class _Recorded:
    name: str
    checksum: str
    catalogue: list[str]


def _recorded(connection: Connection) -> dict[int, _Recorded]:
    query = "SELECT version, name, checksum, catalogue FROM hub.migration"
    try:
        with connection.transaction(), connection.cursor(row_factory=tuple_row) as cursor:
            return {version: _Recorded(*rest) for version, *rest in cursor.execute(query)}
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName) as error:
        raise HubError("The database has no tables of the hub: run mash init.", code="schema-missing") from error


def _refuse_unprepared(connection: Connection) -> None:
    major = connection.info.server_version // 10_000
    if major < OLDEST_POSTGRESQL:
        raise HubError(f"PostgreSQL {OLDEST_POSTGRESQL} or later is needed, this is {major}.", code="postgres-too-old")
    with connection.cursor(row_factory=tuple_row) as cursor:
        query = "SELECT rolname FROM pg_roles WHERE rolname = ANY(%s)"
        found = {role for (role,) in cursor.execute(query, [[*ROLES]])}
    if found != {*ROLES}:
        raise HubError("The database lacks the hub's roles: run roles.sql in it as a superuser.", code="roles-missing")


def _refuse_other(recorded: dict[int, _Recorded], known: Sequence[Migration]) -> None:
    newest, ours = max(recorded, default=0), known[-1].version
    if newest > ours:
        raise HubError(
            f"The database is of a newer schema ({newest}) than this program ({ours}): use the program that made it.",
            code="newer-schema",
        )
    for migration in known:
        applied = recorded.get(migration.version)
        if migration.version <= newest and (applied is None or applied.checksum != migration.checksum):
            raise HubError(
                f"Migration {migration.name} is not what the database was made by.", code="migration-changed"
            )


def _apply(connection: Connection, migration: Migration) -> None:
    with connection.transaction():
        connection.execute(migration.sql)
        connection.execute("RESET ROLE")
        connection.execute(
            "INSERT INTO hub.migration (version, name, checksum, catalogue) VALUES (%s, %s, %s, %s)",
            [migration.version, migration.name, migration.checksum, catalogue(connection)],
        )
