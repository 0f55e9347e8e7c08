"""Propose, approve, put in force and revoke policy versions. Decides nothing about anybody.

Approval needs a person of each statutory partner, in one of the roles that may bind it. Whatever is recorded names the
operator of the command as well. The text of a version never changes: another text is another version.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from hub.application.agreements import Agreement
from hub.application.asking import ENGLAND
from hub.application.checked import checked, checked_start
from hub.application.directory import DirectoryService, User
from hub.application.partnership_facts import PARTNERSHIP, fact_draft
from hub.application.policy_in_force import POLICY_TAG, RecordedTexts
from hub.application.policy_ledger import STATUTORY, Recorded
from hub.clock import Clock
from hub.contract.canonical import canonical
from hub.errors import ConflictError, RefusedError, UsageError
from hub.events.policy import (
    Basis,
    PolicyEvent,
    PolicyVersionActivated,
    PolicyVersionApproved,
    PolicyVersionProposed,
    PolicyVersionRevoked,
)
from hub.store.log import EventLog
from hub.store.vault import KeyVault
from policies.authoring import Proof, proof_of, waivers_missing, waivers_of
from policies.client import (
    DecisionUnavailableError,
    PolicyError,
    PolicySetVersion,
    PolicyText,
    PolicyVersion,
    Shelf,
    load_policy,
)
from policies.model import Role

MAY_APPROVE = frozenset({Role.PARTNERSHIP_MEMBER.value, Role.DIRECTOR_OF_CHILDRENS_SERVICES.value})


class PolicyVersions:
    """The use cases of policy versions."""

    def __init__(
        self,
        log: EventLog,
        vault: KeyVault,
        directory: DirectoryService,
        texts: RecordedTexts,
        clock: Clock,
        prove: Callable[[PolicyText, PolicyText | None], Proof] = proof_of,
    ) -> None:
        self._log = log
        self._vault = vault
        self._directory = directory
        self._texts = texts
        self._clock = clock
        self._prove = prove

    def propose(self, rules: PolicyText, *, by: str) -> PolicyVersion:
        """Record a policy with the agreements that stand now and return its version.

        Raises `RefusedError` naming the rule that is not in order, or opens everything without two partners who answer
        for it; `ConflictError` where it was proposed before.
        """
        text = self._bound(rules)
        self._refuse_unbounded(load_policy(text))
        if text.version() in self._texts.ledger().versions:
            raise ConflictError("This very policy was proposed before.", code="policy-proposed", place=text.version())
        self._record([_proposed(text, by)])
        return text.version()

    def approve(self, start: str, user: str, *, by: str) -> Recorded:
        """Record the approval of a statutory partner, and whether the version was proved.

        Raises `RefusedError` for who may not, or with a counterexample where it was found not to hold; `ConflictError`
        twice.
        """
        recorded, who = self._open(start), self._partner(user)
        kind = self._directory.load().agency(who.agency).kind
        if kind not in recorded.missing:
            raise ConflictError(f"A partner of kind {kind.value} has approved it before.", code="policy-approved")
        proof = self._prove(self._verified(recorded).text, self._text_in_force())
        if proof.faults:
            others = f"and {len(proof.faults) - 1} more (mash policy prove)"
            fault = f"What must hold does not: {proof.faults[0]} {others}"
            raise RefusedError(fault, code="policy-not-proved")
        told = {"version": recorded.version, "user": who.id, "agency": who.agency, "kind": kind}
        fields = {**told, "proof": proof.said, "by": by}
        self._record([checked(PolicyVersionApproved, **fields)])
        return self._texts.ledger().versions[recorded.version]

    def activate(self, start: str, day: date | None, *, by: str) -> PolicyVersionActivated:
        """Put a version in force from a day on, or today; raises `RefusedError` while an approval is missing."""
        recorded, today = self._open(start), self.today()
        if recorded.missing:
            kinds = ", ".join(kind.value for kind in recorded.missing)
            raise RefusedError(f"It is not approved yet by: {kinds}.", code="policy-not-approved")
        if day is not None and day < today:
            raise UsageError("A policy cannot be put in force in the past.", code="policy-backdated")
        if waivers_of(self._verified(recorded)) - {approval.user for approval in recorded.approvals}:
            fault = "Of those who answer for a rule that opens everything, one has not approved it."
            raise RefusedError(fault, code="policy-not-waived")
        made = PolicyVersionActivated(
            version=recorded.version, from_day=day or today, basis=Basis.APPROVED,
            reason="Approved by every statutory partner.", by=by,
        )  # fmt: skip
        self._record([made])
        return made

    def revoke(self, start: str, user: str, *, reason: str, by: str) -> PolicyVersion | None:
        """Revoke a version at once on the word of one statutory partner; return what is in force now, None for none."""
        recorded, who = self._open(start), self._partner(user)
        fields = {"version": recorded.version, "user": who.id, "agency": who.agency, "reason": reason, "by": by}
        self._record([checked(PolicyVersionRevoked, **fields)])
        return self._texts.ledger().in_force(self.today())

    def put_in_force_at_init(self, rules: PolicyText, *, by: str) -> PolicyVersion | None:
        """Put the shipped rules in force for a hub whose partners have decided nothing; return it where it is new."""
        ledger, text = self._texts.ledger(), self._bound(rules)
        current = ledger.in_force(self.today())
        if not ledger.left_to_init or (current is not None and _same_rules(ledger.versions[current], text)):
            return None
        facts: list[PolicyEvent] = [] if text.version() in ledger.versions else [_proposed(text, by)]
        facts.append(
            PolicyVersionActivated(
                version=text.version(), from_day=self.today(), basis=Basis.INIT,
                reason="The shipped version, put in force when the hub was made; no partner has approved it.", by=by,
            )
        )  # fmt: skip
        self._record(facts)
        return text.version()

    def one(self, start: str) -> Recorded:
        """Return the version whose hash starts so; raises `UsageError` where none does, or more than one."""
        checked_start(start)
        found = [each for version, each in self._texts.ledger().versions.items() if version.startswith(start.lower())]
        if len(found) != 1:
            raise UsageError(f"{len(found)} policy versions start so.", code="unknown-policy-version")
        return found[0]

    def text(self, recorded: Recorded) -> PolicyText:
        """Return the text of a version; raises `RefusedError` where this hub cannot verify it."""
        return self._verified(recorded).text

    def in_force(self) -> PolicyVersion | None:
        """Return the version in force now."""
        return self._texts.ledger().in_force(self.today())

    def as_json(self) -> list[dict[str, Any]]:
        """Return the versions, the oldest first, in the documented shape of `mash policy versions --json`."""
        ledger, shelf, now = self._texts.ledger(), Shelf(self._texts), self.in_force()
        return [
            _shape(each, in_force=version == now, verified=shelf.decides_by(version))
            for version, each in ledger.versions.items()
        ]

    def today(self) -> date:
        """Return the day in England."""
        return self._clock.now().astimezone(ENGLAND).date()

    def _bound(self, rules: PolicyText) -> PolicyText:
        text = replace(rules, agreements=_standing(self._directory.load().agreements, self._clock.now()))
        try:
            load_policy(text)
        except PolicyError as error:
            raise RefusedError(error.message, code=error.code, place=error.place) from error
        return text

    def _text_in_force(self) -> PolicyText | None:
        current = self.in_force()
        try:
            return None if current is None else Shelf(self._texts).policy(current).text
        except DecisionUnavailableError:
            return None

    def _refuse_unbounded(self, policy: PolicySetVersion) -> None:
        if missing := waivers_missing(policy):
            fault = "A rule opens everything to everybody, and no two partners answer for it by @waived_by."
            raise RefusedError(fault, code="permits-everything", place=missing[0])
        for user in sorted(waivers_of(policy)):
            self._partner(user)

    def _open(self, start: str) -> Recorded:
        recorded = self.one(start)
        if recorded.revoked is not None:
            raise RefusedError("This policy version was revoked.", code="policy-revoked")
        return recorded

    def _partner(self, user: str) -> User:
        directory = self._directory.load()
        found = directory.user(user)
        if directory.agency(found.agency).kind not in STATUTORY or not found.roles & MAY_APPROVE:
            raise RefusedError(
                f"A policy is for {' or '.join(sorted(MAY_APPROVE))} of a statutory partner to decide on.",
                code="not-a-partner",
            )
        return found

    def _verified(self, recorded: Recorded) -> PolicySetVersion:
        try:
            return Shelf(self._texts).policy(recorded.version)
        except DecisionUnavailableError as error:
            raise RefusedError(error.message, code=error.code, place=error.place) from error

    def _record(self, facts: Sequence[PolicyEvent]) -> None:
        self._vault.make([PARTNERSHIP])
        self._log.append([fact_draft(fact, POLICY_TAG) for fact in facts], at=self._clock.now())


def _standing(agreements: Mapping[str, Agreement], moment: datetime) -> dict[str, str]:
    return {name: canonical(each.as_plain()).decode() for name, each in agreements.items() if each.in_force(moment)}


def _same_rules(recorded: Recorded, text: PolicyText) -> bool:
    """Say whether a version differs in the agreements that stood at most."""
    wanted = text.as_record()
    return all(recorded.text[name] == wanted[name] for name in ("rules", "schema", "codes", "gateways"))


def _proposed(text: PolicyText, by: str) -> PolicyVersionProposed:
    return PolicyVersionProposed(version=text.version(), text=text.as_record(), by=by)


def _shape(each: Recorded, *, in_force: bool, verified: bool) -> dict[str, Any]:
    return {
        "version": each.version,
        "state": _state(each, in_force),
        "verified": verified,
        "rules": sorted(each.text["rules"]),
        "proposed": {"at": each.proposed_at.isoformat(), "by": each.proposed_by},
        "approvals": [
            {"user": one.user, "agency": one.agency, "kind": one.kind.value, "proof": one.proof, "by": one.by}
            for one in each.approvals
        ],
        "missing": [kind.value for kind in each.missing],
        "activations": [
            {"from": one.from_day.isoformat(), "basis": one.basis.value, "reason": one.reason, "by": one.by}
            for one in each.activations
        ],
        "revoked": each.revoked and {"user": each.revoked.user, "reason": each.revoked.reason, "by": each.revoked.by},
    }


def _state(each: Recorded, in_force: bool) -> str:
    if each.revoked is not None:
        return "revoked"
    if in_force:
        return "in-force"
    if each.activations:
        return "activated"
    return "proposed" if each.missing else "approved"
