"""Why an item of a chronology is shown, waits or is only known of: rules, law, reasons. Each look is decided anew."""

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from hub.application.episodes import not_there
from hub.web.chronology import child_of
from hub.web.desk import Desk
from hub.web.lines import lines_of
from hub.web.requests import Person


def add_why(router: APIRouter, desk: Desk) -> None:
    """Add the page of one item."""

    @router.get("/work/{name}/child/{child}/why/{item}")
    def why(name: str, child: str, item: str, person: Person) -> Response:
        """Show what decided on one item, by the id under which this viewer knows it."""
        episode = desk.episode(person, name)
        held = child_of(desk, episode, child)
        answer = desk.hub.chronologies.read(UUID(held["person"]), episode.stated.asked(person.user))
        found = [each for each in answer["items"] if each["id"] == item]
        if not found:
            raise not_there()
        (line,) = lines_of(found, desk.agencies())
        back = f"/work/{name}/child/{child}#line-{line.id}"
        return desk.page("why.html", person, here="/work", episode=episode, line=line, answer=answer, back=back)
