"""Which person each subject is linked to, and what was last seen of it; derived from the log and rebuilt from it."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg_pool import ConnectionPool

from hub.store.database_errors import database_errors


@dataclass(frozen=True, slots=True)
class IndexedSubject:
    """A subject's person, and a digest of the statement that was last compared."""

    person: UUID
    seen: bytes


class IdentityIndex:
    """The look-up table of the identity follower."""

    def __init__(self, pool: ConnectionPool[Any]) -> None:
        self._pool = pool

    @database_errors()
    def get(self, subjects: Collection[UUID]) -> dict[UUID, IndexedSubject]:
        """Return what is known of subjects; those not yet compared are left out."""
        query = "select subject, person, seen from hub.identity where subject = any(%s)"
        with self._pool.connection() as connection:
            rows = connection.execute(query, (list(subjects),)).fetchall()
        return {subject: IndexedSubject(person, seen) for subject, person, seen in rows}

    @database_errors()
    def put(self, subject: UUID, person: UUID, seen: bytes) -> None:
        """Say what was seen of a subject; its person only where none is known, since only link facts change that."""
        with self._pool.connection() as connection:
            connection.execute(
                "insert into hub.identity (subject, person, seen) values (%s, %s, %s)"
                " on conflict (subject) do update set seen = excluded.seen",
                (subject, person, seen),
            )

    @database_errors()
    def moved(self, subject: UUID, person: UUID) -> None:
        """Say to whom a subject is linked by the link facts about it; what was seen of it stays."""
        with self._pool.connection() as connection:
            connection.execute(
                "insert into hub.identity (subject, person, seen) values (%s, %s, '')"
                " on conflict (subject) do update set person = excluded.person",
                (subject, person),
            )

    @database_errors()
    def forget(self, subjects: Collection[UUID]) -> None:
        """Remove all that is held of subjects."""
        with self._pool.connection() as connection:
            connection.execute("delete from hub.identity where subject = any(%s)", (list(subjects),))

    @database_errors()
    def subjects(self, person: UUID) -> list[UUID]:
        """Return the subjects that are linked to a person."""
        with self._pool.connection() as connection:
            rows = connection.execute("select subject from hub.identity where person = %s order by subject", (person,))
            return [subject for (subject,) in rows]
