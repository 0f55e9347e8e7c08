"""A search matched a child who is shielded: told to those who protect the child, and to nobody else.

Every search leaves this event beside its record, mostly without any alert. It names no more than is needed: whose
record asks for the shield, under which reference of theirs, and of which agency the searcher is.
"""

from uuid import UUID

from hub.contract.primitives import Moment, Strict, Word


class ProtectorAlert(Strict):
    """An agency whose record shields a child is alerted; `reference` is None where that record was erased."""

    agency: Word
    reference: str | None
    searched_by: Word


class ProtectorsAlerted(Strict):
    """Whom one search alerted; `decision` is its record, in which an auditor finds who searched and why."""

    id: UUID
    at: Moment
    decision: UUID
    alerts: list[ProtectorAlert]
