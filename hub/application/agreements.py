"""Standing agreements: what a partner is sent without asking each time. Made and ended by events; nothing is sent here.

An agreement names an owner, a recipient, a purpose and types of item. It is in force on its days until it is ended, and
an ended one permits nothing any more, whatever its days say.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from hub.events.directory import AgreementMade


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
    valid_from: date
    valid_until: date | None
    denies: bool = False
    exception: bool = False
    ended: bool = False

    @classmethod
    def of(cls, made: AgreementMade) -> "Agreement":
        """Return the agreement that an event makes."""
        return cls(
            made.id, made.owner, made.recipient, made.purpose, frozenset(made.types), made.reason, made.authority,
            made.lead, made.valid_from, made.valid_until, made.denies, made.exception,
        )  # fmt: skip

    def as_plain(self) -> dict[str, Any]:
        """Return what was agreed in plain form, without what became of it."""
        return {
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

    def in_force(self, day: date) -> bool:
        """Say whether it permits anything on a day."""
        return not self.ended and self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)

    def names(self, owner: str, item_type: str) -> bool:
        """Say whether it speaks of such an item of the owner, whatever for."""
        return self.owner == owner and item_type in self.types

    def serves(self, purpose: str, day: date) -> bool:
        """Say whether it is in force on a day for a purpose."""
        return self.purpose == purpose and self.in_force(day)


def agreement_for(
    agreements: Mapping[str, Agreement], recipient: str, purpose: str, owner: str, item_type: str, day: date
) -> Agreement | None:
    """Return the agreement in force on a day by which such an item is sent, or None."""
    theirs = [each for each in agreements.values() if each.recipient == recipient and each.names(owner, item_type)]
    return allowing(theirs, purpose, day)


def allowing(named: Iterable[Agreement], purpose: str, day: date) -> Agreement | None:
    """Return which of the agreements that name an item allows it for a purpose on a day, or None.

    An exception precedes, a denial outweighs what is allowed beside it, and of those alike the first by id counts.
    """
    serving = [each for each in named if each.serves(purpose, day)]
    first = min(serving, key=lambda each: (not each.exception, not each.denies, each.id), default=None)
    return None if first is None or first.denies else first


def agreement_json(agreements: Iterable[Agreement], today: date) -> list[dict[str, Any]]:
    """Return the agreements in the documented shape of `mash agreement list --json`."""
    return [{**each.as_plain(), "ended": each.ended, "in_force": each.in_force(today)} for each in agreements]
