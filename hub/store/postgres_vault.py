"""The vault in PostgreSQL: keys wrapped by the master key in schema `keys`, unwrapped ones cached in memory.

Each call reads the table's generation once, so no call that begins after a key was destroyed hands it out, whichever
process destroyed it. Old row versions, the write-ahead log and backups may still hold a destroyed key, wrapped: a
rotation of the master key makes those worthless.
"""

import os
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec, TypeVar
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from psycopg import Connection
from psycopg.errors import ObjectNotInPrerequisiteState
from psycopg_pool import ConnectionPool

from hub.clock import Clock
from hub.errors import RetryableError
from hub.store import key_table
from hub.store.database_errors import ConnectionLostError, database_errors
from hub.store.key_cache import KeyCache
from hub.store.key_table import MASTER_LOCK, VaultStatus, first, master_version, one, purpose_place, subject_place
from hub.store.master_key import KEY_BYTES, MasterKey
from hub.store.vault import LOOKUP, Reference, SubjectKey, key_missing, lookup_text

# Some 5 MiB each: a feed of new families would otherwise fill fifty, with keys that nobody asks for again.
CACHED_ENTRIES: Final = 16_384
_CONNECTIONS = 4
_PATIENCE = 5.0
_TRIES = 5
_SHA256 = SHA256()

P = ParamSpec("P")
T = TypeVar("T")


