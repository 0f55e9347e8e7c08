"""Short ways to write what agencies hold on people, for the tests of identity."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid5

from hub.identity.profile import Profile, profile_of

NAMESPACE = UUID("0f1d5c1a-94a5-4a53-8b0e-6f7a3a9be001")

NHS = ("9990000018", "9990000026", "9990000034")
UPN = ("J930123456001", "Y930123456002", "M930123456003")
BAD_UPN = "A930123456001"


def id_of(name: str) -> UUID:
    """Return the id of the subject or person that a test calls so."""
    return uuid5(NAMESPACE, name)


def sections(
    *,
    kind: str = "child",
    reference: str = "R-1",
    family: str | None = "Okafor",
    given: str | None = "Ada",
    born: str | None = "2015-04-03",
    accuracy: str = "AAA",
    expected: str | None = None,
    nhs: str | None = None,
    verified: bool = True,
    upn: str | None = None,
    others: Mapping[str, str] | None = None,
    postcode: str | None = "RM1 1AA",
    sensitivity: Sequence[str] = (),
    **person: Any,
) -> dict[str, Any]:
    """Return the sections of one event, as the log stores them."""
    numbers: list[dict[str, Any]] = [{"system": system, "value": value} for system, value in (others or {}).items()]
    if nhs:
        numbers.append({"system": "nhs-number", "value": nhs, **({"verified": True} if verified else {})})
    if upn:
        numbers.append({"system": "upn", "value": upn})
    name = {key: value for key, value in {"family": family, "given": given}.items() if value}
    held = {
        "names": [name] if name else [],
        "identifiers": numbers,
        "born": {"date": born, "accuracy": accuracy} if born else None,
        "expected": {"date": expected} if expected else None,
        **person,
    }
    return {
        "subject": {
            "kind": kind,
            "reference": reference,
            "person": {key: value for key, value in held.items() if value},
        },
        "what": {"type": "person-details"},
        "location": {"addresses": [{"postcode": postcode}]} if postcode else {},
        "sharing": {"sensitivity": list(sensitivity)},
    }


def profile(name: str = "new", *, agency: str = "police", **held: Any) -> Profile:
    """Return the profile of the subject that a test calls so."""
    return profile_of(agency, held.get("reference", "R-1"), id_of(name), sections(**held))
