"""Verify the whole log: every row against the tree's leaf, the tree against its checkpoints. Writes nothing.

Needs the log's public key and no other: nothing is opened.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from hub.application.proving import LogTree
from hub.application.witnessing import WitnessDesk
from hub.errors import HubError
from hub.proof.comparing import Comparison, Fault, Kind
from hub.proof.leaf import Row
from hub.proof.note import Note
from hub.proof.witness import cosigner
from hub.store.bare_rows import FIRST_POSITION, LAST_POSITION, all_rows, otherwise_tagged, row_at
from hub.store.schema import check_schema


@dataclass(frozen=True, slots=True)
class Verified:
    """What a verification found: faults event by event, and sentences on the tree and the database as a whole."""

    rows: int
    leaves: int
    good: int
    unproved: int
    bad: int
    faults: list[Fault]
    about: list[HubError]
    checkpoint: int | None
    witnessed: int | None
    cosigned_by: list[str]

    @property
    def whole(self) -> bool:
        """Say whether nothing is wrong."""
        return not self.bad and not self.about


def verify_log(
    log: LogTree,
    first: int | None = None,
    last: int | None = None,
    progress: Callable[[int], None] = lambda _: None,
    against: Note | None = None,
) -> Verified:
    """Read the rows of these positions again and compare each with its leaf, and the tree with its checkpoints.

    With `against`, also with a checkpoint that was kept elsewhere, as by a witness; raises where this log did not sign
    it.
    """
    if against is not None:
        against.verify(log.key.verifier)
    tree = log.tree
    part = (FIRST_POSITION if first is None else first, LAST_POSITION if last is None else last)
    tree.refresh()
    start, end, read = tree.index_of(part[0]), tree.index_of(part[1] + 1), 0
    comparison = Comparison(tree, start, end)
    about = [error] if (error := _said(tree.verify_files)) else []
    checkpoint, witnessed = (_verify_kept(log, name, about) for name in ("checkpoint", "witnessed"))
    signers = _signers(log, about)
    if against is not None and (error := _said(partial(log.continues, against, "checkpoint kept elsewhere,"))):
        about.append(error)
    with log.rows() as connection:
        for page in all_rows(connection, *part):
            comparison.take([Row._make(each) for each in page])
            read += len(page)
            progress(read)
        comparison.finish()
        named = {fault.position for fault in comparison.faults}
        for position in otherwise_tagged(connection, *part):
            if position not in named:
                row = row_at(connection, position)
                comparison.fault(position, Kind.TAGS, Row._make(row).event if row else None)
        if error := _said(lambda: check_schema(connection)):
            about.append(error)
    faults = sorted(comparison.faults, key=lambda fault: fault.position)
    return Verified(
        read, tree.size, comparison.good, comparison.unproved, comparison.bad, faults, about,
        checkpoint, witnessed, signers,
    )  # fmt: skip


def _verify_kept(log: LogTree, name: str, about: list[HubError]) -> int | None:
    """Return the size of a kept checkpoint that the tree continues; note what is wrong with it."""
    try:
        return log.continued(name) or None
    except HubError as error:
        about.append(error)
        return None


def _signers(log: LogTree, about: list[HubError]) -> list[str]:
    """Return which known witnesses cosigned the checkpoint that is kept as witnessed; note where none did."""
    found: list[str] = []
    try:
        if (note := log.kept("witnessed")) is None:
            return []
        desk = WitnessDesk(log)
        found = [each.name for each in desk.load().known if note.line_of(cosigner(each.key))]
        if not found:
            raise HubError("No known witness has cosigned the witnessed checkpoint.", code="not-witnessed")
    except HubError as error:
        if error.code not in {each.code for each in about}:
            about.append(error)
    return found


def _said(verify: Callable[[], object]) -> HubError | None:
    try:
        verify()
    except HubError as error:
        return error
    return None
