"""FHIR R4 UK Core patients, as NHS PDS answers them: one resource, a bundle, or one resource a line.

Confidentiality is honoured before anything is read: of a patient who is restricted (R), very restricted (V) or
redacted, or whose code is not known, no address, telecom, GP or contact leaves this module, even if the file holds it.

The event is of the day on which PDS last changed the record (`meta.lastUpdated`). PDS often leaves that out; then it is
of the latest day on which a name, address or number in the record came into force, as an estimate. The day on which the
file is read would make another event of the same record at each reading. Not carried, as nobody here needs it: titles,
marital status, extensions other than language, the managing organisation and the pharmacy.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, BinaryIO, Final

from hub.contract.codes import Sex, SubjectKind
from hub.contract.details.records import PersonDetails
from hub.contract.event import ConcernEvent, Origin
from hub.contract.person import Confidentiality, OtherPerson, PersonAsHeld, Subject
from hub.contract.primitives import Occurred, PartialDate
from hub.contract.sharing import Sensitivity, Sharing
from producers.adapters import dates, fhir_person
from producers.adapters.build import NO_SHARING, UnfitError, certain, few, on_day, told
from producers.adapters.faults import DEATH_UNDATED, NO_DATE_HELD, NOT_IN_LIST, RESTRICTED_CONTENT, Faults
from producers.adapters.fhir_documents import objects, resources
from producers.adapters.port import SENTENCES, Record, Reject, RejectCode

SYSTEM: Final = "NHS PDS (FHIR R4 UK Core)"
_CONFIDENTIALITY: Final = "v3-Confidentiality"
_HIDDEN: Final = ("address", "telecom", "generalPractitioner", "contact")
_RESTRICTED: Final = Sharing(sensitivity=[Sensitivity.PDS_RESTRICTED])
_SEX: Final = {"male": Sex.MALE, "female": Sex.FEMALE, "other": Sex.UNKNOWN, "unknown": Sex.UNKNOWN}
_STRICTEST: Final = tuple(reversed(Confidentiality))
_LEVELS: Final = {level.value: level for level in Confidentiality}
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
        for found in resources(stream):
            yield found if isinstance(found, Reject) else _told(found.content, found.place)


def _told(resource: Json, place: str) -> Record | Reject:
    if resource.get("resourceType") != "Patient":
        return Reject(place, RejectCode.UNKNOWN_KIND, SENTENCES[RejectCode.UNKNOWN_KIND])
    return told(place, _record, resource)


def _record(place: str, resource: Json) -> Record:
    faults = Faults()
    reference = certain(faults.tidy("id", fhir_person.text(resource.get("id"))), "id", faults)
    confidentiality = _confidentiality(resource, faults)
    restricted = confidentiality is not Confidentiality.UNRESTRICTED
    if restricted:
        resource = _without_hidden(resource, faults)
    person = _person(resource, confidentiality, faults)
    occurred = _occurred(resource, person.born, faults)
    event = ConcernEvent(
        occurred=occurred,
        subject=Subject(kind=SubjectKind.CHILD, reference=reference, person=person),
        others=[_contact(each, faults) for each in objects(resource.get("contact"))],
        detail=PersonDetails(source_version=fhir_person.text(_meta(resource).get("versionId")) or None),
        origin=_ORIGIN,
        sharing=_RESTRICTED if restricted else NO_SHARING,
        quality=few(faults.flags),
    )
    return Record(place, event, _updated(resource))


def _confidentiality(resource: Json, faults: Faults) -> Confidentiality:
    """Return the strictest code; where one is not known, or cannot be read, the record counts as very restricted."""
    labels = _meta(resource).get("security", [])
    codings = objects(labels)
    found = [_level(coding, faults) for coding in codings]
    if not isinstance(labels, list) or len(codings) != len(labels):
        faults.add(NOT_IN_LIST, "meta.security")
        found.append(Confidentiality.VERY_RESTRICTED)
    return next((level for level in _STRICTEST if level in found), Confidentiality.UNRESTRICTED)


def _level(coding: Json, faults: Faults) -> Confidentiality:
    code, system = fhir_person.text(coding.get("code")), fhir_person.text(coding.get("system"))
    if code in _LEVELS:
        return _LEVELS[code]
    if system and not system.endswith(_CONFIDENTIALITY):
        return Confidentiality.UNRESTRICTED
    faults.add(NOT_IN_LIST, "meta.security", faults.tidy("meta.security", code))
    return Confidentiality.VERY_RESTRICTED


def _without_hidden(resource: Json, faults: Faults) -> Json:
    for name in _HIDDEN:
        if resource.get(name):
            faults.add(RESTRICTED_CONTENT, name)
    return {name: value for name, value in resource.items() if name not in _HIDDEN}


def _person(resource: Json, confidentiality: Confidentiality, faults: Faults) -> PersonAsHeld:
    language, interpreter = fhir_person.language(objects(resource.get("extension")), faults)
    day = _changed_on(resource)
    if resource.get("deceasedBoolean") is True:
        faults.add(DEATH_UNDATED, "deceasedBoolean")
    return PersonAsHeld(
        names=fhir_person.names(objects(resource.get("name")), day, faults),
        identifiers=fhir_person.identifiers(objects(resource.get("identifier")), faults),
        born=fhir_person.partial(resource, "birthDate", faults),
        died=fhir_person.partial(resource, "deceasedDateTime", faults),
        sex=_sex(resource, faults),
        language=language,
        interpreter=interpreter,
        addresses=fhir_person.addresses(objects(resource.get("address")), day, faults),
        telephones=fhir_person.telecoms(objects(resource.get("telecom")), {"phone", "sms", "fax", "other"}, faults),
        emails=fhir_person.telecoms(objects(resource.get("telecom")), {"email"}, faults),
        general_practice=fhir_person.organisation(objects(resource.get("generalPractitioner")), faults),
        confidentiality=confidentiality,
        multiple_birth=_multiple_birth(resource, faults),
    )


def _multiple_birth(resource: Json, faults: Faults) -> bool | None:
    order, said = resource.get("multipleBirthInteger"), resource.get("multipleBirthBoolean")
    if order is not None and (not isinstance(order, int) or isinstance(order, bool)):
        faults.add(NOT_IN_LIST, "multipleBirthInteger")
    elif order and order != 1:
        # The first of several is told by 1, but [K] PDS may say 1 of an only child too: it tells nothing.
        return True
    if said is not None and not isinstance(said, bool):
        faults.add(NOT_IN_LIST, "multipleBirthBoolean")
    return said if isinstance(said, bool) else None


def _sex(resource: Json, faults: Faults) -> Sex | None:
    gender = resource.get("gender")
    sex = _SEX.get(fhir_person.text(gender))
    if gender is not None and sex is None:
        faults.add(NOT_IN_LIST, "gender", faults.tidy("gender", fhir_person.text(gender)))
    return sex


def _contact(contact: Json, faults: Faults) -> OtherPerson:
    relationships = objects(contact.get("relationship"))
    codes = [fhir_person.text(code.get("code")) for each in relationships for code in objects(each.get("coding"))]
    name = contact.get("name")
    return OtherPerson(
        kind=SubjectKind.OTHER_ADULT,
        relationship=faults.fit("relationship", next(filter(None, codes), ""), 100) or None,
        person=PersonAsHeld(
            names=fhir_person.names([name] if isinstance(name, dict) else [], None, faults),
            telephones=fhir_person.telecoms(objects(contact.get("telecom")), {"phone", "sms"}, faults),
        ),
    )


def _occurred(resource: Json, born: PartialDate | None, faults: Faults) -> Occurred:
    """Return when the record was last changed, else the latest day on which something in it began, else unknown."""
    day = _changed_on(resource)
    if day is not None and _updated(resource) is not None:
        return on_day(day)
    faults.add(NO_DATE_HELD, "meta.lastUpdated")
    if day is not None:
        return Occurred(date=day, accuracy="EEE")
    if born is None:
        raise UnfitError(RejectCode.NO_DATE)
    return Occurred(date=born.date, accuracy="UUU")


def _changed_on(resource: Json) -> date | None:
    updated = _updated(resource)
    if updated is not None:
        return dates.local_day(updated)
    return max(_starts(resource), default=None)


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
