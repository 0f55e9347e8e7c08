"""Which policy version is in force, folded from its events: a function of a position of the log and a day, and no more.

An activation without the approvals of all the statutory partners puts nothing in force, whoever wrote it into the log.
In force is the version activated last whose first day has come and that was not revoked. What was put in force when the
hub was made counts only until a version that the partners approved has been in force, and never again after it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from hub.application.partnership_facts import body_of
from hub.events.directory import PartnerKind
from hub.events.policy import (
    POLICY_EVENTS,
    Basis,
    PolicyEvent,
    PolicyVersionActivated,
    PolicyVersionApproved,
    PolicyVersionProposed,
    PolicyVersionRevoked,
)
from hub.store.mapper import StoredEvent
from policies.client import PolicyVersion

# The safeguarding partners of Children Act 2004 s16E: local authority, integrated care board, chief officer of police.
STATUTORY = (PartnerKind.CHILDRENS_SOCIAL_CARE, PartnerKind.HEALTH, PartnerKind.POLICE)


@dataclass(slots=True)
class Recorded:
    """All that is recorded of one version."""

    version: PolicyVersion
    text: dict[str, Any]
    proposed_at: datetime
    proposed_by: str
    approvals: list[PolicyVersionApproved] = field(default_factory=list)
    activations: list[PolicyVersionActivated] = field(default_factory=list)
    revoked: PolicyVersionRevoked | None = None

    @property
    def missing(self) -> list[PartnerKind]:
        """Return the kinds of the statutory partners that have not approved."""
        given = {approval.kind for approval in self.approvals}
        return [kind for kind in STATUTORY if kind not in given]


@dataclass(slots=True)
class PolicyLedger:
    """The policy versions as of the last event folded in."""

    versions: dict[PolicyVersion, Recorded] = field(default_factory=dict)
    activations: list[PolicyVersionActivated] = field(default_factory=list)

    @classmethod
    def of(cls, events: Iterable[StoredEvent]) -> "PolicyLedger":
        """Fold events of the log."""
        ledger = cls()
        for stored in events:
            if (body := body_of(stored)) is not None:
                ledger.apply(POLICY_EVENTS[stored.type].model_validate(body, strict=False), stored.recorded_at)
        return ledger

    def apply(self, event: PolicyEvent, at: datetime) -> None:
        """Fold one fact in."""
        version = PolicyVersion(event.version)
        if isinstance(event, PolicyVersionProposed):
            self.versions.setdefault(version, Recorded(version, event.text, at, event.by))
        elif recorded := self.versions.get(version):
            self._add(recorded, event)

    def _add(
        self, recorded: Recorded, event: PolicyVersionApproved | PolicyVersionActivated | PolicyVersionRevoked
    ) -> None:
        match event:
            case PolicyVersionApproved():
                recorded.approvals.append(event)
            case PolicyVersionActivated() if self._may_begin(recorded, event.basis):
                recorded.activations.append(event)
                self.activations.append(event)
            case PolicyVersionRevoked():
                recorded.revoked = event

    def _may_begin(self, recorded: Recorded, basis: Basis) -> bool:
        """Say whether a version may be put in force now: what is in the log is not taken for allowed."""
        return self.left_to_init if basis is Basis.INIT else not recorded.missing

    def in_force(self, on: date) -> PolicyVersion | None:
        """Return the version in force on a day, None where there is none."""
        begun = [each for each in self.activations if each.from_day <= on]
        approved = [each for each in begun if each.basis is Basis.APPROVED]
        standing = [
            (each.from_day, number, PolicyVersion(each.version))
            for number, each in enumerate(approved or begun)
            if self.versions[PolicyVersion(each.version)].revoked is None
        ]
        return max(standing)[2] if standing else None

    @property
    def left_to_init(self) -> bool:
        """Say whether the partners have decided nothing yet, so that making the hub anew may put a version in force."""
        made = (each.basis is Basis.INIT for each in self.activations)
        return all(made) and not any(each.approvals or each.revoked for each in self.versions.values())
