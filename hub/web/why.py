"""Why an item is shown, waits or is only known of, and asking whoever holds it. Each look is decided anew."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from hub.application.episodes import Episode, clean, not_there
from hub.sign_in.person import SignedIn
from hub.web.catalogue import N_
from hub.web.chronology import child_of
from hub.web.desk import Desk, told_at, without_words
from hub.web.lines import lines_of
from hub.web.rendering import to
from hub.web.requests import Form, Person
from hub.web.working import MOST_REASON


def add_why(router: APIRouter, desk: Desk) -> None:
    """Add the page of one item."""

    @router.get("/work/{name}/child/{child}/why/{item}")
    def why(name: str, child: str, item: str, person: Person) -> Response:
        """Show what decided on one item, by the id under which this viewer knows it."""
        episode = desk.episode(person, name)
        with desk.on_time():
            return _why(desk, person, episode, child, item)

    @router.post("/work/{name}/child/{child}/why/{item}")
    def ask(name: str, child: str, item: str, form: Form) -> Response:
        """Ask whoever holds the record to share more of it, or to look at it again."""
        episode = desk.episode(form.person, name)
        held = child_of(desk, episode, child)
        words = clean(form.text("words", MOST_REASON), MOST_REASON)
        errors = without_words(words, N_("Say in words what you ask for: the agency reads it."), "words")
        if not errors:
            desk.once(form)
            asked = replace(episode.stated, reason=words).asked(form.person.user)
            with told_at("words", errors):
                desk.hub.asking_owners.ask(UUID(held["person"]), item, asked)
        if errors:
            return _why(desk, form.person, episode, child, item, words, errors)
        return to(f"/work/{name}/child/{child}/why/{item}")


def _why(
    desk: Desk,
    person: SignedIn,
    episode: Episode,
    child: str,
    item: str,
    words: str = "",
    errors: Mapping[str, str] | None = None,
) -> Response:
    held = child_of(desk, episode, child)
    answer = desk.hub.chronologies.read(UUID(held["person"]), episode.stated.asked(person.user))
    found = [each for each in answer["items"] if each["id"] == item]
    if not found:
        raise not_there()
    (line,) = lines_of(found, desk.agencies())
    at = f"/work/{episode.name}/child/{child}"
    told: dict[str, Any] = {"line": line, "answer": answer, "at": f"{at}/why/{item}", "back": f"{at}#line-{line.id}"}
    told |= {"typed": words, "before": desk.hub.asking_owners.asked_by(person.user).get(item)}
    return desk.page("why.html", person, here="/work", episode=episode, errors=errors, **told)
