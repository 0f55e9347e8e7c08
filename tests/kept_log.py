"""Whole small logs as earlier releases wrote them, under `tests/data/logs`: sealed rows, and the keys that open them.

Each is written once, by the release that it is of, and never again: every later release must take its decisions again.
"""

import gzip
import json
from bisect import bisect_right
from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from eventsourcing.dcb.api import DCBEvent, DCBSequencedEvent

from hub.application.decisions import known_upcasters
from hub.application.policy_in_force import PolicyInForce, RecordedTexts
from hub.application.replaying import Replayer
from hub.store.log import EventLog
from hub.store.mapper import Mapper
from hub.store.sealer import VaultSealer
from hub.store.vault import VIEWER_IDS
from policies.client import InProcessService, Shelf
from tests.hub_under_test import HubUnderTest
from tests.log_rows import stamp

LOGS = Path(__file__).parent / "data" / "logs"


def keep(hub: HubUnderTest, folder: Path, name: str, about: str) -> None:
    """Write the whole log of a hub, with its keys in the clear, as the log of a release."""
    with psycopg.connect(hub.urls.superuser) as connection:
        rows = connection.execute("select id, type, data, tags from public.dcb_events_tt_main order by id").fetchall()
    subjects, _ = hub.hub.log.subjects_after(0, len(rows))
    keys = {str(each): key and key.hex() for each, key in hub.hub.vault.keys(subjects).items()}
    body = {
        "about": about,
        "viewer_key": hub.hub.vault.purpose_key(VIEWER_IDS).hex(),
        "keys": keys,
        "rows": [[position, type_, data.hex(), tags] for position, type_, data, tags in rows],
    }
    (folder / f"{name}.json.gz").write_bytes(gzip.compress(json.dumps(body).encode(), mtime=0))


class KeptLog:
    """The log of an earlier release, opened by the present one, without a database."""

    def __init__(self, name: str, folder: Path = LOGS) -> None:
        kept = json.loads(gzip.decompress((folder / f"{name}.json.gz").read_bytes()))
        rows = [DCBSequencedEvent(DCBEvent(*each), position) for position, *each in _rows(kept)]
        keys = {UUID(subject): key and bytes.fromhex(key) for subject, key in kept["keys"].items()}
        self.log = EventLog(_Rows(rows), VaultSealer(Mapper(known_upcasters()), _Keys(keys)))  # type: ignore[arg-type]
        texts = RecordedTexts(self.log)
        self.policy = PolicyInForce(texts, InProcessService(Shelf(texts)))
        self.replayer = Replayer(self.log, self.policy, bytes.fromhex(kept["viewer_key"]))


def _rows(kept: dict[str, Any]) -> list[list[Any]]:
    return [[position, kind, bytes.fromhex(data), tags] for position, kind, data, tags in kept["rows"]]


class _Keys:
    def __init__(self, keys: dict[UUID, bytes | None]) -> None:
        self._keys = keys

    def keys(self, subjects: Collection[UUID]) -> dict[UUID, bytes | None]:
        return {each: self._keys[each] for each in subjects}


class _Rows:
    """A recorder's reads over rows in memory."""

    def __init__(self, rows: list[DCBSequencedEvent]) -> None:
        self._rows = rows

    def with_any_tag(
        self, tags: Sequence[str], *, after: int, upto: int | None, types: Collection[str] | None, limit: int | None
    ) -> list[DCBSequencedEvent]:
        found = [
            each
            for each in self._rows
            if after < each.position <= (self.head() if upto is None else upto)
            and not {*tags}.isdisjoint(each.event.tags)
            and (types is None or each.event.type in types)
        ]
        return found[:limit]

    def newest(self, tag: str, limit: int, *, upto: int | None) -> list[DCBSequencedEvent]:
        return self.with_any_tag([tag], after=0, upto=upto, types=None, limit=None)[::-1][:limit]

    def last_position(self, tag: str, *, upto: int | None) -> int:
        return max((each.position for each in self.newest(tag, 1, upto=upto)), default=0)

    def positions(self, tags: Collection[str]) -> dict[str, int]:
        return {tag: each.position for each in self._rows for tag in each.event.tags if tag in tags}

    def head(self) -> int:
        return self._rows[-1].position

    def position_at(self, moment: datetime) -> int:
        before = bisect_right(self._rows, moment, key=lambda each: stamp(each.event))
        return self._rows[before - 1].position if before else 0
