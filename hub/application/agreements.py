"""Standing agreements: what a partner is sent without asking each time. Made and ended by events; nothing is sent here.

An agreement names an owner, a recipient, a purpose and types of item. It is in force from its first to its last moment,
both included, until it is ended; an ended one permits nothing any more, whatever its dates say.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from hub.events.directory import AgreementMade, beginning, ending


@dataclass(frozen=True, slots=True)
class Agreement:
    """One standing agreement, and whether it was ended."""

    id: str
    owner: str
    recipient: str
    purpose: str
    types: frozenset[str]
    reason: str
    authority: str
    lead: str
    valid_from: date | datetime
    valid_until: date | datetime | None
    begins: datetime
    ends: datetime | None
    denies: bool = False
    exception: bool = False
    duties: tuple[str, ...] = ()
    readers: tuple[str, ...] = ()
    ended: bool = False

    @classmethod
    def of(cls, made: AgreementMade) -> "Agreement":
        """Return the agreement that an event makes."""
        return cls(
            made.id, made.owner, made.recipient, made.purpose, frozenset(made.types), made.reason, made.authority,
            made.lead, made.valid_from, made.valid_until, beginning(made.valid_from),
            None if made.valid_until is None else ending(made.valid_until), made.denies, made.exception,
            tuple(made.duties), tuple(made.readers),
        )  # fmt: skip

    def as_plain(self) -> dict[str, Any]:
        """Return what was agreed in plain form, without what became of it."""
        told: dict[str, Any] = {
            "id": self.id,
            "owner": self.owner,
            "recipient": self.recipient,
            "purpose": self.purpose,
            "types": sorted(self.types),
            "reason": self.reason,
            "authority": self.authority,
            "lead": self.lead,
            "from": self.valid_from.isoformat(),
            "until": self.valid_until.isoformat() if self.valid_until else None,
            "effect": "deny" if self.denies else "allow",
            "exception": self.exception,
        }
        bound = {"duties": [*self.duties], "readers": [*self.readers]}
        return told | {name: who for name, who in bound.items() if who}

    def in_force(self, moment: datetime) -> bool:
        """Say whether it permits anything at a moment."""
        return not self.ended and self.begins <= moment and (self.ends is None or moment <= self.ends)

    def serves(self, purpose: str, moment: datetime) -> bool:
        """Say whether it is in force at a moment for a purpose."""
        return self.purpose == purpose and self.in_force(moment)


def allowing(named: Iterable[Agreement], purpose: str, moment: datetime) -> Agreement | None:
    """Return which of the agreements that name an item allows it for a purpose at a moment, or None.

    An exception precedes, a denial outweighs what is allowed beside it, and of those alike the first by id counts.
    """
    serving = [each for each in named if each.serves(purpose, moment)]
    first = min(serving, key=lambda each: (not each.exception, not each.denies, each.id), default=None)
    return None if first is None or first.denies else first


def agreement_json(agreements: Iterable[Agreement], now: datetime) -> list[dict[str, Any]]:
    """Return the agreements in the documented shape of `mash agreement list --json`."""
    return [{**each.as_plain(), "ended": each.ended, "in_force": each.in_force(now)} for each in agreements]
