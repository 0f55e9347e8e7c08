"""What an agreement comes to, in the words that the hub decides by, whichever form it was written in."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Term:
    """Of one owner, for some recipients (by id or by kind) and purposes: these types of item, allowed or denied.

    From `first` to `last`, both included: a moment, or a day in England; None is since ever, and for ever.

    Of terms that speak of one item an exception precedes, and a denial outweighs what is allowed beside it.
    """

    owner: str
    recipients: tuple[str, ...]
    kinds: tuple[str, ...]
    purposes: tuple[str, ...]
    types: tuple[str, ...]
    denies: bool
    exception: bool
    first: date | datetime | None
    last: date | datetime | None
    reason: str
    authority: str
    lead: str
    place: str
    duties: tuple[str, ...] = ()
