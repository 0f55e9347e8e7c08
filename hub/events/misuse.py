"""What became of an alert of misuse: somebody looked into it, and it was upheld or not."""

from uuid import UUID

from hub.contract.primitives import Prose, Strict, Word


class MisuseAlertJudged(Strict):
    """An auditor judged an alert that a rule had raised."""

    alert: UUID
    rule: Word
    upheld: bool
    reason: Prose
    by: Word
