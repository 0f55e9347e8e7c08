"""The table of what people have in hand on the pages: sealed, by unguessable ids. Knows not what it is."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg_pool import ConnectionPool

from hub.store.database_errors import database_errors


class KeptPages:
    """The table `pages.kept`."""

    def __init__(self, pool: ConnectionPool[Any]) -> None:
        self._pool = pool

    def put(self, session: UUID, rows: Sequence[tuple[bytes, bytes]], at: datetime) -> None:
        """Add (id, sealed) of a session; one that is there already stays as it is."""
        ids, sealed = [row[0] for row in rows], [row[1] for row in rows]
        with database_errors(), self._pool.connection() as connection:
            connection.execute(_INSERT, [session, at, ids, sealed])

    def find(self, session: UUID, name: bytes) -> bytes | None:
        """Return what is sealed under an id of this session."""
        query = "select sealed from pages.kept where id = %s and session = %s"
        with database_errors(), self._pool.connection() as connection:
            row = connection.execute(query, [name, session]).fetchone()
        return None if row is None else bytes(row[0])

    def all(self, session: UUID) -> list[tuple[bytes, bytes]]:
        """Return (id, sealed) of all that is kept for a session, in the order in which it was put."""
        query = "select id, sealed from pages.kept where session = %s order by kept_at, id"
        with database_errors(), self._pool.connection() as connection:
            return [(bytes(name), bytes(sealed)) for name, sealed in connection.execute(query, [session])]

    def forget(self, before: datetime) -> None:
        """Remove what was put before a moment."""
        with database_errors(), self._pool.connection() as connection:
            connection.execute("delete from pages.kept where kept_at < %s", [before])


_INSERT = """
    insert into pages.kept (id, session, kept_at, sealed)
    select id, %s, %s, sealed from unnest(%s::bytea[], %s::bytea[]) as row (id, sealed)
    on conflict (id) do nothing
"""
