"""Find a child: what is looked for comes by a form and is kept with the session: no address and no log holds it."""

from datetime import date
from typing import Any, Final

from fastapi import APIRouter
from starlette.responses import Response

from hub.application.episodes import Episode, clean, not_there
from hub.web.catalogue import N_
from hub.web.desk import Desk
from hub.web.rendering import to
from hub.web.requests import Form, Person, Posted

_TOO_LITTLE: Final = N_("Give an identifier, or a name and a date of birth.")
_BORN_WRONG: Final = N_("The date of birth must be a real date, such as 27 3 2015.")
_DATE: Final = ("born-day", "born-month", "born-year")
_FIELDS: Final = ("identifier", "given", "family", *_DATE)


def add_finding(router: APIRouter, desk: Desk) -> None:
    """Add the search and its results."""

    @router.get("/work/{name}")
    def look(name: str, person: Person) -> Response:
        """Ask for whom somebody looks."""
        episode = desk.episode(person, name)
        return desk.page("find.html", person, here="/work", episode=episode, typed={})

    @router.post("/work/{name}/find")
    def find(name: str, form: Form) -> Response:
        """Keep what is looked for, and go on to what is found."""
        episode = desk.episode(form.person, name)
        wanted, errors = _wanted(form)
        if errors:
            typed = {field: form.text(field) for field in _FIELDS}
            return desk.page("find.html", form.person, here="/work", errors=errors, episode=episode, typed=typed)
        (kept,) = desk.hub.episodes.keep(episode, [{"wanted": wanted}], desk.now())
        return to(f"/work/{name}/found/{kept}")

    @router.get("/work/{name}/found/{search}")
    def found(name: str, search: str, person: Person) -> Response:
        """Show the children who may be meant, each with the records that say so; or the one same nothing."""
        episode = desk.episode(person, name)
        wanted = desk.hub.episodes.held(episode, search).get("wanted")
        if wanted is None:
            raise not_there()
        born = date.fromisoformat(wanted["born"]) if wanted["born"] else None
        asked = episode.stated.asked(person.user)
        with desk.on_time():
            answer = desk.hub.finder.find(asked, **{**wanted, "born": born})
            children = _kept(desk, episode, answer["children"])
            told = {"children": children, "agencies": desk.agencies(), "decision": answer["decision"]}
            return desk.page("found.html", person, here="/work", episode=episode, **told)


def _kept(desk: Desk, episode: Episode, children: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the children, each with the name under which this session alone can ask for them."""
    held = [{"person": child["person"], "names": child["names"], "born": child["born_as_held"]} for child in children]
    names = desk.hub.episodes.keep(episode, held, desk.now())
    return [{**child, "at": f"/work/{episode.name}/child/{at}"} for child, at in zip(children, names, strict=True)]


def _wanted(form: Posted) -> tuple[dict[str, str | None], dict[str, str]]:
    told: dict[str, str | None] = {
        name: clean(form.text(name), 200) or None for name in ("identifier", "given", "family")
    }
    errors = {}
    born: date | None = None
    if any(form.text(name) for name in _DATE):
        born = _day(form)
        if born is None:
            errors["born"] = _BORN_WRONG
    if not errors and not told["identifier"] and not ((told["family"] or told["given"]) and born):
        errors["identifier"] = _TOO_LITTLE
    return {**told, "born": born.isoformat() if born else None}, errors


def _day(form: Posted) -> date | None:
    day, month, year = (form.text(name) for name in _DATE)
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
