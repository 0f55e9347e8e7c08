"""What stands in which facet of an answer: a facet that is not permitted takes all its fields along."""

from typing import Any

import pytest

from hub.chronology.source import SourceEvent
from hub.views.answers import Permitted, answer_item
from policies.model import Effect, Facet, Verdict
from tests.chronology_events import event, items_of

ALL_FACETS = frozenset(Facet)
WRITTEN = "Keep from 9 Specimen Road"
_FREELY: dict[str, Any] = {"narrative": {"text": "Seen", "detail": {"nature": WRITTEN}, "reported_by": WRITTEN}}
_NOTED: list[Any] = [{"people": {"kind": "other-adult"}, "narrative": {"note": WRITTEN}}, None]


def facets_of(*events: SourceEvent, permitted: frozenset[Facet] = ALL_FACETS) -> dict[str, Any]:
    """Return the facets of the only item of some events, all of which may be seen so far."""
    (item,) = items_of(*events)
    verdict = Verdict(Effect.PERMIT, permitted, ())
    shown: dict[str, Any] = answer_item(item, Permitted({each.event: verdict for each in events}), "id")["facets"]
    return shown


def record(**sections: Any) -> SourceEvent:
    """Return an event with free text in all fields that take it, and a note on the first of two others."""
    made = event("a", 1, **{**_FREELY, **sections})
    made.people = tuple(_NOTED)
    return made


def test_free_text_of_other_fields_is_there_where_the_narrative_is() -> None:
    shown = facets_of(record())

    assert shown["narrative"] == "Seen"
    assert shown["free_text"] == {"detail": {"nature": WRITTEN}, "reported_by": WRITTEN, "people": [WRITTEN, None]}
    assert shown["people"] == [{"kind": "other-adult"}, {"status": "erased"}]


@pytest.mark.parametrize("reasons", [("correction", "corrects"), ("retraction", "retracts")])
def test_without_the_narrative_no_free_text_is_there(reasons: tuple[str, str]) -> None:
    kind, names = reasons
    told = event("n", 2, kind, narrative={"detail": {"reason": WRITTEN}}, **{names: "a"})  # type: ignore[arg-type]

    shown = facets_of(record(), told, permitted=ALL_FACETS - {Facet.NARRATIVE})

    assert "free_text" not in shown
    assert WRITTEN not in str(shown)
    assert WRITTEN in str(facets_of(record(), told))


def test_where_nothing_was_written_freely_the_facet_says_nothing() -> None:
    assert facets_of(event("a", 1, narrative={"text": "Seen"}))["free_text"] is None
