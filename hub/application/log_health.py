"""How the proof of the log stands: its latest checkpoint, the witnesses who cosigned it, its last verification."""

from datetime import datetime
from typing import Any

from hub.application.proving import LogTree
from hub.application.verifications import Verifications
from hub.application.witnessing import WitnessDesk, Witnesses
from hub.errors import HubError
from hub.proof.checkpoint import read_checkpoint
from hub.proof.note import Note
from hub.proof.witness import cosigner


def log_health(tree: LogTree, verifications: Verifications, now: datetime) -> dict[str, Any]:
    """Return it in plain form; what does not hold of a checkpoint that was kept is said instead of it."""
    last = verifications.latest()
    try:
        held = WitnessDesk(tree).load()
        checkpoint, witnessed = tree.kept(), tree.kept("witnessed")
    except HubError as error:
        return {"fault": error.message, "verified": last}
    cosigned = _witnesses(held, witnessed)
    return {
        "fault": None,
        "key": str(tree.key.verifier) if checkpoint else None,
        "checkpoint": _told(tree, checkpoint, "checkpoint", now),
        "witnessed": _told(tree, witnessed, "witnessed", now),
        "quorum": held.quorum,
        "reached": sum(each["cosigned"] for each in cosigned) >= held.quorum,
        "witnesses": cosigned,
        "verified": last,
    }


def _told(tree: LogTree, note: Note | None, name: str, now: datetime) -> dict[str, Any] | None:
    at = tree.kept_at(name)
    if note is None or at is None:
        return None
    said = read_checkpoint(note)
    minutes = max(0, int((now - at).total_seconds() // 60))
    return {"size": said.size, "root": said.root.hex(), "at": at, "minutes": minutes}


def _witnesses(held: Witnesses, note: Note | None) -> list[dict[str, Any]]:
    return [
        {
            "name": each.name,
            "seen": each.seen,
            "cosigned": note is not None and note.line_of(cosigner(each.key)) is not None,
        }
        for each in held.known
    ]
