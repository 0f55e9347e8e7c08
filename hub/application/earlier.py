"""What earlier decisions say of a child's items: which a viewer was shown, and which were drawn as a sample for audit.

Looked up only where a rule may hang on it: a withdrawn item of another agency, an auditor's question. Decides nothing.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Any, Final
from uuid import UUID

from hub.application.decisions import decisions_tagged
from hub.application.directory import User
from hub.chronology.items import Item, Status, events_of
from hub.events.decisions import DecisionsSampled, DisclosureDecided
from hub.store.log import LogReader
from policies.model import Effect, Purpose, Role, ShownBefore

SAMPLED_TAG: Final = "sampled"
SAMPLE_PART: Final = "sample"
Said = dict[UUID, dict[str, Any]]


class Earlier:
    """Looks at earlier decisions about a person, whatever id the person had."""

    def __init__(self, log: LogReader, item_id: Callable[[str, UUID], str]) -> None:
        self._log = log
        self._item_id = item_id

    def says(self, user: User, purpose: str, persons: Collection[UUID], items: Sequence[Item], upto: int) -> Said:
        """Return what earlier decisions say of items, by the event that each began with."""
        withdrawn = [each for each in items if each.status is Status.RETRACTED and each.agency != user.agency]
        audited = purpose == Purpose.AUDIT.value and Role.AUDITOR.value in user.roles
        if not withdrawn and not audited:
            return {}
        if not audited:
            # What was withdrawn before anybody could be shown it needs no look: only decisions before that count.
            upto = min(upto, max(each.position for each in withdrawn))
        decisions = decisions_tagged(self._log, [f"viewed:{each}" for each in sorted(persons)], upto=upto)
        said: Said = {}
        if withdrawn:
            said |= self._shown_before(user, decisions, withdrawn)
        if audited:
            sampled = self._sampled(decisions, upto)
            for item in items:
                if not sampled.isdisjoint(events_of(item)):
                    said.setdefault(item.first, {})["sampled"] = True
        return said

    def _shown_before(self, user: User, decisions: Sequence[DisclosureDecided], withdrawn: Sequence[Item]) -> Said:
        shown = {
            each.id
            for decision in decisions
            if decision.viewer == user.id
            for each in decision.shown
            if each.verdict == Effect.PERMIT.value
        }
        return {
            item.first: {"shown_before": ShownBefore.NO if shown.isdisjoint(ids) else ShownBefore.YES}
            for item in withdrawn
            if (ids := {self._item_id(user.id, event) for event in events_of(item)})
        }

    def _sampled(self, decisions: Sequence[DisclosureDecided], upto: int) -> set[UUID]:
        drawn = {
            decision
            for stored in self._log.read([SAMPLED_TAG], upto=upto)
            if (part := stored.parts.get(SAMPLE_PART)) is not None
            for decision in DecisionsSampled.model_validate(part["fact"], strict=False).decisions
        }
        return {item.event for decision in decisions if decision.id in drawn for item in decision.decided}
