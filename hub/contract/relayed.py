"""What the hub sends: to a recipient what it may see and what has changed of that, to an owner what was shown of it.

Sealed to the agency as agencies seal to the hub, and signed by the hub. References are the recipient's own, an item has
an id by which only this recipient knows it, and nothing names a record as another agency does.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import Field

from hub.contract.primitives import Line, Moment, Prose, Reference, Strict, Word

DISCLOSURE: Final = "disclosure"
CHANGE_NOTICE: Final = "change-notice"
RECEIPT: Final = "receipt"

CHANGED: Final = (
    "Records sent to you earlier have changed, or should no longer be relied on. Do not act on them alone: "
    "ask the MASH, and at night the emergency duty team."
)

References = Annotated[list[Reference], Field(min_length=1, max_length=100)]


class Disclosure(Strict):
    """One item that the recipient may see, about the child that it knows by these references; nothing else is told.

    `duties` is what the agreement asks of whoever is sent it. `reader` is whom alone the recipient's system
    may show it, where the agreement names users: the lead, or the first deputy without a conflict of interest.
    """

    item: Word
    references: References
    purpose: Word
    agreement: Word
    facets: dict[Word, Any]
    duties: Annotated[list[Line], Field(max_length=50)] = []
    reader: Word | None = None
    notice: Prose


class SentBefore(Strict):
    """A disclosure that was sent before: the id of its message, and the item and references that it named."""

    message: Word
    item: Word
    references: References


class ChangeNotice(Strict):
    """What was sent earlier is no longer what the recipient may rely on; why is not said, whatever the reason."""

    lead: Line
    reader: Word | None = None
    records: Annotated[list[SentBefore], Field(min_length=1)]
    notice: Prose


class Shown(Strict):
    """So many records of a type were shown to agencies of a kind, for a purpose, under a rule."""

    recipient_kind: Word
    type: Word
    purpose: Word
    rule: Word
    records: Annotated[int, Field(ge=1)]


class Receipt(Strict):
    """What was shown of an owner's records between two moments, summed up; whoever was shown it is not named."""

    since: Moment
    until: Moment
    shown: Annotated[list[Shown], Field(min_length=1)]


Relayed = Disclosure | ChangeNotice | Receipt
RELAYED: Final[Mapping[str, type[Relayed]]] = {DISCLOSURE: Disclosure, CHANGE_NOTICE: ChangeNotice, RECEIPT: Receipt}
