"""Messages that were refused at the door, as they came, sealed, with what became of each. Nothing is ever deleted."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from psycopg.rows import class_row
from psycopg_pool import ConnectionPool

from hub.broker.port import Message, Received
from hub.store.database_errors import database_errors

_NONCE_BYTES = 12


class Step(StrEnum):
    """What a person did about a message kept aside."""

    FIXED = "fixed"
    RESENT = "resent"
    DISCARDED = "discarded"


@dataclass(frozen=True, slots=True)
class Refused:
    """A message and why it was refused; `place` is a header or the path of a field."""

    received: Received
    agency: str
    reason: str
    place: str | None

    @property
    def id(self) -> UUID:
        """Return the id under which the message is kept aside: that of its place in its topic."""
        source = f"{self.received.topic}/{self.received.partition}/{self.received.offset}"
        return uuid5(NAMESPACE_URL, f"{source}/{self.received.timestamp.isoformat()}")


@dataclass(frozen=True, slots=True)
class Kept:
    """A message kept aside; `state` is its last step, or `open`."""

    id: UUID
    received_at: datetime
    agency: str
    topic: str
    partition: int
    offset: int
    reason: str
    place: str | None
    state: str


@dataclass(frozen=True, slots=True)
class StepTaken:
    """One thing that was done about a message."""

    at: datetime
    by: str
    step: str
    reason: str


class Quarantine:
    """The table of messages kept aside, sealed under a key that only the hub's vault opens."""

    def __init__(self, pool: ConnectionPool[Any], key: bytes) -> None:
        self._pool = pool
        self._cipher = AESGCM(key)

    @database_errors()
    def keep(self, refused: Sequence[Refused]) -> None:
        """Keep the messages aside; one that is already there, by its place in the topic, is left as it is."""
        rows = [(each.id, *self._row(each)) for each in refused]
        with self._pool.connection() as connection, connection.cursor() as cursor:
            cursor.executemany(
                _INSERT,
                rows,
            )

    def _row(self, refused: Refused) -> tuple[Any, ...]:
        received = refused.received
        original = self._sealed(refused.id, _packed(received.message))
        return (
            received.timestamp, refused.agency, received.topic, received.partition, received.offset,
            refused.reason, refused.place, original,
        )  # fmt: skip

    @database_errors()
    def all(self) -> list[Kept]:
        """Return everything kept aside, oldest first."""
        with self._pool.connection() as connection, connection.cursor(row_factory=class_row(Kept)) as cursor:
            found: list[Kept] = cursor.execute(_SELECT + " order by q.received_at, q.id").fetchall()
            return found

    @database_errors()
    def one(self, start_of_id: str) -> list[Kept]:
        """Return those whose id starts so."""
        with self._pool.connection() as connection, connection.cursor(row_factory=class_row(Kept)) as cursor:
            start = (start_of_id.lower(),)
            found: list[Kept] = cursor.execute(_SELECT + " where starts_with(q.id::text, %s)", start).fetchall()
            return found

    @database_errors()
    def steps(self, kept: UUID) -> list[StepTaken]:
        """Return what was done about a message, in order."""
        with self._pool.connection() as connection, connection.cursor(row_factory=class_row(StepTaken)) as cursor:
            query = "select at, by, step, reason from hub.quarantine_step where quarantine = %s order by number"
            found: list[StepTaken] = cursor.execute(query, (kept,)).fetchall()
            return found

    @database_errors()
    def original(self, kept: UUID) -> Message:
        """Return the message as it came."""
        with self._pool.connection() as connection:
            row = connection.execute("select original from hub.quarantine where id = %s", (kept,)).fetchone()
        return _unpacked(self._opened(kept, row[0] if row else b""))

    @database_errors()
    def corrected(self, kept: UUID) -> bytes | None:
        """Return the corrected data of the last fix, if any."""
        with self._pool.connection() as connection:
            row = connection.execute(_LAST_FIX, (kept,)).fetchone()
        return self._opened(kept, row[0]) if row else None

    @database_errors()
    def record(
        self, kept: UUID, step: Step, *, at: datetime, by: str, reason: str, corrected: bytes | None = None
    ) -> None:
        """Record what was done about a message."""
        sealed = self._sealed(kept, corrected) if corrected is not None else None
        with self._pool.connection() as connection:
            connection.execute(
                _INSERT_STEP,
                (kept, at, by, step.value, reason, sealed),
            )

    def _sealed(self, kept: UUID, plain: bytes) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, kept.bytes)

    def _opened(self, kept: UUID, sealed: bytes) -> bytes:
        return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], kept.bytes)


_INSERT = """
insert into hub.quarantine (id, received_at, agency, topic, partition, "offset", reason, place, original)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict do nothing"""

_INSERT_STEP = """
insert into hub.quarantine_step (quarantine, at, by, step, reason, corrected) values (%s, %s, %s, %s, %s, %s)"""

_LAST_FIX = """
select corrected from hub.quarantine_step where quarantine = %s and step = 'fixed' order by number desc limit 1"""

_SELECT = """
select q.id, q.received_at, q.agency, q.topic, q.partition, q."offset", q.reason, q.place,
       coalesce(last.step, 'open') state
from hub.quarantine q left join lateral
    (select s.step from hub.quarantine_step s where s.quarantine = q.id order by s.number desc limit 1) last on true"""


def _packed(message: Message) -> bytes:
    parts: Iterable[str] = (
        message.key.hex(),
        message.value.hex(),
        *(x for n, v in message.headers for x in (n, v.hex())),
    )
    return orjson.dumps(list(parts))


def _unpacked(packed: bytes) -> Message:
    key, value, *headers = orjson.loads(packed)
    pairs = zip(headers[::2], headers[1::2], strict=True)
    return Message(bytes.fromhex(key), tuple((name, bytes.fromhex(text)) for name, text in pairs), bytes.fromhex(value))
