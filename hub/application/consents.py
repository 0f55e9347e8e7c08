"""Where the three consent facts of a record stand now, of all that agencies said of them. Decides nothing.

What an agency says in a record is the first word on it; a later `consent` event of the same agency changes it. Whoever
refuses or withdraws says so of all sharing: that counts for every agency's records, until the family tells one anew.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from hub.chronology.items import Item, Status
from policies.model import ChildAge, ConsentState

FACTS: Final = ("agreement_to_service", "informed_of_sharing", "consent_to_share")
_SHUT: Final = frozenset({ConsentState.REFUSED.value, ConsentState.WITHDRAWN.value})
_NOTHING: Final[Mapping[str, Any]] = {}
_NOT_KNOWN: Final = ConsentState.NOT_KNOWN.value
_STANDING: Final = frozenset({Status.CURRENT, Status.CORRECTED})
_BEGINNING: Final = datetime.min.replace(tzinfo=UTC)
_OLD_ENOUGH: Final = frozenset({ChildAge.AGES_16_AND_17, ChildAge.ADULT})
# Who may give consent, by the competence that is stated (Gillick; 16 and 17 presumed able to decide; else one person
# with parental responsibility): what is given by somebody who may not is not known.
_INVALID: Final[Mapping[str, frozenset[ChildAge]]] = {
    "not-competent": frozenset(ChildAge),
    "aged-16-or-17": frozenset(ChildAge) - _OLD_ENOUGH - {ChildAge.NOT_KNOWN},
    "parental-responsibility": _OLD_ENOUGH,
}
Consent = Mapping[str, Mapping[str, Any]]


class Said(NamedTuple):
    """What one agency's `consent` event says: at what moment, unless a fact names its own."""

    agency: str
    known: datetime
    consent: Consent


def consents_in(items: Iterable[Item]) -> tuple[Said, ...]:
    """Return what the `consent` events among the items of a child say, those that stand, in the order given."""
    return tuple(
        Said(each.agency, each.known, _competent(each.sections))
        for each in items
        if each.type == "consent" and each.status in _STANDING and each.sections is not None
    )


def _competent(sections: Mapping[str, Any]) -> Consent:
    consent: Consent = sections.get("sharing", {}).get("consent", {})
    if sections.get("detail", {}).get("competent") is not False:
        return consent
    return {name: {"competence": "not-competent", **fact} for name, fact in consent.items()}


def states(own: Said, said: Sequence[Said], age: ChildAge) -> dict[str, str]:
    """Return the state of each fact for one record: the latest word that counts for it, of two at once the stricter."""
    if not said and not any("competence" in fact for fact in own.consent.values()):
        return {name: own.consent.get(name, _NOTHING).get("state", _NOT_KNOWN) for name in FACTS}
    return {name: _state(name, own, said, age) for name in FACTS}


def _state(name: str, own: Said, said: Sequence[Said], age: ChildAge) -> str:
    words = [_word(each, name, age) for each in (own, *said)]
    counted = [
        (at, state in _SHUT, state)
        for (at, state), each in zip(words, (own, *said), strict=True)
        if state != _NOT_KNOWN and (each.agency == own.agency or state in _SHUT)
    ]
    return max(counted)[2] if counted else _NOT_KNOWN


def _word(said: Said, name: str, age: ChildAge) -> tuple[datetime, str]:
    fact = said.consent.get(name)
    if not fact:
        return _BEGINNING, _NOT_KNOWN
    at = datetime.fromisoformat(fact["at"]) if fact.get("at") else said.known
    state = str(fact.get("state", _NOT_KNOWN))
    if state == ConsentState.GIVEN.value and age in _INVALID.get(fact.get("competence") or "", ()):
        return at, _NOT_KNOWN
    return at, state
