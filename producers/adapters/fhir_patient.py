"""FHIR R4 UK Core patients, as NHS PDS answers them: one resource, a bundle, or one resource a line.

Confidentiality is honoured before anything is read: of a patient who is restricted (R), very restricted (V) or
redacted, or whose code is not known, no address, telecom, GP or contact leaves this module, though the file may hold it.
Extensions other than language, and the managing and pharmacy organisations, are not carried.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, BinaryIO, Final

from hub.contract.codes import Sex, SubjectKind
from hub.contract.details.records import PersonDetails
from hub.contract.event import ConcernEvent, Origin
from hub.contract.jsontext import read_json
from hub.contract.person import Confidentiality, OtherPerson, PersonAsHeld, Subject
from hub.contract.primitives import Occurred
from hub.contract.sharing import Sensitivity, Sharing
from hub.errors import PoisonError
from producers.adapters import dates, fhir_person
from producers.adapters.build import NO_SHARING, UnfitError, few, on_day, told
from producers.adapters.faults import NO_DATE_HELD, NOT_IN_LIST, RESTRICTED_CONTENT, Faults
from producers.adapters.lines import lines
from producers.adapters.port import SENTENCES, Record, Reject, RejectCode

MAX_DOCUMENT: Final = 32_000_000
SYSTEM: Final = "NHS PDS (FHIR R4 UK Core)"
_CONFIDENTIALITY: Final = "v3-Confidentiality"
_HIDDEN: Final = ("address", "telecom", "generalPractitioner", "contact")
_RESTRICTED: Final = Sharing(sensitivity=[Sensitivity.PDS_RESTRICTED])
_SEX: Final = {"male": Sex.MALE, "female": Sex.FEMALE, "other": Sex.UNKNOWN, "unknown": Sex.UNKNOWN}
_STRICTEST: Final = tuple(reversed(Confidentiality))
_ORIGIN: Final = Origin(system=SYSTEM)

Json = Mapping[str, Any]


class FhirPatient:
    """Reads FHIR patients."""

    name = "fhir-patient"
    title = "FHIR R4 UK Core Patient (JSON), as NHS PDS answers"

    def recognises(self, head: bytes, filename: str) -> bool:
        """Say whether the text begins a FHIR resource."""
        start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
        return start.startswith(b"{") and b'"resourceType"' in head

    def read(self, stream: BinaryIO) -> Iterator[Record | Reject]:
        """Yield each patient's event or its reject."""
        gathered = bytearray()
        for number, raw in lines(stream, MAX_DOCUMENT):
            if raw is None or len(gathered) + len(raw) > MAX_DOCUMENT:
                yield Reject(f"line {number}", RejectCode.TOO_LARGE, SENTENCES[RejectCode.TOO_LARGE])
                return
            if not gathered and _is_whole(raw):
                yield from _document(raw, f"line {number}")
            elif gathered or raw.strip():
                gathered += raw + b"\n"
        if gathered:
            yield from _document(bytes(gathered), "Patient")


def _is_whole(raw: bytes) -> bool:
    """Say whether a line is a JSON text by itself, as in a file of one resource a line."""
    text = raw.removeprefix(b"\xef\xbb\xbf").strip()
    return text.startswith(b"{") and text.endswith(b"}") and len(text) > len(b"{}")


def _document(raw: bytes, place: str) -> Iterator[Record | Reject]:
    try:
        resource = read_json(raw.removeprefix(b"\xef\xbb\xbf"))
    except PoisonError as error:
        yield Reject(place, RejectCode.TRUNCATED if _is_cut(raw) else RejectCode.MALFORMED, error.message)
        return
    if isinstance(resource, dict) and resource.get("resourceType") == "Bundle":
        for number, entry in enumerate(_objects(resource.get("entry")), 1):
            inner = entry.get("resource")
            yield _told(inner if isinstance(inner, dict) else {}, f"{place} entry[{number}]")
    else:
        yield _told(resource if isinstance(resource, dict) else {}, place)


def _is_cut(raw: bytes) -> bool:
    try:
        json.loads(raw)
    except json.JSONDecodeError as error:
        return error.pos >= len(raw.rstrip().decode(errors="replace")) - 1
    except ValueError:
        return False
    return False


def _told(resource: Json, place: str) -> Record | Reject:
    if resource.get("resourceType") != "Patient":
        return Reject(place, RejectCode.UNKNOWN_KIND, SENTENCES[RejectCode.UNKNOWN_KIND])
    return told(place, _record, resource)


