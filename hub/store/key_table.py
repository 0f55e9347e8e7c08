"""What the vault and the rotation of the master key share about schema `keys`: its SQL, places, lock, version in use.

A wrapped key is bound to its place, so one that was moved to another row does not unwrap. Writers hold the lock shared
while they insert, and insert nothing that is wrapped under another version than the table's at that moment; a rotation
holds it alone while it changes the version.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from psycopg import Connection

from hub.clock import Clock
from hub.errors import HubError
from hub.store.master_key import MasterKey

MASTER_LOCK: Final = 0x6D61_7368_0002

_INSERT_MASTER = """
insert into keys.master (version, check_value, began_at) values (%s, %s, %s) on conflict do nothing"""

_SELECT_MASTER = """
select version, check_value from keys.master where retired_at is null order by version desc limit 1"""

SELECT_KNOWN = """
select generation.number, lookup.token, held.subject, held.wrapped, held.master_version
from keys.generation left join (keys.lookup join keys.subject_key held using (subject)) on lookup.token = any(%b)"""

SELECT_KEYS = """
select generation.number, held.subject, held.wrapped, held.master_version
from keys.generation left join keys.subject_key held on held.subject = any(%b)"""

INSERT_KEYS = """
insert into keys.subject_key (subject, wrapped, master_version, created_at)
select made.subject, made.wrapped, %(version)s, %(at)s
from unnest(%(subjects)b::uuid[], %(wrapped)b::bytea[]) made (subject, wrapped)
where (select keys.hold_master(%(lock)s, %(version)s, %(check)s))
on conflict do nothing
returning (select number from keys.generation), subject"""

INSERT_REFERENCED = """
with made as (
    select * from unnest(%(tokens)b::bytea[], %(subjects)b::uuid[], %(wrapped)b::bytea[]) made (token, subject, wrapped)
    where (select keys.hold_master(%(lock)s, %(version)s, %(check)s))
), first as (
    insert into keys.lookup (token, subject) select token, subject from made on conflict do nothing returning subject
)
insert into keys.subject_key (subject, wrapped, master_version, created_at)
select subject, wrapped, %(version)s, %(at)s from made join first using (subject)
returning (select number from keys.generation), subject"""

SELECT_PURPOSE = "select wrapped, master_version from keys.purpose_key where name = %s"

INSERT_PURPOSE = """
insert into keys.purpose_key (name, wrapped, master_version, created_at) values (%s, %s, %s, %s)
on conflict do nothing"""

LOCK_KEYS = """
select subject from keys.subject_key where subject = any(%b) order by subject for update"""

DESTROY = """
update keys.subject_key set wrapped = null, destroyed_at = %s where subject = any(%b) and wrapped is not null"""

COUNTS = """
select count(wrapped), count(destroyed_at), (select count(*) from keys.lookup),
    count(*) filter (where wrapped is not null and master_version <> %s)
        + (select count(*) from keys.purpose_key where master_version <> %s),
    max(created_at)
from keys.subject_key"""


@dataclass(frozen=True, slots=True)
class VaultStatus:
    """How the key table stands; `behind` counts keys still wrapped under an older version of the master key."""

    master_version: int
    subjects: int
    destroyed: int
    references: int
    behind: int
    newest_created_at: datetime | None


def subject_place(subject: UUID) -> bytes:
    """Return the additional data that a subject's wrapped key is bound to."""
    return b"subject" + subject.bytes


def purpose_place(name: str) -> bytes:
    """Return the additional data that a purpose's wrapped key is bound to."""
    return b"purpose" + name.encode()


def master_version(connection: Connection[Any], master: MasterKey, clock: Clock) -> int:
    """Return the version of the master key that keys are wrapped under; the first writer names it in the table.

    Raises `HubError`: `master-key-missing`, or `master-key-differs` when the key at hand is not the table's.
    """
    row = connection.execute(_SELECT_MASTER).fetchone()
    if row is None:
        name_master(connection, master, master.newest(), clock)
        row = one(connection, _SELECT_MASTER)
    version: int = row[0]
    if master.check_value(version) != row[1]:
        raise HubError(
            "The master key is not the one that the key table was made with: restore that one.",
            code="master-key-differs",
        )
    return version


def name_master(connection: Connection[Any], master: MasterKey, version: int, clock: Clock) -> None:
    """Name a version of the master key in the table."""
    connection.execute(_INSERT_MASTER, [version, master.check_value(version), clock.now()])


def one(connection: Connection[Any], query: str, parameters: tuple[Any, ...] = ()) -> tuple[Any, ...]:
    """Return the one row of a query that always has one."""
    return first(connection.execute(query.encode(), parameters).fetchall())


def first(rows: list[tuple[Any, ...]]) -> tuple[Any, ...]:
    """Return the first of rows of which there is always one."""
    if not rows:
        raise HubError("The key table lacks a row that it was made with.", code="key-table-damaged")
    return rows[0]
