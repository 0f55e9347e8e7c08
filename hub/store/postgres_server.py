"""The embedded PostgreSQL of one `$MASH_HOME`: started on demand, shared by every command, up until `stop`.

Owns the server's life, its role passwords (`secrets/postgres.json`, 0600) and the database `mash` with the hub's
roles in it; never makes a table. A first start that was cut off is completed by the next one.
"""

import fcntl
import json
import os
import re
import secrets
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from importlib.resources import files
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import psycopg
from psycopg import sql

from hub.errors import HubError
from hub.store.postgres_cluster import SUPERUSER, Cluster
from hub.store.postgres_programs import MAJOR_VERSION

DATABASE = "mash"
_USERS: Mapping[str, str] = {
    "superuser": SUPERUSER,
    "owner": "mash_owner",
    "app": "mash_app",
    "reader": "mash_reader",
    "keys": "mash_keys",
}


@dataclass(frozen=True, slots=True)
class ServerUrls:
    """How each role reaches one database; not printed by accident, since each holds a password."""

    superuser: str = field(repr=False)
    owner: str = field(repr=False)
    app: str = field(repr=False)
    reader: str = field(repr=False)
    keys: str = field(repr=False)

    def of(self, database: str) -> "ServerUrls":
        """Return how the same roles reach another database of the same server."""
        urls = {each.name: re.sub(r"@/[^?]*", f"@/{database}", getattr(self, each.name)) for each in fields(self)}
        return ServerUrls(**urls)


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """What there is of a home's server: `unfinished` is made but not yet set up, `urls` are there while it runs."""

    state: Literal["absent", "unfinished", "stopped", "running"]
    directory: Path
    version: int = MAJOR_VERSION
    pid: int | None = None
    urls: ServerUrls | None = None


def start(home: Path) -> ServerUrls:
    """Start the server of `home`, made first where there is none, and return how to reach it; raises HubError."""
    home = home.expanduser().resolve()
    with _permissions_explained(home):
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _alone(home):
            return _start(home)


def stop(home: Path) -> bool:
    """Stop the server of `home`; say whether it ran."""
    home = home.expanduser().resolve()
    with _permissions_explained(home):
        if not _cluster(home).exists():
            return False
        with _alone(home):
            return _cluster(home).stop()


def status(home: Path) -> ServerStatus:
    """Say what there is of the server of `home`, changing nothing."""
    home = home.expanduser().resolve()
    with _permissions_explained(home):
        cluster = _cluster(home)
        if not cluster.exists():
            return ServerStatus("absent", cluster.directory)
        socket, process = cluster.socket_directory(), cluster.process()
        if not _finished(home).exists():
            return ServerStatus("unfinished", cluster.directory)
        if socket is None or process is None:
            return ServerStatus("stopped", cluster.directory)
        urls = _urls(socket, _read_passwords(home))
        return ServerStatus("running", cluster.directory, pid=process.pid, urls=urls)


def _start(home: Path) -> ServerUrls:
    cluster = _cluster(home)
    passwords = _passwords(home, made=cluster.exists())
    if not cluster.exists():
        _finished(home).unlink(missing_ok=True)
        cluster.make(passwords[SUPERUSER])
    urls = _urls(cluster.start(), passwords)
    if not _finished(home).exists():
        _make_database(urls.of("postgres").superuser)
        set_up_roles(urls.superuser, passwords)
        _prove_passwords_are_asked(urls)
        _finished(home).touch()
    return urls


def _cluster(home: Path) -> Cluster:
    return Cluster(home / "postgres")


def _finished(home: Path) -> Path:
    return home / "postgres" / "set-up"


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    with os.fdopen(os.open(home / ".postgres.lock", os.O_RDWR | os.O_CREAT, 0o600), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _permissions_explained(home: Path) -> Iterator[None]:
    try:
        yield
    except PermissionError as error:
        raise HubError(
            f"{error.filename or home} belongs to another account: use the account that made {home}.",
            code="home-permission",
        ) from error


def _passwords(home: Path, *, made: bool) -> dict[str, str]:
    path = _secrets(home)
    if not path.exists():
        if made:
            raise HubError(
                "The database is there but its passwords are not: put secrets/postgres.json back.",
                code="passwords-missing",
                place=str(path),
            )
        _save(path, json.dumps({user: secrets.token_urlsafe(32) for user in _USERS.values()}))
    return _read_passwords(home)


def _secrets(home: Path) -> Path:
    return home / "secrets" / "postgres.json"


def _read_passwords(home: Path) -> dict[str, str]:
    path = _secrets(home)
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise HubError(
            "Others can read the database's passwords: chmod 600 secrets/postgres.json.",
            code="passwords-exposed",
            place=str(path),
        )
    passwords: dict[str, str] = json.loads(path.read_text())
    return passwords


def _save(path: Path, text: str) -> None:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _urls(socket: Path, passwords: Mapping[str, str]) -> ServerUrls:
    where = quote(str(socket), safe="")
    return ServerUrls(
        **{
            name: f"postgresql://{user}:{quote(passwords[user])}@/{DATABASE}?host={where}"
            for name, user in _USERS.items()
        }
    )


def _make_database(superuser_url: str) -> None:
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        found = connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
        if found is None:
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(DATABASE)))
        for other in ("postgres", "template1"):
            connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(other)))


def set_up_roles(superuser_url: str, passwords: Mapping[str, str]) -> None:
    """Run `roles.sql` in a database and set the passwords; doing it again changes nothing."""
    with psycopg.connect(superuser_url) as connection:
        connection.execute((files("hub.store") / "migrations" / "roles.sql").read_bytes())
        for user, password in passwords.items():
            verifier = connection.pgconn.encrypt_password(password.encode(), user.encode(), b"scram-sha-256")
            connection.execute(
                sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(user), sql.Literal(verifier.decode()))
            )


def _prove_passwords_are_asked(urls: ServerUrls) -> None:
    for each in fields(urls):
        try:
            psycopg.connect(getattr(urls, each.name), password=secrets.token_urlsafe(8)).close()
        except psycopg.OperationalError:
            continue
        raise HubError(f"The database let {_USERS[each.name]} in without the password.", code="password-not-asked")
