"""Restores a hub from its backups into an empty database, and verifies what it restored before it says so.

The secrets must be back in `secrets/` first; nothing that is there is overwritten. What the verification holds: every
file, every table's count, the log's tree against the one that was backed up and the checkpoints that were signed, and
that every subject in the log has a key, or had one. Opening the hub carries out again what the log says was erased.
"""

from dataclasses import dataclass
from pathlib import Path

from hub.application.backup import Manifest, read_manifest
from hub.application.proving import LogTree
from hub.backing_up import TREE_FILES
from hub.bootstrap import Hub, database_urls, open_hub, open_log_tree
from hub.errors import HubError, UsageError
from hub.making import making_alone
from hub.proof.checkpoint import encode_hash
from hub.proof.files import write_whole
from hub.settings import Settings
from hub.store.dumping import KEYS, LOG, WORK, Part, has_events, load
from hub.store.erased_register import ErasedRegister
from hub.store.schema import Migration, migrate, migrations
from hub.store.vault import verify_keys_cover

_SUBJECTS_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored: the log up to a position, and how many subjects' keys, of which some are destroyed."""

    position: int
    events: int
    tree_size: int
    subjects: int
    destroyed: int


def restore(settings: Settings, folder: Path, keys_folder: Path) -> Restored:
    """Restore the hub of these backups; raises `UsageError` where there is one already, `HubError` what is wrong.

    The keys may be newer than the log. Interrupted before the log's rows are in, it may be run again.
    """
    backed_up, keys = read_manifest(folder, LOG.name), read_manifest(keys_folder, KEYS.name)
    steps = _migrations_of(backed_up)
    if keys.migrations != backed_up.migrations:
        raise UsageError("The two backups are of different schemas: take others.", code="other-backup")
    _refuse_lost_secrets(settings)
    ErasedRegister(settings.erased_register).read()
    with making_alone(settings.home):
        urls = database_urls(settings)
        _refuse_in_use(settings, urls.owner, folder)
        migrate(urls.owner, steps)
        for name in TREE_FILES:
            if (folder / name).exists():
                write_whole(settings.log_folder / name, (folder / name).read_bytes())
        # The log comes last: once it has rows, nothing is restored over it.
        _load(urls.owner, KEYS, keys_folder, keys)
        _load(urls.owner, WORK, folder, backed_up)
        _load(urls.owner, LOG, folder, backed_up)
        migrate(urls.owner)
        with open_log_tree(settings) as log:
            _verify_tree(log, backed_up)
        with open_hub(settings) as hub:
            return _verified(hub, backed_up)


def _migrations_of(manifest: Manifest) -> list[Migration]:
    known = [each for each in migrations() if each.name in manifest.migrations]
    if {each.name: each.checksum for each in known} != manifest.migrations:
        raise HubError("The backup is of a schema that this program does not know.", code="newer-schema")
    return known


def _refuse_lost_secrets(settings: Settings) -> None:
    for path in (settings.master_key, settings.hub_key, settings.hub_signing_key, settings.log_key):
        if not path.exists():
            raise UsageError(
                f"Put secrets/{path.name} back first: no backup holds it.", code="secret-missing", place=str(path)
            )


def _refuse_in_use(settings: Settings, owner_url: str, folder: Path) -> None:
    if has_events(owner_url):
        raise UsageError("There is a hub with events already: restore into an empty database.", code="hub-in-use")
    kept = settings.log_folder
    other = [name for name in TREE_FILES if (kept / name).exists() and not _same(kept / name, folder / name)]
    leaves = kept / "leaves"
    if other or (leaves.exists() and leaves.stat().st_size):
        raise UsageError(
            "Move the log's folder away and keep it: it tells what was recorded since the backup.",
            code="log-folder-in-use",
            place=str(kept),
        )


def _same(one: Path, other: Path) -> bool:
    return other.exists() and one.read_bytes() == other.read_bytes()


def _load(owner_url: str, part: Part, folder: Path, manifest: Manifest) -> None:
    for table, count in load(owner_url, part, folder / f"{part.name}.dump").items():
        if manifest.tables.get(table) != count:
            raise _otherwise(f"{table} has {count} rows, and had {manifest.tables.get(table)}")


def _verify_tree(log: LogTree, manifest: Manifest) -> None:
    """Make the tree anew from the rows, and hold it against the one that was backed up and what was signed."""
    size = log.grow().size
    if (size, encode_hash(log.tree.root())) != (manifest.tree_size, manifest.tree_root):
        raise _otherwise("the tree over its rows is another")
    for name in ("checkpoint", "witnessed"):
        log.continued(name)


def _verified(hub: Hub, manifest: Manifest) -> Restored:
    """Return what was restored; raises `keys-older-than-log`, or that the master key is not the keys'.

    What the indexes of an older log know of somebody whose key is gone is cleared.
    """
    position, head, carrying_out = 0, hub.log.head(), hub.carrying_out()
    hub.vault.status()
    while position < head:
        subjects, position = hub.log.subjects_after(position, _SUBJECTS_AT_ONCE)
        verify_keys_cover(hub.vault, subjects)
        carrying_out.forget_destroyed(subjects)
    counted = hub.vault.status()
    events = manifest.tables["public.dcb_events_tt_main"]
    return Restored(head, events, manifest.tree_size, counted.subjects, counted.destroyed)


def _otherwise(why: str) -> HubError:
    return HubError(f"What was restored is not what was backed up: {why}. Use none of it.", code="restored-otherwise")
