"""Messages and positions in one transaction of the embedded broker's database. The positions stand in `hub.follower`.

Each new producer of a name counts that name's row up; one whose count is no longer the row's has been shut out.
"""

from collections.abc import Mapping, Sequence

from hub.broker.embedded_producer import append, partition_of, partitions_of
from hub.broker.embedded_retention import Sweeper
from hub.broker.port import Message, check_messages, producer_fenced
from hub.broker.session import Connection, Session

_TAKE = """
    insert into hub.follower (name, position) values (%s, 1)
    on conflict (name) do update set position = follower.position + 1 returning position
"""
_HELD = "select position from hub.follower where name = %s for share"
_POSITIONS = "select substr(name, %s), position from hub.follower where starts_with(name, %s) and name <> %s"
_STORE = """
    insert into hub.follower (name, position)
    select %s || key, position from unnest(%s::text[], %s::bigint[]) as given (key, position)
    on conflict (name) do update set position = excluded.position
"""


class EmbeddedTransactionalProducer:
    """A producer of a name, with a connection of its own."""

    def __init__(self, conninfo: str, name: str, max_value_bytes: int) -> None:
        self._session = Session(conninfo)
        self._name = name
        self._own = _own(name)
        self._max_value_bytes = max_value_bytes
        self._sweeper = Sweeper()
        with self._session.connection() as connection:
            ((self._count,),) = connection.execute(_TAKE, (self._own,)).fetchall()

    def positions(self) -> dict[str, int]:
        """Return the positions committed under this name; raises ConflictError ("producer-fenced")."""
        with self._session.connection() as connection, connection.transaction():
            self._check_held(connection)
            return positions_of(connection, self._name)

    def send(self, messages: Sequence[tuple[str, Message]], positions: Mapping[str, int]) -> None:
        """Store messages and positions, all or none."""
        check_messages([message for _, message in messages], self._max_value_bytes)
        with self._session.connection() as connection:
            partitions = {topic: partitions_of(connection, topic) for topic in {topic for topic, _ in messages}}
            for topic, found in partitions.items():
                self._sweeper.sweep(connection, topic, found)
            with connection.transaction():
                self._check_held(connection)
                placed = [(partition_of(partitions[topic], message), message) for topic, message in messages]
                if placed:
                    append(connection, placed)
                connection.execute(_STORE, (self._own, list(positions), list(positions.values())))

    def close(self) -> None:
        """Close the connection."""
        self._session.close()

    def _check_held(self, connection: Connection) -> None:
        if connection.execute(_HELD, (self._own,)).fetchall() != [(self._count,)]:
            raise producer_fenced(self._name)


def positions_of(connection: Connection, name: str) -> dict[str, int]:
    """Return the positions committed under a name."""
    own = _own(name)
    return dict(connection.execute(_POSITIONS, (len(own) + 1, own, own)).fetchall())


def _own(name: str) -> str:
    return f"{name}:"
