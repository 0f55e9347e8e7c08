"""Tasks: what waits for somebody's decision, the record that it is about, and the answer."""

import re
from datetime import date
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from hub.application.episodes import clean, not_there
from hub.application.review_desk import TO_SEE_TASKS
from hub.application.review_desk import Answering as Answer
from hub.errors import ConflictError, RefusedError, UsageError
from hub.sign_in.person import SignedIn
from hub.web.catalogue import N_
from hub.web.desk import Desk, own, required
from hub.web.lines import Line, lines_of
from hub.web.rendering import to
from hub.web.requests import Form, Person, Posted
from hub.web.working import MOST_REASON

HERE: Final = "/tasks"
_TASK: Final = f"{HERE}/{{task}}"
_TO_DECIDE: Final = "To decide on a request to release what we hold"
_RELEASED: Final = "released"
_ON_A_PAGE: Final = 25
_PAGE: Final = re.compile(r"[1-9][0-9]{0,3}")


def add_tasks(router: APIRouter, desk: Desk) -> None:
    """Add the pages of tasks."""

    @router.get(HERE)
    def tasks(person: Person, page: str = "1") -> Response:
        """List what waits for somebody, the most urgent first."""
        if not _PAGE.fullmatch(page):
            raise not_there()
        before = (int(page) - 1) * _ON_A_PAGE
        found = desk.hub.review_desk.waiting(own(person, TO_SEE_TASKS), after=before, most=_ON_A_PAGE)
        if before and not found["reviews"]:
            raise not_there()
        told = {"tasks": found["reviews"], "page": int(page), "pages": -(-found["waiting"] // _ON_A_PAGE)}
        return desk.page("tasks.html", person, here=HERE, **told)

    @router.get(_TASK)
    def show(task: str, person: Person) -> Response:
        """Show one task, with what this person may see of the record that it is about."""
        return _task_page(desk, person, _task(desk, person, task))

    @router.post(_TASK)
    def answer(task: str, form: Form) -> Response:
        """Take the answer to a task."""
        found = _task(desk, form.person, task)
        errors = required(
            form, answer=N_("Choose an answer."), reason=N_("Say in words why you decide so: it is recorded.")
        )
        if not errors:
            desk.once(form)
            errors = _answered(desk, form, found["id"])
        if errors:
            return _task_page(desk, form.person, found, form, errors)
        return to("/done")

    @router.get("/done")
    def done(person: Person) -> Response:
        """Say that an answer was recorded."""
        return desk.page("done.html", person, here=HERE)


def _task(desk: Desk, person: SignedIn, name: str) -> dict[str, Any]:
    """Return a task that waits for somebody; raises `NotThereError`, whether there is none or it is another's."""
    found: list[dict[str, Any]] = desk.hub.review_desk.one(name, own(person, TO_SEE_TASKS))["reviews"]
    if not found:
        raise not_there()
    return found[0]


def _task_page(
    desk: Desk, person: SignedIn, task: dict[str, Any], form: Posted | None = None, errors: dict[str, str] | None = None
) -> Response:
    typed = {name: form.text(name, MOST_REASON) for name in ("answer", "reason", "until")} if form else {}
    chosen = form.all("facets") if form else ()
    facets = sorted({facet for item in task["items"] for facet in item["facets"]})
    told = {"task": task, "facets": facets, "lines": _records(desk, person, task)}
    return desk.page("task.html", person, here=HERE, errors=errors, typed=typed, chosen=chosen, **told)


def _records(desk: Desk, person: SignedIn, task: dict[str, Any]) -> list[Line]:
    """Return what this person may see of the records that a task is about."""
    wanted = {item["id"] for item in task["items"]}
    if task["person"] is None or not wanted:
        return []
    answer = desk.hub.chronologies.read(UUID(task["person"]), own(person, _TO_DECIDE))
    items = [item for item in answer["items"] if item["id"] in wanted]
    return lines_of(items, desk.agencies())


def _answered(desk: Desk, form: Posted, task: str) -> dict[str, str]:
    """Record an answer; return what is wrong with it."""
    outcome, until = form.text("answer"), _until(form.text("until"))
    facets = form.all("facets") if outcome == _RELEASED else ()
    if isinstance(until, str):
        return {"until": until}
    asked = own(form.person, clean(form.text("reason", MOST_REASON), MOST_REASON))
    try:
        desk.hub.review_desk.answer(task, Answer(outcome, facets, until), asked)
    except (UsageError, RefusedError, ConflictError) as error:
        return {_FIELD_OF.get(error.code, "answer"): error.message}
    return {}


_FIELD_OF: Final = {"bad-facets": "facets", "no-until": "until", "until-past": "until", "no-reason": "reason"}


def _until(text: str) -> date | str | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return N_("Give a real date, such as 2024-03-27.")
