"""Bring agreements of the MAIS and the DfE form into the directory: all of a file, or nothing of it.

The same file again adds nothing. What it does not hold any more stays in force until it is ended by name.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from hub.application.authoring import read_file, said
from hub.application.checked import checked
from hub.application.directory import Directory, DirectoryService
from hub.contract.canonical import canonical
from hub.errors import UsageError
from hub.events.directory import AgreementMade
from policies.authoring import Term, read_terms

_MOST: Final = 20_000
_ALWAYS: Final = date(1900, 1, 1)


@dataclass(frozen=True, slots=True)
class Imported:
    """The ids of the agreements that were made, and how many of the file were there before."""

    made: list[str]
    known: int


def import_agreements(service: DirectoryService, file: Path, agencies: Mapping[str, str], *, by: str) -> Imported:
    """Make the agreements of a file; `agencies` says which agency an organisation's id means, else it is an agency's.

    Raises `RefusedError` naming line and field, `UsageError` for an organisation that is no agency of the hub.
    """
    with said():
        terms = read_terms(read_file(file))
    directory = service.load()
    organisations = {name.casefold(): agency for name, agency in agencies.items()}
    wanted: dict[str, AgreementMade] = {}
    for term in terms:
        for made in _made(term, directory, organisations, by):
            wanted[made.id] = made
            if len(wanted) > _MOST:
                raise UsageError(f"The file comes to more than {_MOST:,} agreements.", code="too-many", place=str(file))
    new = [made for name, made in wanted.items() if name not in directory.agreements]
    if new:
        service.make_agreements(new)
    return Imported([made.id for made in new], len(wanted) - len(new))


def _made(term: Term, directory: Directory, organisations: Mapping[str, str], by: str) -> Iterator[AgreementMade]:
    owner = _agency(term.owner, directory, organisations, term.place)
    named = [_agency(name, directory, organisations, term.place) for name in term.recipients]
    of_kinds = [each.id for each in directory.agencies.values() if each.kind.value in term.kinds]
    for recipient in sorted({*named, *of_kinds} - {owner}):
        for purpose in term.purposes:
            told = {
                "owner": owner, "recipient": recipient, "purpose": purpose, "types": sorted(term.types),
                "reason": term.reason, "authority": term.authority, "lead": term.lead,
                "valid_from": (term.first or _ALWAYS).isoformat(),
                "valid_until": term.last.isoformat() if term.last else None,
                "denies": term.denies, "exception": term.exception,
                **({"duties": [*term.duties]} if term.duties else {}),
            }  # fmt: skip
            name = f"imported-{hashlib.sha256(canonical(told)).hexdigest()[:20]}"
            yield checked(AgreementMade, **told, id=name, by=by)


def _agency(organisation: str, directory: Directory, organisations: Mapping[str, str], place: str) -> str:
    wanted = organisations.get(organisation.casefold(), organisation).casefold()
    if wanted not in directory.agencies:
        raise UsageError(
            "An organisation is no agency of this hub; expected an agency's id, or --agency ORGANISATION=AGENCY.",
            code="unknown-organisation", place=place or None,
        )  # fmt: skip
    return wanted
