"""Makes a hub and its partnership, or what is missing of them; what is there stays as it is."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from hub.answering import Urls
from hub.application.checked import checked
from hub.application.proving import make_log_key
from hub.bootstrap import Hub, database_urls, open_hub
from hub.clock import Clock, SystemClock
from hub.contract.topics import DEAD_LETTERS
from hub.errors import ConflictError, UsageError
from hub.events.directory import (
    AgencyRegistered,
    DirectoryEvent,
    ErasureWaitSet,
    FeedsPromised,
    RetentionSet,
    ReviewsArranged,
    SigningKeyRegistered,
)
from hub.hub_key import make_hub_key, make_hub_signing_key
from hub.partnership import Partnership
from hub.settings import Settings
from hub.signing.credentials import key_id_of
from hub.store.database_errors import database_errors
from hub.store.master_key import FileMasterKey
from hub.store.schema import migrate
from policies.client import shipped_text


@dataclass(frozen=True, slots=True)
class Made:
    """What `make_hub` added."""

    migrations: list[str]
    agencies: list[str]
    users: list[str]
    agreements: list[str]
    policy: str | None
    reviews: bool


def make_hub(
    settings: Settings, partnership: Partnership, *, by: str, clock: Clock | None = None, only_if_empty: bool = False
) -> Made:
    """Make what is missing of a hub and its partnership; what is there stays as it is.

    The shipped policy is put in force, and recorded as that, as long as the partners have decided on none.
    With `only_if_empty`, a hub that has agencies gains none: the example is never mixed into a real partnership. Raises
    `ConflictError` where another process makes it at this moment.
    """
    with making_alone(settings.home):
        return _made(settings, partnership, by, clock or SystemClock(), only_if_empty)


@contextmanager
def making_alone(home: Path) -> Iterator[None]:
    """Let nobody else make or restore the hub of a home meanwhile; raises `ConflictError`."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (home / "making.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ConflictError(
                "Another mash init or mash restore is making this hub: let it end.", code="init-running"
            ) from error
        yield


def _made(settings: Settings, partnership: Partnership, by: str, clock: Clock, only_if_empty: bool) -> Made:
    urls = database_urls(settings)
    applied = migrate(urls.owner)
    _refuse_lost_keys(settings, urls)
    if not settings.master_key.exists():
        FileMasterKey.create(settings.master_key, clock.now())
    make_hub_key(settings.hub_key)
    make_hub_signing_key(settings.hub_signing_key)
    if not settings.log_folder.exists():
        make_log_key(settings.log_key)
    with open_hub(settings, clock) as hub:
        known = hub.directory.load()
        wanted = not (only_if_empty and known.agencies)
        agencies = [agency for agency in partnership.agencies if wanted and agency.id not in known.agencies]
        users = [user for user in partnership.users if wanted and user.id not in {*known.users, *known.left}]
        agreements = [each for each in partnership.agreements if wanted and each.id not in known.agreements]
        facts: list[DirectoryEvent] = []
        for agency in agencies:
            made = hub.new_credentials(agency.id)
            facts.append(AgencyRegistered(id=agency.id, name=agency.name, kind=agency.kind, by=by))
            facts.append(
                SigningKeyRegistered(
                    agency=agency.id, key_id=made.key_id, public=made.public.hex(), valid_from=clock.now(), by=by
                )
            )
        facts += [user.registered(by=by) for user in users]
        facts += [agreement.made(by=by) for agreement in agreements]
        reviews = partnership.reviews if wanted and partnership.reviews != known.reviews else None
        if reviews is not None:
            facts.append(ReviewsArranged(arrangement=reviews, by=by))
        waiting = partnership.erasure_waiting_days
        if wanted and waiting not in {None, known.erasure_waiting_days}:
            facts.append(checked(ErasureWaitSet, days=waiting, by=by))
        retention = None if partnership.retention is None else [each.rule for each in partnership.retention]
        if wanted and retention is not None and retention != list(known.retention):
            facts.append(RetentionSet(rules=retention, by=by))
        if wanted and partnership.feeds is not None and partnership.feeds != list(known.feeds):
            facts.append(FeedsPromised(feeds=partnership.feeds, by=by))
        if facts:
            hub.directory.record(facts)
        _make_opening_keys(hub, by)
        hub.make_topics([*hub.topics(), *hub.topics_sent_to(), DEAD_LETTERS])
        policy = hub.policy_versions.put_in_force_at_init(shipped_text(), by=by)
    return Made(
        applied, [each.id for each in agencies], [each.id for each in users], [each.id for each in agreements], policy,
        reviews is not None,
    )  # fmt: skip


def _make_opening_keys(hub: Hub, by: str) -> None:
    """Make an opening key for each agency that keeps its credentials here and has none, as before there were any."""
    known = hub.directory.load()
    for agency in known.agencies:
        if agency not in known.opening_keys and hub.settings.credentials(agency).exists():
            public = hub.new_opening_key(agency)
            hub.directory.register_opening_key(agency, key_id_of(public), public, by=by)


def _refuse_lost_keys(settings: Settings, urls: Urls) -> None:
    """Refuse to make a new key where a hub in use has lost its own: nothing old would open, and nobody be told."""
    with database_errors(), psycopg.connect(urls.keys) as connection:
        in_use = connection.execute("select exists (select from keys.subject_key)").fetchone() == (True,)
    if in_use and not settings.master_key.exists():
        raise UsageError(
            "The key table holds keys, but the master key is not here: restore its file or its shares.",
            code="master-key-missing",
        )
    if in_use and not settings.hub_key.exists():
        raise UsageError(
            "The hub's own key is missing: put secrets/hub-key.json back from its backup; agencies seal to it.",
            code="hub-key-missing",
            place=str(settings.hub_key),
        )
