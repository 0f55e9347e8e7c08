"""Rotate the master key: a new version, every key wrapped anew under it in batches, then the old version dropped.

May be stopped at any instruction and called again: what the file and the table hold says how far it came. The old
version leaves its file only once no row is wrapped under it and nobody can write such a row any more.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import psycopg
from psycopg import Connection

from hub.clock import Clock
from hub.errors import HubError, RetryableError
from hub.store.database_errors import database_errors
from hub.store.key_table import MASTER_LOCK, master_version, name_master, one, purpose_place, subject_place
from hub.store.master_key import FileMasterKey
from hub.store.only_one import given_back

BATCH: Final = 1000
_ROTATION_LOCK = MASTER_LOCK + 1
_FIRST_SUBJECT = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Rotated:
    """What a rotation did; `resumed` when it finished one that was interrupted instead of beginning its own."""

    version: int
    rewrapped: int
    resumed: bool


def rotate_master(
    conninfo: str, master: FileMasterKey, clock: Clock, on_progress: Callable[[int], None] = lambda done: None
) -> Rotated:
    """Bring all keys under a new version of the master key, or finish a rotation that was interrupted.

    1. the file gains a version; 2. the table names it, so that writers use it; 3. keys are wrapped anew by batches;
    4. once none is left, the table retires the older ones; 5. the file drops them. Raises `RetryableError` while
    another process rotates.
    """
    with _only_one(conninfo) as connection:
        master.reload()
        master_version(connection, master, clock)
        resumed = len(master.versions()) > 1
        version = master.newest() if resumed else master.add_version(clock.now())
        _adopt(connection, master, version, clock)
        rewrapped = _rewrap_purposes(connection, master, version)
        for done in _rewrap_subjects(connection, master, version):
            rewrapped += done
            on_progress(rewrapped)
        _retire_older(connection, version, clock)
        master.keep_only(version)
        return Rotated(version, rewrapped, resumed)


@contextmanager
def _only_one(conninfo: str) -> Iterator[Connection[Any]]:
    with database_errors(), psycopg.connect(conninfo, autocommit=True) as connection:
        (alone,) = one(connection, "select pg_try_advisory_lock(%s)", (_ROTATION_LOCK,))
        if not alone:
            raise RetryableError("Another process is rotating the master key.", code="rotation-running")
        with given_back(connection):
            yield connection


def _adopt(connection: Connection[Any], master: FileMasterKey, version: int, clock: Clock) -> None:
    """Name the version in the table once every writer that uses an older one has committed."""
    with connection.transaction():
        connection.execute("select pg_advisory_xact_lock(%s)", [MASTER_LOCK])
        name_master(connection, master, version, clock)
        master_version(connection, master, clock)


def _rewrap_purposes(connection: Connection[Any], master: FileMasterKey, version: int) -> int:
    with connection.transaction():
        rows = connection.execute(_SELECT_PURPOSES, [version]).fetchall()
        for name, wrapped, old in rows:
            place = purpose_place(name)
            again = master.wrap(version, master.unwrap(old, wrapped, place), place)
            connection.execute(_UPDATE_PURPOSE, [again, version, name])
    return len(rows)


def _rewrap_subjects(connection: Connection[Any], master: FileMasterKey, version: int) -> Iterator[int]:
    after = _FIRST_SUBJECT
    while True:
        with connection.transaction():
            rows = connection.execute(_SELECT_BATCH, [after, version, BATCH], binary=True).fetchall()
            if not rows:
                return
            connection.execute(_UPDATE_BATCH, [version, *_rewrapped(rows, master, version)])
        after = rows[-1][0]
        yield len(rows)


def _rewrapped(
    rows: Sequence[tuple[UUID, bytes, int]], master: FileMasterKey, version: int
) -> tuple[list[UUID], list[bytes]]:
    again = []
    for subject, wrapped, old in rows:
        place = subject_place(subject)
        again.append(master.wrap(version, master.unwrap(old, wrapped, place), place))
    return [subject for subject, _, _ in rows], again


def _retire_older(connection: Connection[Any], version: int, clock: Clock) -> None:
    with connection.transaction():
        connection.execute("select pg_advisory_xact_lock(%s)", [MASTER_LOCK])
        (behind,) = one(connection, _COUNT_BEHIND, (version, version))
        if behind:
            raise HubError("Some keys are still wrapped under an older master key.", code="rotation-unfinished")
        connection.execute(_RETIRE, [clock.now(), version])


_SELECT_PURPOSES = """
select name, wrapped, master_version from keys.purpose_key where master_version <> %s order by name for update"""

_UPDATE_PURPOSE = "update keys.purpose_key set wrapped = %s, master_version = %s where name = %s"

_SELECT_BATCH = """
select subject, wrapped, master_version from keys.subject_key
where subject > %s and wrapped is not null and master_version <> %s order by subject limit %s for update"""

_UPDATE_BATCH = """
update keys.subject_key held set wrapped = again.wrapped, master_version = %s
from unnest(%b::uuid[], %b::bytea[]) again (subject, wrapped)
where held.subject = again.subject and held.wrapped is not null"""

_COUNT_BEHIND = """
select (select count(*) from keys.subject_key where wrapped is not null and master_version <> %s)
    + (select count(*) from keys.purpose_key where master_version <> %s)"""

_RETIRE = "update keys.master set retired_at = %s where version < %s and retired_at is null"