def _record(place: str, resource: Json) -> Record:
    reference = fhir_person.text(resource.get("id"))
    if not reference:
        raise UnfitError(RejectCode.NO_REFERENCE)
    faults = Faults()
    confidentiality = _confidentiality(resource, faults)
    restricted = confidentiality is not Confidentiality.UNRESTRICTED
    if restricted:
        resource = _without_hidden(resource, faults)
    person = _person(resource, confidentiality, faults)
    occurred = _occurred(resource, person, faults)
    event = ConcernEvent(
        occurred=occurred,
        subject=Subject(kind=SubjectKind.CHILD, reference=faults.tidy("id", reference), person=person),
        others=[_contact(each, faults) for each in _objects(resource.get("contact"))],
        detail=PersonDetails(source_version=fhir_person.text(_meta(resource).get("versionId")) or None),
        origin=_ORIGIN,
        sharing=_RESTRICTED if restricted else NO_SHARING,
        quality=few(faults.flags),
    )
    return Record(place, event, _updated(resource))


def _confidentiality(resource: Json, faults: Faults) -> Confidentiality:
    """Return the strictest code; one that is not known counts as very restricted."""
    found = []
    for coding in _objects(_meta(resource).get("security")):
        if not str(coding.get("system", "")).endswith(_CONFIDENTIALITY):
            continue
        try:
            found.append(Confidentiality(fhir_person.text(coding.get("code"))))
        except ValueError:
            faults.add(NOT_IN_LIST, "meta.security", fhir_person.text(coding.get("code")))
            found.append(Confidentiality.VERY_RESTRICTED)
    return next((level for level in _STRICTEST if level in found), Confidentiality.UNRESTRICTED)


def _without_hidden(resource: Json, faults: Faults) -> Json:
    for name in _HIDDEN:
        if resource.get(name):
            faults.add(RESTRICTED_CONTENT, name)
    return {name: value for name, value in resource.items() if name not in _HIDDEN}


def _person(resource: Json, confidentiality: Confidentiality, faults: Faults) -> PersonAsHeld:
    language, interpreter = fhir_person.language(_objects(resource.get("extension")))
    return PersonAsHeld(
        names=fhir_person.names(_objects(resource.get("name")), faults),
        identifiers=fhir_person.identifiers(_objects(resource.get("identifier")), faults),
        born=fhir_person.partial(resource, "birthDate", faults),
        died=fhir_person.partial(resource, "deceasedDateTime", faults),
        sex=_sex(resource, faults),
        language=language,
        interpreter=interpreter,
        addresses=fhir_person.addresses(_objects(resource.get("address")), faults),
        telephones=fhir_person.telecoms(_objects(resource.get("telecom")), {"phone", "sms", "fax", "other"}, faults),
        emails=fhir_person.telecoms(_objects(resource.get("telecom")), {"email"}, faults),
        general_practice=fhir_person.organisation(_objects(resource.get("generalPractitioner"))),
        confidentiality=confidentiality,
        multiple_birth=True if resource.get("multipleBirthInteger") else resource.get("multipleBirthBoolean"),
    )


def _sex(resource: Json, faults: Faults) -> Sex | None:
    gender = resource.get("gender")
    if gender is not None and gender not in _SEX:
        faults.add(NOT_IN_LIST, "gender", fhir_person.text(gender))
    return _SEX.get(gender) if isinstance(gender, str) else None


def _contact(contact: Json, faults: Faults) -> OtherPerson:
    codes = [coding for each in _objects(contact.get("relationship")) for coding in _objects(each.get("coding"))]
    name = contact.get("name")
    return OtherPerson(
        kind=SubjectKind.OTHER_ADULT,
        relationship=next((code for each in codes if (code := fhir_person.text(each.get("code")))), None),
        person=PersonAsHeld(
            names=fhir_person.names([name] if isinstance(name, dict) else [], faults),
            telephones=fhir_person.telecoms(_objects(contact.get("telecom")), {"phone", "sms"}, faults),
        ),
    )


def _occurred(resource: Json, person: PersonAsHeld, faults: Faults) -> Occurred:
    """Return when the record was last changed, else the latest day on which something in it began, else unknown."""
    updated = _updated(resource)
    if updated is not None:
        return on_day(updated.date())
    starts = _starts(resource)
    if starts:
        faults.add(NO_DATE_HELD, "meta.lastUpdated")
        return Occurred(date=max(starts), accuracy="EEE")
    if person.born is None:
        raise UnfitError(RejectCode.NO_DATE)
    faults.add(NO_DATE_HELD, "meta.lastUpdated")
    return Occurred(date=person.born.date, accuracy="UUU")


def _updated(resource: Json) -> datetime | None:
    return dates.read_moment(fhir_person.text(_meta(resource).get("lastUpdated")))


def _starts(node: Any) -> list[date]:
    if isinstance(node, list):
        return [day for each in node for day in _starts(each)]
    if not isinstance(node, dict):
        return []
    period = node.get("period")
    start = dates.read_day(fhir_person.text(period.get("start"))) if isinstance(period, dict) else None
    inner = [day for value in node.values() for day in _starts(value)]
    return [start, *inner] if start is not None and dates.plausible(start) else inner


def _meta(resource: Json) -> Json:
    meta = resource.get("meta")
    return meta if isinstance(meta, dict) else {}


def _objects(value: Any) -> Sequence[Json]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
