"""Backs a hub up: the log and what the hub works with into one folder, the wrapped keys into another.

All is of one moment, so that the keys are never older than the log. What is in `secrets/` is in neither: whoever has
the keys' backup needs the master key too. A log that is not whole is backed up all the same, and said.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from hub.application.backup import Manifest, finish, new_folder, refuse_together
from hub.application.proving import LogTree
from hub.application.verifying import Verified, verify_log
from hub.bootstrap import database_urls, open_log_tree
from hub.clock import Clock, SystemClock
from hub.errors import HubError, RetryableError
from hub.proof.checkpoint import encode_hash
from hub.proof.files import write_whole
from hub.settings import Settings
from hub.store.dumping import KEYS, LOG, WORK, Moment, moment

# What of the tree's folder does not follow from the rows.
TREE_FILES = ("checkpoint", "witnessed", "witnesses.json")


@dataclass(frozen=True, slots=True)
class BackedUp:
    """What was backed up, and what the log's verification found beside it."""

    log: Manifest
    keys: Manifest
    verified: Verified
    fault: HubError | None


def back_up(settings: Settings, to: Path, keys_to: Path, clock: Clock | None = None) -> BackedUp:
    """Back the hub up into two new folders; raises `UsageError` where they are not apart or not empty."""
    refuse_together(to, keys_to)
    with open_log_tree(settings) as log:
        urls = database_urls(settings)
        for folder in (to, keys_to):
            new_folder(folder)
        # First, so that no checkpoint is kept that is larger than the rows.
        for name in TREE_FILES:
            if (log.folder / name).exists():
                write_whole(to / name, (log.folder / name).read_bytes())
        with moment(urls.owner) as now:
            held = Manifest(LOG.name, (clock or SystemClock()).now().isoformat(), now.migrations(), {}, now.head())
            made = _log_backup(now, to, held), replace(held, part=KEYS.name, tables=now.counts(KEYS))
            now.dump(KEYS, keys_to / "keys.dump")
        fault = _grown(log)
        size = log.tree.index_of(held.position + 1)
        manifest = replace(made[0], tree_size=size, tree_root=encode_hash(log.tree.root(size)))
        verified = verify_log(log, last=held.position)
    finish(to, manifest)
    finish(keys_to, made[1])
    return BackedUp(manifest, made[1], verified, fault)


def _log_backup(now: Moment, to: Path, held: Manifest) -> Manifest:
    for part in (LOG, WORK):
        now.dump(part, to / f"{part.name}.dump")
    return replace(held, tables=now.counts(LOG) | now.counts(WORK))


def _grown(log: LogTree) -> HubError | None:
    """Bring the tree up to the log, and return what only a verification can explain."""
    try:
        log.grow()
    except RetryableError:
        raise
    except HubError as error:
        return error
    return None
