"""Read what `mash policy impact` is told to suppose: NAME=WHAT, each name once but agreements."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from hub.command_line.children import person_id
from hub.command_line.options import first_moment
from hub.errors import UsageError

if TYPE_CHECKING:
    from uuid import UUID

    from hub.application.supposing import Agreed, Linked, Supposition
    from hub.bootstrap import Hub

CONSENT: Final = "consent"
AGREEMENTS: Final = {"agreement": True, "no-agreement": False}
LINK: Final = "link"


def supposition(hub: "Hub", told: Sequence[str], child: str | None) -> "Supposition":
    """Return what is supposed; raises `UsageError` for what cannot be read, or is nobody's."""
    from hub.application.supposing import Supposition, consent_of

    split = [each.partition("=")[::2] for each in told]
    if any(name not in {CONSENT, LINK, *AGREEMENTS} or not what for name, what in split):
        known = ", ".join((CONSENT, *AGREEMENTS, LINK))
        raise UsageError(f"What is supposed is written NAME=WHAT, with one of {known}.", code="bad-supposition")
    if len({name for name, _ in split} - AGREEMENTS.keys()) < sum(name not in AGREEMENTS for name, _ in split):
        raise UsageError("One consent and one link may be supposed.", code="bad-supposition")
    named, person = dict(split), None if child is None else person_id(child)
    return Supposition(
        person,
        consent_of(named.get(CONSENT)),
        tuple(_agreement(hub, what, holds=AGREEMENTS[name]) for name, what in split if name in AGREEMENTS),
        _link(hub, named.get(LINK), person),
    )


def _agreement(hub: "Hub", what: str, *, holds: bool) -> "Agreed":
    from hub.application.supposing import Agreed

    owner, recipient, kind = (*what.split(":", 2), "", "")[:3]
    directory = hub.directory.load()
    for agency in (owner, recipient):
        directory.agency(agency)
    return Agreed(owner, recipient, kind or None, holds)


def _link(hub: "Hub", what: str | None, child: "UUID | None") -> "Linked | None":
    from hub.application.supposing import link_from

    if what is None:
        return None
    record, _, day = what.rpartition("@")
    agency, _, reference = record.partition("/")
    known, subject = first_moment(day), hub.vault.find_subject(agency, reference) if agency and reference else None
    if child is None or known is None or subject is None:
        raise UsageError(
            "A link is supposed of a --child: link=AGENCY/REFERENCE@DAY, of a record that the hub holds.",
            code="bad-supposition",
        )
    return link_from(hub.log, subject, child, known)
