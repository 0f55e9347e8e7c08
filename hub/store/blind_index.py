"""Find subjects by a value without storing the value: by its keyed hash, in a table that is made anew from the log.

Gives candidates only. Values come normalised; two hashes that collide are told apart by whoever reads the subject.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from psycopg_pool import ConnectionPool

from hub.errors import HubError
from hub.store.database_errors import database_errors

Entry = tuple[str, str]

_SEPARATOR = "\x1f"
_TOKEN_BYTES = 16


class BlindIndex:
    """The table `hub.blind_index`, under the key of its purpose."""

    def __init__(self, pool: ConnectionPool[Any], key: bytes) -> None:
        self._pool = pool
        self._keyed = HMAC(key, SHA256())

    def put(self, entries: Iterable[tuple[UUID, str, str]]) -> None:
        """Add (subject, kind, value); one that is there already stays as it is."""
        rows = sorted({(kind, self._token(kind, value), subject) for subject, kind, value in entries})
        columns = [list(column) for column in zip(*rows, strict=True)]
        if columns:
            with database_errors(), self._pool.connection() as connection:
                connection.execute(_INSERT, columns)

    def find(self, kind: str, value: str) -> list[UUID]:
        """Return the subjects that have a value, in the order of their ids."""
        return self.find_any([(kind, value)])[kind, value]

    def find_any(self, wanted: Collection[Entry]) -> dict[Entry, list[UUID]]:
        """Return the subjects of each (kind, value), in the order of their ids; empty for one that nobody has."""
        asked = {(kind, self._token(kind, value)): (kind, value) for kind, value in wanted}
        found = defaultdict(list)
        if asked:
            with database_errors(), self._pool.connection() as connection:
                columns = [list(column) for column in zip(*asked, strict=True)]
                for kind, token, subject in connection.execute(_SELECT, columns, binary=True):
                    found[kind, token].append(subject)
        return {entry: sorted(found[hashed]) for hashed, entry in asked.items()}

    def clear(self, subjects: Collection[UUID]) -> None:
        """Remove all that is held of subjects."""
        with database_errors(), self._pool.connection() as connection:
            connection.execute("delete from hub.blind_index where subject = any(%b)", [list(subjects)])

    def _token(self, kind: str, value: str) -> bytes:
        if _SEPARATOR in kind:
            raise HubError("The kind of a value holds a separator.", code="bad-kind")
        mac = self._keyed.copy()
        mac.update(f"{kind}{_SEPARATOR}{value}".encode())
        return mac.finalize()[:_TOKEN_BYTES]


_INSERT = """
insert into hub.blind_index (kind, token, subject)
select * from unnest(%b::text[], %b::bytea[], %b::uuid[]) on conflict do nothing"""

_SELECT = """
select kind, token, subject from hub.blind_index
join unnest(%b::text[], %b::bytea[]) wanted (kind, token) using (kind, token)"""
