"""Episodes of work and emergencies: purpose and reason are asked once, and every page of the episode shows them."""

from datetime import timedelta
from typing import Any, Final

from fastapi import APIRouter
from starlette.responses import Response

from hub.application.asking import BASES, RISKS
from hub.application.episodes import EMERGENCY, Stated, clean
from hub.sign_in.person import refuse_unless_recent
from hub.web.catalogue import N_
from hub.web.desk import Desk, wrong_reason
from hub.web.rendering import to
from hub.web.requests import Form, Person, Posted
from hub.web.words import OFFERED, STATEMENT_WORDS

# What is shown at once needs somebody who has just proved who they are; the form, once open, may be filled in.
FILLING_IN: Final = timedelta(minutes=15)
MOST_REASON: Final = 4000
_REASON_MISSING: Final = N_("Say in words why you need to know.")
_TOO_LONG: Final = N_("The reason has at most 4,000 characters.")


def add_working(router: APIRouter, desk: Desk) -> None:
    """Add the pages that begin an episode of work."""

    @router.get("/work")
    def new(person: Person) -> Response:
        """Ask for what and why somebody works."""
        return desk.page("work.html", person, here="/work", typed={})

    @router.post("/work")
    def begin(form: Form) -> Response:
        """Begin an episode, and go on to find a child."""
        errors = _wrong(form)
        if form.text("purpose") not in OFFERED:
            errors = {"purpose": N_("Choose what the information is for."), **errors}
        if form.text("risk") not in RISKS:
            errors["risk"] = N_("Choose how urgent the matter is.")
        if errors:
            told = {name: form.text(name, MOST_REASON) for name in form.fields}
            typed: dict[str, Any] = {**told, "bases": form.all("bases")}
            return desk.page("work.html", form.person, here="/work", errors=errors, typed=typed)
        return _begun(desk, form, form.text("purpose"))

    @router.get("/emergency")
    def emergency(person: Person) -> Response:
        """Ask for the reason, of somebody who has just proved who they are."""
        desk.sign_in.refuse_unless_recent(person)
        return desk.page("emergency.html", person, here="/emergency", typed={})

    @router.post("/emergency")
    def begin_emergency(form: Form) -> Response:
        """Begin an episode in which things are shown at once, and looked at by a second person."""
        refuse_unless_recent(form.person, desk.now(), desk.sign_in.settings.again + FILLING_IN)
        errors = _wrong(form)
        if form.text("understood") != "yes":
            errors["understood"] = N_("Say that you know that a second person will look at this.")
        if errors:
            typed = {"reason": form.text("reason", MOST_REASON), "understood": form.text("understood")}
            return desk.page("emergency.html", form.person, here="/emergency", errors=errors, typed=typed)
        return _begun(desk, form, EMERGENCY, risk="red")


def _wrong(form: Posted) -> dict[str, str]:
    reason = form.text("reason", MOST_REASON + 1)
    return wrong_reason(reason, MOST_REASON, missing=_REASON_MISSING, too_long=_TOO_LONG)


def _begun(desk: Desk, form: Posted, purpose: str, risk: str = "") -> Response:
    stated = Stated(
        purpose,
        clean(form.text("reason", MOST_REASON), MOST_REASON),
        risk or form.text("risk"),
        tuple(basis for basis in form.all("bases") if basis in BASES),
        {name: clean(text, MOST_REASON) for name in STATEMENT_WORDS if (text := form.text(name, MOST_REASON))},
    )
    episode = desk.hub.episodes.begin(form.person.session, form.token, stated, desk.now())
    return to(f"/work/{episode.name}")
