"""Make an evidence bundle of one decision on a chronology: what was shown, by which policy and law, and its proofs.

Holds what the viewer was shown and no more: what was denied is neither in it nor counted, and a row of the log that
tells more than was shown of its item is left out. That it was made is recorded before it is handed over.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import orjson
from eventsourcing.dcb.api import DCBEvent

from hub.application.asking import Asked, question_of
from hub.application.decisions import (
    ASKED_SECTION,
    AUDIT_PART,
    BASIS_PART,
    DECISION_SECTION,
    SHOWN_PART,
    DecisionLog,
)
from hub.application.overseeing import refuse_all_but_auditors
from hub.application.partnership_facts import PART as POLICY_PART
from hub.application.policy_in_force import POLICY_TAG
from hub.application.proving import LogTree
from hub.application.reading import Reading
from hub.application.replaying import Replayer
from hub.application.witnessing import WitnessDesk
from hub.contract.canonical import canonical, canonical_again
from hub.errors import HubError, UsageError
from hub.events.decisions import DisclosureDecided
from hub.events.policy import PolicyVersionProposed
from hub.proof.bundle import law_cited, policy_files, sealed_bundle
from hub.proof.checkpoint import LeafProof
from hub.proof.leaf import read_row
from hub.proof.note import Note
from hub.store.log import EventLog
from hub.store.openings import Opening, openings_of
from hub.store.vault import KeyVault
from hub.views.evidence_page import evidence_page, readme
from hub.views.openable import may_be_opened, row_may_be_shown
from policies.model import Effect

KIND: Final = "evidence-bundle"
_BUNDLED: Final = "chronology"
_ASKED_IN: Final = (AUDIT_PART, BASIS_PART)
_OF_DECISION: Final = frozenset({(SHOWN_PART, DECISION_SECTION), *((part, ASKED_SECTION) for part in _ASKED_IN)})
_Proved = Mapping[UUID, tuple[LeafProof, bytes]]


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What is proved of one decision: its items, whose events they are, the policy's event, proofs and openings."""

    decision: DisclosureDecided
    items: list[dict[str, Any]]
    events: list[UUID | None]
    policy: UUID | None
    note: Note
    proved: _Proved
    openings: list[Opening]

    def opened(self, event: UUID, part: str, section: str) -> Any:
        """Return the value of a section as it is in the bundle, None where it is not."""
        found = [
            each.value for each in self.openings if (each.event, each.part, each.section) == (event, part, section)
        ]
        return orjson.loads(found[0]) if found else None


