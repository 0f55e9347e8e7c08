"""Who has been shown what of a child, from the record of decisions: for auditors by event, for the MASH by its ids."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from hub.application.asking import Asked, question_of
from hub.application.chronologies import ChronologyReader
from hub.application.decisions import DecisionLog
from hub.application.reading import CHRONOLOGY, Reading
from hub.errors import RefusedError
from hub.events.decisions import DISCLOSED, DecidedItem, DisclosureDecided
from policies.model import Effect, Role

MASH: Final = frozenset({Role.MASH_ANALYST.value, Role.MASH_MANAGER.value, Role.MASH_INFORMATION_MANAGER.value})
SHOWN_TO: Final = "shown-to"
_ANSWERS: Final = frozenset({CHRONOLOGY, DISCLOSED})


def shown_in(reading: Reading, decision: DisclosureDecided) -> Iterator[DecidedItem]:
    """Yield the events of which something was in an answer: what was permitted, but for what a window left out."""
    if decision.kind not in _ANSWERS:
        return
    window = decision.child_erased or decision.question.get("start") or decision.question.get("end")
    whole = decision.kind == DISCLOSED or not window
    shown = frozenset() if whole else {item.id for item in decision.shown}
    for each in decision.decided:
        if each.verdict == Effect.PERMIT.value and (whole or reading.item_id(decision.viewer, each.event) in shown):
            yield each


def also_shown(
    reading: Reading, decision: DisclosureDecided, others: Iterable[DisclosureDecided]
) -> list[dict[str, Any]]:
    """Return which other decisions showed other viewers any of the records that one showed, the oldest first."""
    records = {each.event for each in shown_in(reading, decision)}
    found = []
    for other in others:
        same = records & {each.event for each in shown_in(reading, other)} if other.viewer != decision.viewer else ()
        if same:
            told = {"decision": str(other.id), "at": other.at.isoformat(), "viewer": other.viewer}
            found.append({**told, "agency": other.agency, "records": len(same)})
    return found


class ShownTo:
    """Answers the MASH; raises `RefusedError` for all others."""

    def __init__(self, reading: Reading, decisions: DecisionLog, chronologies: ChronologyReader) -> None:
        self._reading = reading
        self._decisions = decisions
        self._chronologies = chronologies

    def of_child(self, person: UUID, asked: Asked) -> dict[str, Any]:
        """Return a chronology with, for each item, the agencies that were shown any of it and since when.

        An agency of which the viewer sees nothing here is not named: that it looked may say what must not be known. The
        look is decided and recorded as a chronology is, a refused one as itself.
        """
        reading = self._reading
        with reading.leaving.at_boundary():
            user, directory, outcome = reading.viewer(asked, SHOWN_TO, question_of(person=person), [person])
            if MASH.isdisjoint(user.roles):
                refusal = RefusedError("Who was shown a record is for the MASH to see.", code="not-the-mash")
                reading.refuse(asked, directory, outcome, refusal)
            return self._told(person, asked, user.agency)

    def _told(self, person: UUID, asked: Asked, agency: str) -> dict[str, Any]:
        answer = self._chronologies.read(person, asked)
        items = {item["id"] for item in answer["items"] if item["verdict"] == Effect.PERMIT.value}
        named = {agency, *(_agency(item) for item in answer["items"])}
        since = self._since(person, asked.viewer, items)
        told = {
            item: [{"agency": name, "since": at.isoformat()} for name, at in sorted(agencies.items()) if name in named]
            for item, agencies in since.items()
        }
        return {**answer, "shown_to": told}

    def _since(self, person: UUID, viewer: str, items: set[str]) -> Mapping[str, dict[str, datetime]]:
        since: dict[str, dict[str, datetime]] = {item: {} for item in sorted(items)}
        for decision in self._decisions.about(person):
            for each in shown_in(self._reading, decision):
                if (item := self._reading.item_id(viewer, each.event)) in since:
                    since[item].setdefault(decision.agency, decision.at)
        return since


def _agency(item: Mapping[str, Any]) -> str | None:
    source: Mapping[str, Any] = item.get("facets", {}).get("source") or {}
    return source.get("agency")
