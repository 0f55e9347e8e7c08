"""What analysts and practitioners ask: find a child, read a chronology, answer tasks, decide who is who.

Everything that names a child is in the body: an address says nothing. Each answer is recorded before it is given.
"""

from typing import Any, Final

from fastapi import APIRouter
from starlette.responses import Response

from hub.api.forms import (
    AboutChild,
    Answer,
    AskOwner,
    Chronology,
    Cursor,
    Finding,
    Forbid,
    Link,
    Question,
    TaskAnswer,
    Unlink,
)
from hub.api.once import IdempotencyKey
from hub.api.shared import CursorsOf, HubOf, OnceOf, Person, answered, example, refuse_stale_emergency
from hub.application.asking import Asked
from hub.application.chronologies import Window
from hub.application.linking import Held
from hub.application.review_desk import TO_SEE_TASKS, Answering
from hub.errors import UsageError

router = APIRouter(tags=["analysts"])
_OWN: Final = "own-service"
_DECISION: Final = "6c9b1c7e-58a4-4b0e-8f3f-2f1d9a6e4c11"
_PERSON: Final = "0d0f4c52-9c3b-4d52-8a51-6f4b6a2f7b90"
_CHILDREN: Final[dict[str, Any]] = {"children": [], "decision": _DECISION}
_TASKS: Final[dict[str, Any]] = {"reviews": [], "waiting": 0, "decision": _DECISION, "next": None}
_TASKS_LISTED: Final = "tasks"
_TASKS_AT_ONCE: Final = 100
_CHRONOLOGY: Final[dict[str, Any]] = {
    "person": _PERSON,
    "as_of": "2026-11-23T09:00:00+00:00",
    "decision": _DECISION,
    "notice": "What you may see, not all that may be held. Absence is not a nil return.",
    "items": [],
}


@router.post("/children/find", response_model=Answer, responses=example(_CHILDREN))
def find_children(form: Finding, hub: HubOf, person: Person) -> Response:
    """Find the children who may be meant, as far as this viewer may see them."""
    asked = form.asked(person.user)
    refuse_stale_emergency(asked, person, hub)
    return answered(
        hub.finder.find(asked, identifier=form.identifier, family=form.family, given=form.given, born=form.born)
    )


@router.post("/children/identity", response_model=Answer, responses=example(_CHILDREN))
def show_identity(form: AboutChild, hub: HubOf, person: Person) -> Response:
    """Show which records are taken for one child, each with its evidence."""
    asked = form.asked(person.user)
    refuse_stale_emergency(asked, person, hub)
    return answered(hub.finder.show(form.person, asked))


@router.post("/chronology", response_model=Answer, responses=example(_CHRONOLOGY))
def read_chronology(form: Chronology, hub: HubOf, person: Person) -> Response:
    """Read what is known of a child, as of then, for this viewer; the same for absent and for withheld whole."""
    if form.start and form.end and form.start > form.end:
        raise UsageError("The period ends before it begins.", code="bad-period")
    asked = form.asked(person.user)
    refuse_stale_emergency(asked, person, hub)
    return answered(hub.chronologies.read(form.person, asked, as_of=form.as_of, window=Window(form.start, form.end)))


@router.get("/tasks", response_model=Answer, responses=example(_TASKS))
def list_tasks(hub: HubOf, cursors: CursorsOf, person: Person, cursor: Cursor | None = None) -> Response:
    """List what waits for this user, the most urgent first, a hundred at once; that they looked is recorded."""
    after = cursors.opened(cursor, person.user, _TASKS_LISTED) if cursor else 0
    asked = Asked(person.user, person.user, _OWN, TO_SEE_TASKS)
    found = hub.review_desk.waiting(asked, after=after, most=_TASKS_AT_ONCE)
    last = after + len(found["reviews"])
    following = cursors.sealed(last, person.user, _TASKS_LISTED) if last < found["waiting"] else None
    return answered({**found, "next": following})


@router.post("/tasks/ask", response_model=Answer, responses=example({"asked": "1f0c", "decision": _DECISION}))
def ask_owner(form: AskOwner, key: IdempotencyKey, hub: HubOf, once: OnceOf, person: Person) -> Response:
    """Ask whoever holds a record to share more of it or to look at it again; they are told who asks, and why."""
    asked = form.asked(person.user)
    refuse_stale_emergency(asked, person, hub)
    return answered(
        once.done(person.user, key, "ask_owner", form, lambda: hub.asking_owners.ask(form.person, form.item, asked))
    )


@router.post(
    "/tasks/answer",
    response_model=Answer,
    responses=example({"task": _PERSON, "outcome": "released", "decision": _DECISION}),
)
def answer_task(form: TaskAnswer, key: IdempotencyKey, hub: HubOf, once: OnceOf, person: Person) -> Response:
    """Answer a task: release facets, refuse until a day, or say what was found."""
    answering = Answering(form.outcome, tuple(form.facets), form.until, tuple(form.items))
    asked = Asked(person.user, person.user, _OWN, form.reason)
    done = once.done(
        person.user, key, "answer_task", form, lambda: hub.review_desk.answer(str(form.task), answering, asked)
    )
    return answered(done)


@router.post("/identity/reviews", response_model=Answer, responses=example({"reviews": []}))
def list_identity_reviews(form: Question, hub: HubOf, person: Person) -> Response:
    """List the records that may be a known child, for a data steward."""
    return answered({"reviews": hub.reviews.open(form.asked(person.user))})


@router.post("/identity/link", response_model=Answer, responses=example({"linked": "police/P-1042", "person": _PERSON}))
def link_record(form: Link, key: IdempotencyKey, hub: HubOf, once: OnceOf, person: Person) -> Response:
    """Say that a record is this child's."""

    def work() -> Any:
        hub.steward.link(Held.parse(form.record), form.person, form.asked(person.user))
        return {"linked": form.record, "person": str(form.person)}

    return answered(once.done(person.user, key, "link_record", form, work))


@router.post("/identity/unlink", response_model=Answer, responses=example({"unlinked": "police/P-1042"}))
def unlink_record(form: Unlink, key: IdempotencyKey, hub: HubOf, once: OnceOf, person: Person) -> Response:
    """Say that a record is not this child's, and list every disclosure that rested on the link."""

    def work() -> Any:
        rested = hub.steward.unlink(Held.parse(form.record), form.asked(person.user))
        told = [{"decision": str(each.id), "at": each.at.isoformat(), "viewer": each.viewer} for each in rested]
        return {"unlinked": form.record, "disclosures": told}

    return answered(once.done(person.user, key, "unlink_record", form, work))


@router.post("/identity/forbid", response_model=Answer, responses=example({"forbidden": ["police/P-1", "police/P-2"]}))
def forbid_link(form: Forbid, key: IdempotencyKey, hub: HubOf, once: OnceOf, person: Person) -> Response:
    """Say that two records must never be linked."""

    def work() -> Any:
        hub.steward.forbid(Held.parse(form.record), Held.parse(form.other), form.asked(person.user))
        return {"forbidden": [form.record, form.other]}

    return answered(once.done(person.user, key, "forbid_link", form, work))


@router.get("/alerts", response_model=Answer, responses=example({"alerts": []}))
def list_alerts(hub: HubOf, person: Person) -> Response:
    """List the newest alerts for those who protect children; that they looked is recorded."""
    asked = Asked(person.user, person.user, _OWN, "To see whom a search may have been after")
    return answered({"alerts": hub.alerts.newest(asked, _MOST_ALERTS)})


_MOST_ALERTS: Final = 200