def _once_more(
    work: Callable[Concatenate["PostgresVault", P], T],
) -> Callable[Concatenate["PostgresVault", P], T]:
    """Do it again after the connection broke: each thing that the vault does may be done twice."""

    @wraps(work)
    def tried(vault: "PostgresVault", /, *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return work(vault, *args, **kwargs)
        except ConnectionLostError:
            vault.forget_lost_connections()
            return work(vault, *args, **kwargs)

    return tried


class PostgresVault:
    """The `KeyVault` on schema `keys`, as the role mash_keys; several threads may use it."""

    def __init__(self, conninfo: str, master: MasterKey, clock: Clock) -> None:
        self._master = master
        self._clock = clock
        self._pool = ConnectionPool(
            conninfo,
            min_size=1,
            max_size=_CONNECTIONS,
            timeout=_PATIENCE,
            reconnect_timeout=_PATIENCE,
            kwargs={"autocommit": True},
            configure=_prepare,
            open=True,
        )
        self._known: KeyCache[Reference, SubjectKey] = KeyCache(CACHED_ENTRIES)
        self._keys: KeyCache[UUID, bytes | None] = KeyCache(CACHED_ENTRIES)
        self._purposes: dict[str, bytes] = {}
        self._wraps_under: int | None = None

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()

    def forget_lost_connections(self) -> None:
        """Drop the connections that the server closed."""
        self._pool.check()

    @_once_more
    def made(self, references: Collection[Reference]) -> dict[Reference, SubjectKey]:
        """Return the subject and key of each (agency, reference); one that is new is made, and committed, first."""
        wanted = set(references)
        found: dict[Reference, SubjectKey] = {}
        for _ in range(_TRIES):
            found |= self._make_referenced(wanted - found.keys())
            if len(found) < len(wanted):
                found |= self.known(wanted - found.keys())
            if len(found) == len(wanted):
                return found
        raise RetryableError("Others are making and erasing the same subjects.", code="vault-busy")

    @_once_more
    def known(self, references: Collection[Reference]) -> dict[Reference, SubjectKey]:
        """Return the subject and key of each (agency, reference) that has one; makes nothing."""
        return self._known.read(set(references), self._fetch_known)

    def find_subject(self, agency: str, reference: str) -> UUID | None:
        """Return the subject of a reference, or None; makes nothing."""
        held = self.known([(agency, reference)]).get((agency, reference))
        return None if held is None else held.subject

    @_once_more
    def make(self, subjects: Collection[UUID]) -> dict[UUID, bytes | None]:
        """Make keys for subjects that have no reference and return them; one that has a key, or had one, keeps that."""
        keys = {subject: os.urandom(KEY_BYTES) for subject in sorted(subjects)}
        rows = self._inserted(key_table.INSERT_KEYS, keys)
        self._remember_made(rows, keys)
        made: dict[UUID, bytes | None] = {subject: keys[subject] for _, subject in rows}
        held_before = keys.keys() - made.keys()
        return made | self.keys(held_before) if held_before else made

    @_once_more
    def keys(self, subjects: Collection[UUID]) -> dict[UUID, bytes | None]:
        """Return the key of each subject, None for a destroyed one; raises `HubError(code="key-missing")`."""
        wanted = set(subjects)
        found = self._keys.read(wanted, self._fetch_keys)
        if len(found) < len(wanted):
            raise key_missing(len(wanted) - len(found))
        return found

    @_once_more
    def purpose_key(self, name: str) -> bytes:
        """Return the key of a purpose, made when first asked for and the same ever after."""
        key = self._purposes.get(name) or self._fetch_purpose(name) or self._make_purpose(name)
        self._purposes[name] = key
        return key

    @_once_more
    def destroy(self, subjects: Collection[UUID]) -> None:
        """Destroy the keys of subjects for good and forget their references; if one has none, raise and do nothing."""
        wanted = sorted(set(subjects))
        with self._connection() as connection, connection.transaction():
            held = connection.execute(key_table.LOCK_KEYS, [wanted]).fetchall()
            if len(held) < len(wanted):
                raise key_missing(len(wanted) - len(held))
            connection.execute(key_table.DESTROY, [self._clock.now(), wanted])
            connection.execute("delete from keys.lookup where subject = any(%b)", [wanted])
            connection.execute("update keys.generation set number = number + 1")

    @_once_more
    def missing(self, subjects: Collection[UUID]) -> set[UUID]:
        """Return those that never had a key here."""
        query = "select subject from keys.subject_key where subject = any(%b)"
        with self._connection() as connection:
            return set(subjects) - {row[0] for row in connection.execute(query, [list(subjects)], binary=True)}

    @_once_more
    def newest_created_at(self) -> datetime | None:
        """Return when the newest key of a subject was made, None when there is none."""
        with self._connection() as connection:
            newest: datetime | None = one(connection, "select max(created_at) from keys.subject_key")[0]
        return newest

    @_once_more
    def status(self) -> VaultStatus:
        """Count what is held; raises `HubError`, as writing does, when the master key is not the table's."""
        with self._writing() as (connection, version):
            return VaultStatus(version, *one(connection, key_table.COUNTS, (version, version)))

    @contextmanager
    def _connection(self) -> Iterator[Connection[Any]]:
        with database_errors(), self._pool.connection() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[tuple[Connection[Any], int]]:
        """Begin a transaction during which the master key is not rotated, and name its version."""
        with self._connection() as connection, connection.transaction():
            connection.execute("select pg_advisory_xact_lock_shared(%s)", [MASTER_LOCK])
            yield connection, master_version(connection, self._master, self._clock)

    def _generation(self) -> int:
        with self._connection() as connection:
            generation: int = one(connection, "select number from keys.generation")[0]
        return generation

    def _fetch_known(self, references: Collection[Reference]) -> tuple[int, dict[Reference, SubjectKey]]:
        if not references:
            return self._generation(), {}
        tokens = self._tokens(references)
        with self._connection() as connection:
            rows = connection.execute(key_table.SELECT_KNOWN, [list(tokens)], binary=True).fetchall()
        unwrap = self._master.unwrap
        return first(rows)[0], {
            tokens[token]: SubjectKey(subject, unwrap(version, wrapped, subject_place(subject)))
            for _, token, subject, wrapped, version in rows
            if wrapped is not None
        }

    def _fetch_keys(self, subjects: Collection[UUID]) -> tuple[int, dict[UUID, bytes | None]]:
        if not subjects:
            return self._generation(), {}
        with self._connection() as connection:
            rows = connection.execute(key_table.SELECT_KEYS, [list(subjects)], binary=True).fetchall()
        unwrap = self._master.unwrap
        return first(rows)[0], {
            subject: None if wrapped is None else unwrap(version, wrapped, subject_place(subject))
            for _, subject, wrapped, version in rows
            if subject is not None
        }

    def _fetch_purpose(self, name: str) -> bytes | None:
        with self._connection() as connection:
            row = connection.execute(key_table.SELECT_PURPOSE, [name]).fetchone()
        return None if row is None else self._master.unwrap(row[1], row[0], purpose_place(name))

    def _make_purpose(self, name: str) -> bytes:
        place = purpose_place(name)
        with self._writing() as (connection, version):
            wrapped = self._master.wrap(version, os.urandom(KEY_BYTES), place)
            connection.execute(key_table.INSERT_PURPOSE, [name, wrapped, version, self._clock.now()])
            held, under = one(connection, key_table.SELECT_PURPOSE, (name,))
        return self._master.unwrap(under, held, place)

    def _make_referenced(self, references: Collection[Reference]) -> dict[Reference, SubjectKey]:
        """Make subjects for references in an order that all share, and return those that nobody else made first."""
        tokens = sorted(self._tokens(references).items())
        keys = {uuid4(): os.urandom(KEY_BYTES) for _ in tokens}
        rows = self._inserted(key_table.INSERT_REFERENCED, keys, tokens=[token for token, _ in tokens])
        self._remember_made(rows, keys)
        named = dict(zip(keys, (reference for _, reference in tokens), strict=True))
        held = {named[subject]: SubjectKey(subject, keys[subject]) for _, subject in rows}
        if rows:
            self._known.add(min(number for number, _ in rows), held)
        return held

    def _inserted(self, statement: str, keys: Mapping[UUID, bytes], **columns: list[bytes]) -> list[tuple[int, UUID]]:
        """Insert keys in one statement, wrapped anew where the version of the master key is another by now."""
        for _ in range(_TRIES):
            version = self._version_in_use()
            values = {**self._wrapped(keys, version), **columns}
            with self._connection() as connection:
                try:
                    return connection.execute(statement.encode(), values, binary=True).fetchall()
                except ObjectNotInPrerequisiteState:
                    self._wraps_under = None
        raise RetryableError("The master key is being rotated again and again.", code="vault-busy")

    def _version_in_use(self) -> int:
        """Return the version of the master key that the table named when it was last asked, if it is our newest."""
        if self._wraps_under is None or self._wraps_under != self._master.newest():
            with self._connection() as connection:
                self._wraps_under = master_version(connection, self._master, self._clock)
        return self._wraps_under

    def _wrapped(self, keys: Mapping[UUID, bytes], version: int) -> dict[str, Any]:
        wrap = self._master.wrap
        return {
            "subjects": list(keys),
            "wrapped": [wrap(version, key, subject_place(subject)) for subject, key in keys.items()],
            "lock": MASTER_LOCK,
            "version": version,
            "check": self._master.check_value(version),
            "at": self._clock.now(),
        }

    def _remember_made(self, rows: Collection[tuple[int, UUID]], keys: Mapping[UUID, bytes]) -> None:
        if rows:
            generation = min(number for number, _ in rows)
            self._keys.add(generation, {subject: keys[subject] for _, subject in rows})

    def _tokens(self, references: Collection[Reference]) -> dict[bytes, Reference]:
        keyed = HMAC(self.purpose_key(LOOKUP), _SHA256)
        tokens = {}
        for reference in references:
            mac = keyed.copy()
            mac.update(lookup_text(reference))
            tokens[mac.finalize()] = reference
        return tokens


def _prepare(connection: Connection[Any]) -> None:
    """Keep every read on an index, so that a plan made while the table was small serves when it has grown, and once."""
    connection.execute("set enable_seqscan = off")
    connection.execute("set plan_cache_mode = force_generic_plan")
