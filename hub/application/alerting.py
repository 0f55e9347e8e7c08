"""Alert those who protect a child of a search for the child. The searcher is never told, not by a count either."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from hub.application.decisions import child_key
from hub.application.facts import shields_of
from hub.chronology.source import SourceEvent
from hub.contract.canonical import canonical
from hub.events.alerts import ProtectorAlert, ProtectorsAlerted
from hub.events.decisions import DisclosureDecided
from hub.store.mapper import DraftEvent, DraftPart, StoredEvent

_PART = "alerts"


def alerts_of(sources: Iterable[SourceEvent], searched_by: str) -> list[ProtectorAlert]:
    """Return an alert for each record of one child that asks for a shield."""
    shielding = (source for source in sources if shields_of([source]))
    protected = {(source.agency, _reference(source)) for source in shielding}
    return [
        ProtectorAlert(agency=agency, reference=reference or None, searched_by=searched_by)
        for agency, reference in sorted(protected)
    ]


def alerts_tag(agency: str) -> str:
    """Return the tag of the alerts to an agency."""
    return f"alerts:{agency}"


def alerts_draft(event: UUID, decision: DisclosureDecided, alerts: Sequence[ProtectorAlert]) -> DraftEvent:
    """Return what a search leaves beside its record, under the key of its basis, whether or not it alerts anybody."""
    fact = ProtectorsAlerted(id=event, at=decision.at, decision=decision.id, alerts=list(alerts))
    tags = tuple(dict.fromkeys(alerts_tag(alert.agency) for alert in alerts))
    part = DraftPart(_PART, child_key(decision.id), {"fact": canonical(fact.model_dump(mode="json"))})
    return DraftEvent(event, ProtectorsAlerted.__name__, tags, (part,))


def alerted(stored: StoredEvent) -> ProtectorsAlerted | None:
    """Return the alerts of a row, None where they were erased."""
    part = stored.parts[_PART]
    return None if part is None else ProtectorsAlerted.model_validate(part["fact"], strict=False)


def _reference(source: SourceEvent) -> str:
    return "" if source.sections is None else str(source.sections["subject"]["reference"])
