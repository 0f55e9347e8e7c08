"""What the auditor's pages share: who may, the reason that is recorded, a period of days, and the ways to answer.

Decides nothing.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any, Final

from starlette.responses import Response

from hub.application.asking import ENGLAND, Asked
from hub.application.reads import Period
from hub.errors import RefusedError
from hub.sign_in.person import SignedIn
from hub.web.catalogue import N_
from hub.web.desk import AUDITORS, Desk, without_words
from hub.web.rendering import UNSTORED
from hub.web.requests import Posted
from hub.web.working import MOST_REASON

HERE: Final = "/audit"
ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NO_REASON: Final = N_("Say in words why you look: it is recorded.")
_NO_DAY: Final = N_("Write a day as 2026-11-23.")


def refuse_all_but_auditors(desk: Desk, person: SignedIn) -> None:
    """Raise `RefusedError` for all but an auditor."""
    desk.refuse_all_but(AUDITORS, person, RefusedError("This is for an auditor.", code="not-an-auditor"))


def asked_by(form: Posted) -> Asked:
    """Return the question of an auditor, for the reason in their form."""
    return Asked(form.person.user, form.person.user, "audit", form.text("reason", MOST_REASON))


def without_reason(form: Posted) -> dict[str, str]:
    """Return what to say where no reason was given."""
    return without_words(form.text("reason", MOST_REASON), _NO_REASON)


def day_of(text: str, name: str, errors: dict[str, str]) -> date | None:
    """Return a day that was typed, None where none was; says in `errors` where it is none."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        errors[name] = _NO_DAY
        return None


def period_of(since: date | None, until: date | None) -> Period:
    """Return the period from the beginning of a day to the end of another."""
    first = datetime.combine(since, time.min, ENGLAND) if since else None
    return Period(first, end_of(until) if until else None)


def end_of(day: date) -> datetime:
    """Return the last moment of a day in England."""
    return datetime.combine(day, time.max, ENGLAND)


def form_page(desk: Desk, template: str, form: Posted, errors: Mapping[str, str], **told: Any) -> Response:
    """Return a page that holds what was typed into its form."""
    typed = {name: form.text(name, MOST_REASON) for name in form.fields}
    return desk.page(template, form.person, here=HERE, errors=errors, typed=typed, agencies=desk.agencies(), **told)


def file_of(body: bytes | str, media_type: str, name: str) -> Response:
    """Return a file to be kept by whoever asked, and by nothing on its way."""
    named = {"Content-Disposition": f'attachment; filename="{name}"', **UNSTORED}
    return Response(body, media_type=media_type, headers=named)
