"""The parts of a FHIR person: names, identifiers, dates, places, language. What is restricted never comes here."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, Final

from hub.contract.person import Address, AddressKind, Identifier, IdentifierSystem, Name, NameUse
from hub.contract.primitives import PartialDate
from producers.adapters import dates
from producers.adapters.faults import NOT_IN_LIST, TOO_LONG, Faults
from producers.adapters.fhir_documents import objects
from producers.adapters.identifiers import NHS_NUMBER_CHECK, read_nhs_number

Json = Mapping[str, Any]

NHS_NUMBER_SYSTEM: Final = "https://fhir.nhs.uk/Id/nhs-number"
VERIFIED: Final = "01"
_VERIFICATION: Final = "NHSNumberVerificationStatus"
_COMMUNICATION: Final = "NHSCommunication"
_MOST: Final = 20
_WORD: Final = 100
_LINE: Final = 300
_KINDS: Final = {"home": AddressKind.HOME, "temp": AddressKind.TEMPORARY, "old": AddressKind.OLD}


def text(value: Any) -> str:
    """Return text as it is, anything else as none."""
    return value.strip() if isinstance(value, str) else ""


def names(held: Sequence[Json], day: date | None, faults: Faults) -> list[Name]:
    """Return the names in their order; one that was no longer used on the day is an old one."""
    found = []
    for each in _few(held, "name", faults):
        given = each.get("given")
        parts = [text(part) for part in given] if isinstance(given, list) else []
        family, first = text(each.get("family")), " ".join(part for part in parts if part)
        if family or first:
            found.append(
                Name(
                    family=faults.fit("family", family, _WORD) or None,
                    given=faults.fit("given", first, _WORD) or None,
                    use=NameUse.OLD if _ended(each, day) else _use(each, faults),
                )
            )
    return found


def _ended(part: Json, day: date | None) -> bool:
    period = part.get("period")
    end = dates.read_day(text(period.get("end"))) if isinstance(period, dict) else None
    return end is not None and day is not None and end < day


def _use(name: Json, faults: Faults) -> NameUse:
    try:
        return NameUse(text(name.get("use")) or NameUse.USUAL)
    except ValueError:
        faults.add(NOT_IN_LIST, "name.use", faults.tidy("name.use", text(name.get("use"))))
        return NameUse.USUAL


def identifiers(held: Sequence[Json], faults: Faults) -> list[Identifier]:
    """Return the identifiers; an NHS number counts as verified by status 01 and its check digit."""
    found = []
    for each in _few(held, "identifier", faults):
        value = text(each.get("value"))
        if not value:
            continue
        if each.get("system") != NHS_NUMBER_SYSTEM:
            if local := faults.fit("identifier", value, 64):
                found.append(Identifier(system=IdentifierSystem.LOCAL, value=local))
            continue
        number, right = read_nhs_number(value)
        if not right:
            faults.add(NHS_NUMBER_CHECK, "identifier")
        verified = right and _status(each) == VERIFIED
        if number := faults.fit("identifier", number, 64):
            found.append(Identifier(system=IdentifierSystem.NHS_NUMBER, value=number, verified=verified))
    return found


def _status(identifier: Json) -> str:
    for extension in objects(identifier.get("extension")):
        if str(extension.get("url", "")).endswith(_VERIFICATION):
            concept = extension.get("valueCodeableConcept")
            coding = objects(concept.get("coding")) if isinstance(concept, dict) else []
            return next((text(each.get("code")) for each in coding), "")
    return ""


def partial(resource: Json, field: str, faults: Faults) -> PartialDate | None:
    """Return a FHIR date, of which day or month may be missing."""
    written = text(resource.get(field))
    if not written:
        return None
    read = dates.read_partial(written.partition("T")[0])
    if read is None:
        faults.add(dates.UNREADABLE, field, faults.tidy(field, written))
    elif not dates.plausible(read.date):
        faults.add(dates.IMPLAUSIBLE, field)
    return read


def addresses(held: Sequence[Json], day: date | None, faults: Faults) -> list[Address]:
    """Return the addresses in their order; one that was no longer used on the day is an old one."""
    found = []
    for each in _few(held, "address", faults):
        lines = each.get("line")
        parts = [text(part) for part in lines] if isinstance(lines, list) else []
        parts += [text(each.get(name)) for name in ("city", "district")]
        kept = [faults.fit("address.line", part, _LINE) for part in parts if part]
        postcode = faults.fit("postalCode", text(each.get("postalCode")), 12) or None
        kind = AddressKind.OLD if _ended(each, day) else _kind(each, faults)
        if kept or postcode:
            found.append(Address(lines=_few(kept, "address.line", faults, 10), postcode=postcode, kind=kind))
    return found


def _kind(address: Json, faults: Faults) -> AddressKind:
    use = text(address.get("use"))
    if use and use not in _KINDS:
        faults.add(NOT_IN_LIST, "address.use", faults.tidy("address.use", use))
    return _KINDS.get(use, AddressKind.HOME)


def telecoms(held: Sequence[Json], systems: Collection[str], faults: Faults) -> list[str]:
    """Return the numbers or addresses of these systems, each once."""
    found = [
        faults.fit("telecom", text(each.get("value")), _WORD) for each in held if text(each.get("system")) in systems
    ]
    return _few([value for value in dict.fromkeys(found) if value], "telecom", faults)


def organisation(held: Sequence[Json], faults: Faults) -> str | None:
    """Return the ODS code of the first organisation."""
    for each in held:
        identifier = each.get("identifier")
        if isinstance(identifier, dict) and (code := text(identifier.get("value"))):
            return faults.fit("generalPractitioner", code, _WORD) or None
    return None


def language(extensions: Sequence[Json], faults: Faults) -> tuple[str | None, bool | None]:
    """Return the language and whether an interpreter is needed, as the communication extension says."""
    for extension in extensions:
        if not str(extension.get("url", "")).endswith(_COMMUNICATION):
            continue
        parts = {str(each.get("url")): each for each in objects(extension.get("extension"))}
        concept = parts.get("language", {}).get("valueCodeableConcept")
        coding = objects(concept.get("coding")) if isinstance(concept, dict) else []
        spoken = next((text(each.get("display")) or text(each.get("code")) for each in coding), "")
        interpreter = parts.get("interpreterRequired", {}).get("valueBoolean")
        return faults.fit("language", spoken, _WORD) or None, interpreter if isinstance(interpreter, bool) else None
    return None, None


def _few(held: Sequence[Any], field: str, faults: Faults, most: int = _MOST) -> list[Any]:
    """Return as many as an event can carry; that there were more is a fault."""
    if len(held) > most:
        faults.add(TOO_LONG, field)
    return list(held[:most])