class Bundling:
    """Makes bundles; raises `RefusedError` for all but an auditor."""

    def __init__(
        self,
        reading: Reading,
        log: EventLog,
        decisions: DecisionLog,
        replayer: Replayer,
        tree: LogTree,
        vault: KeyVault,
    ) -> None:
        self._reading = reading
        self._log = log
        self._decisions = decisions
        self._replayer = replayer
        self._tree = tree
        self._vault = vault

    def bundle(self, decision: str, asked: Asked) -> bytes:
        """Return the bundle of a decision, recorded like any look; the same each time that the checkpoint is the same.

        Raises `UsageError` for an unknown decision or one on no chronology, `HubError` where the answer cannot be had
        again (`replay-differs`) or a row is not what was recorded.
        """
        reading = self._reading
        _, directory, outcome = refuse_all_but_auditors(reading, asked, KIND, question_of(decision=decision))
        try:
            evidence = self._evidence(self._bundled(decision))
            made = sealed_bundle(evidence.decision.id, self._members(evidence), self._tree.key)
        except HubError as error:
            reading.refuse(asked, directory, outcome, error)
        outcome.person = evidence.decision.person
        reading.record(asked, directory, outcome)
        return made

    def _bundled(self, start_of_id: str) -> DisclosureDecided:
        decision = self._decisions.one(start_of_id)
        if decision.kind != _BUNDLED:
            raise UsageError("A bundle is made of a decision on a chronology.", code="not-a-chronology")
        return decision

    def _evidence(self, decision: DisclosureDecided) -> _Evidence:
        answer = self._replayer.answer(decision)
        items = answer["items"] if answer is not None else []
        policy = self._policy(decision)
        events = self._events_of(decision, items)
        wanted = {decision.id, *(each for each in events if each), *([policy] if policy else [])}
        note, proved = self._tree.prove_all(self._log.existing(sorted(wanted)))
        opened = {event: openings_of(_row(leaf), self._vault) for event, (_, leaf) in proved.items()}
        kept = [
            event if event and row_may_be_shown(item, [each.part for each in opened[event]]) else None
            for item, event in zip(items, events, strict=True)
        ]
        openings = [each for each in opened[decision.id] if (each.part, each.section) in _OF_DECISION]
        openings += opened[policy] if policy else []
        for item, event in zip(items, kept, strict=True):
            openings += [each for each in opened[event] if _holds_no_more(item, each)] if event else []
        told = {event: proved[event] for event in (decision.id, policy, *kept) if event is not None}
        return _Evidence(decision, items, kept, policy, note, told, openings)

    def _events_of(self, decision: DisclosureDecided, items: list[dict[str, Any]]) -> list[UUID | None]:
        """Return which event each item is of, None for one of which no facet was shown."""
        known = {self._reading.item_id(decision.viewer, each.event): each.event for each in decision.decided}
        permitted = Effect.PERMIT.value
        return [known.get(item["id"]) if item["verdict"] == permitted else None for item in items]

    def _policy(self, decision: DisclosureDecided) -> UUID | None:
        """Return the event that holds the text of the policy which decided; None where none was to be had."""
        proposed = self._log.read([POLICY_TAG], upto=decision.decided_at, types=[PolicyVersionProposed.__name__])
        for stored in proposed:
            fact = stored.parts[POLICY_PART]
            if fact is not None and fact["body"]["version"] == decision.policy_version:
                return stored.id
        return None

    def _members(self, evidence: _Evidence) -> dict[str, bytes]:
        files = [f"items/{number:04}.json" for number in range(1, len(evidence.items) + 1)]
        witnesses = WitnessDesk(self._tree).load()
        fact = evidence.opened(evidence.policy, POLICY_PART, "body") if evidence.policy else None
        told = {
            "decision": str(evidence.decision.id),
            "policy": _text(evidence.policy),
            "items": [
                {"file": file, "event": _text(event)} for file, event in zip(files, evidence.events, strict=True)
            ],
            "openings": [_opening(each) for each in evidence.openings],
        }
        keys = {
            "log": str(self._tree.key.verifier),
            "witnesses": [each.key for each in witnesses.known],
            "quorum": witnesses.quorum,
        }
        shown = evidence.opened(evidence.decision.id, SHOWN_PART, DECISION_SECTION)
        asked = (evidence.opened(evidence.decision.id, part, ASKED_SECTION) for part in _ASKED_IN)
        request = {name: value for section in asked for name, value in (section or {}).items()} or None
        law = law_cited(evidence.items)
        members = {
            "README.txt": readme().encode(),
            "index.html": evidence_page(shown, request, evidence.items, law, str(evidence.note)).encode(),
            "bundle.json": canonical(told),
            "keys.json": canonical(keys),
            "law.json": canonical_again(law),
            "checkpoint": str(evidence.note).encode(),
            **{file: canonical_again(item) for file, item in zip(files, evidence.items, strict=True)},
            **(policy_files(fact["text"]) if fact else {}),
        }
        for event, (proof, leaf) in evidence.proved.items():
            members[f"leaves/{event}.leaf"] = leaf
            members[f"leaves/{event}.tlog-proof"] = str(proof).encode()
        return members


def _holds_no_more(item: Mapping[str, Any], opening: Opening) -> bool:
    return may_be_opened(item, opening.part, opening.section, orjson.loads(opening.value))


def _row(leaf: bytes) -> DCBEvent:
    row = read_row(leaf)
    return DCBEvent(row.type, row.data, row.tags.split("\n"))


def _opening(opening: Opening) -> dict[str, str]:
    return {
        "event": str(opening.event),
        "part": opening.part,
        "section": opening.section,
        "salt": opening.salt.hex(),
        "value": opening.value.decode(),
        "commitment": opening.commitment.hex(),
    }


def _text(event: UUID | None) -> str | None:
    return None if event is None else str(event)
