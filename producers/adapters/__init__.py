"""The kinds of file that agencies' records come in, and the choice of the one that reads a given file."""

from typing import Final

from hub.errors import UsageError
from producers.adapters.cin_census import CinCensus
from producers.adapters.cloudevents import CloudEvents
from producers.adapters.fhir_patient import FhirPatient
from producers.adapters.looked_after_missing import LookedAfterMissing
from producers.adapters.port import Adapter, Record, Reject, RejectCode
from producers.adapters.school_exclusions import SchoolExclusions

__all__ = ["ADAPTERS", "Adapter", "Record", "Reject", "RejectCode", "by_name", "choose"]

ADAPTERS: Final[tuple[Adapter, ...]] = (
    CinCensus(), SchoolExclusions(), LookedAfterMissing(), CloudEvents(), FhirPatient(),
)  # fmt: skip


def choose(head: bytes, filename: str) -> Adapter:
    """Return the adapter that recognises a file by its first bytes; raises `UsageError` where none does."""
    found = next((adapter for adapter in ADAPTERS if adapter.recognises(head, filename)), None)
    if found is None:
        known = "; ".join(f"{adapter.name}: {adapter.title}" for adapter in ADAPTERS)
        raise UsageError(f"No adapter recognises this file. There are {known}.", code="unknown-format")
    return found


def by_name(name: str) -> Adapter:
    """Return the adapter of a name; raises `UsageError` where there is none."""
    found = next((adapter for adapter in ADAPTERS if adapter.name == name), None)
    if found is None:
        raise UsageError(
            f"There is no adapter {name}; there are {', '.join(a.name for a in ADAPTERS)}.", code="unknown-adapter"
        )
    return found
