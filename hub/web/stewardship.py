"""The data steward's pages: messages kept aside, and records that may be one child. Each look is recorded.

Decides nothing itself; what is as absent for the steward, by a conflict of interest say, is on no page of theirs.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from hub.application.episodes import clean, not_there
from hub.application.linking import STEWARDS, Held
from hub.application.mending import Kept, kept_json
from hub.bootstrap import Hub
from hub.errors import ConflictError, HubError, PoisonError, RefusedError, RetryableError
from hub.sign_in.person import SignedIn
from hub.web.catalogue import N_
from hub.web.desk import Desk, own, told_at, without_words
from hub.web.rendering import to
from hub.web.requests import Form, Person, Posted
from hub.web.working import MOST_REASON

HERE: Final = "/steward"
_OPEN: Final = frozenset({"open", "fixed"})
_MOST_DATA: Final = 1_000_000
_LIST_WHY: Final = "To see which records need a data steward"
_NO_REASON: Final = N_("Say in words why: it is recorded.")


def add_stewardship(router: APIRouter, desk: Desk, hub: Hub) -> None:
    """Add the data steward's pages."""

    @router.get(HERE)
    def overview(person: Person) -> Response:
        """List what was kept aside, and which records may be one child."""
        reviews = desk.hub.reviews.open(own(person, _LIST_WHY))
        kept = [kept_json(each) for each in hub.desk.all() if each.state in _OPEN]
        told: dict[str, Any] = {"kept": kept, "reviews": reviews, "agencies": desk.agencies()}
        return desk.page("steward.html", person, here=HERE, **told)

    @router.get(f"{HERE}/kept/{{record}}")
    def kept_aside(record: str, person: Person) -> Response:
        """Show one message kept aside and what was done about it, not what it says."""
        return _kept_page(desk, hub, person, record)

    @router.post(f"{HERE}/kept/{{record}}")
    def mend(record: str, form: Form) -> Response:
        """Look at what a message says, correct it, send it again or discard it."""
        kept, _ = _kept(desk, hub, form.person, record)
        errors, content = without_words(_reason(form), _NO_REASON), None
        if not errors:
            desk.once(form)
            errors, content = _STEPS.get(form.text("do"), _nothing)(desk, hub, kept, form)
        if errors or content is not None:
            return _kept_page(desk, hub, form.person, record, form=form, errors=errors, content=content)
        return to(f"{HERE}/kept/{record}")

    @router.get(f"{HERE}/reviews/{{review}}")
    def compare(review: str, person: Person) -> Response:
        """Show two records side by side, with what agrees and what contradicts."""
        return _review_page(desk, person, _review(desk, person, review))

    @router.post(f"{HERE}/reviews/{{review}}")
    def decide(review: str, form: Form) -> Response:
        """Take the steward's decision: one child, apart, or never one."""
        found = _review(desk, form.person, review)
        errors = without_words(_reason(form), _NO_REASON)
        choices = {f"{do}:{number}" for number in range(len(found["compared"])) for do in ("link", "forbid")}
        if form.text("answer") not in choices | {"apart"}:
            errors = {"answer": N_("Choose an answer."), **errors}
        if not errors:
            desk.once(form)
            errors = _decided(desk, form, found)
        return _review_page(desk, form.person, found, form, errors) if errors else to(HERE)


def _refuse_others(desk: Desk, person: SignedIn) -> None:
    """Raise `RefusedError` for all but a data steward or a MASH manager."""
    refusal = RefusedError("This is for a data steward or a MASH manager.", code="not-a-steward")
    desk.refuse_all_but(STEWARDS, person, refusal)


def _asked(form: Posted) -> Any:
    return own(form.person, _reason(form))


def _reason(form: Posted) -> str:
    return clean(form.text("reason", MOST_REASON), MOST_REASON)


def _kept(desk: Desk, hub: Hub, person: SignedIn, record: str) -> tuple[Kept, Any]:
    _refuse_others(desk, person)
    try:
        return hub.desk.one(str(UUID(record)))
    except (ValueError, HubError) as error:
        if isinstance(error, RetryableError):
            raise
        raise not_there() from error


def _kept_page(
    desk: Desk,
    hub: Hub,
    person: SignedIn,
    record: str,
    *,
    form: Posted | None = None,
    errors: Mapping[str, str] | None = None,
    content: str | None = None,
) -> Response:
    kept, steps = _kept(desk, hub, person, record)
    typed = {"reason": _reason(form), "data": content or form.text("data", _MOST_DATA)} if form else {}
    told = {"kept": kept_json(kept), "steps": steps, "open": kept.state in _OPEN, "agencies": desk.agencies()}
    return desk.page("kept.html", person, here=HERE, errors=errors, typed=typed, **told)


Step = Callable[[Desk, Hub, Kept, Posted], tuple[dict[str, str], str | None]]


def _look(desk: Desk, hub: Hub, kept: Kept, form: Posted) -> tuple[dict[str, str], str | None]:
    """Return what a message says; what is hidden from the steward is as what cannot be opened."""
    asked = _asked(form)
    desk.hub.steward.record_look(asked, kept.id)
    try:
        content = hub.desk.content(kept)
    except PoisonError:
        content = None
    subject = content.get("subject") if isinstance(content, dict) else None
    reference = subject.get("reference") if isinstance(subject, dict) else None
    hidden = isinstance(reference, str) and desk.hub.steward.hides(Held(kept.agency, reference), asked)
    if content is None or hidden:
        return {"do": N_("What it says cannot be shown here.")}, None
    return {}, json.dumps(content, indent=2, ensure_ascii=False)


def _fix(_: Desk, hub: Hub, kept: Kept, form: Posted) -> tuple[dict[str, str], str | None]:
    data = form.text("data", _MOST_DATA).encode()
    return _tried("data", lambda: hub.desk.fix(kept, data, by=form.person.user, reason=_reason(form))), None


def _resend(_: Desk, hub: Hub, kept: Kept, form: Posted) -> tuple[dict[str, str], str | None]:
    return _tried("do", lambda: hub.desk.resend(kept, by=form.person.user, reason=_reason(form))), None


def _discard(_: Desk, hub: Hub, kept: Kept, form: Posted) -> tuple[dict[str, str], str | None]:
    return _tried("do", lambda: hub.desk.discard(kept, by=form.person.user, reason=_reason(form))), None


def _nothing(*_: object) -> tuple[dict[str, str], str | None]:
    return {"do": N_("Choose what to do.")}, None


_STEPS: Final[Mapping[str, Step]] = {"look": _look, "fix": _fix, "resend": _resend, "discard": _discard}


def _tried(field: str, step: Callable[[], object]) -> dict[str, str]:
    """Do something; return what is wrong with it in words."""
    errors: dict[str, str] = {}
    with told_at(field, errors):
        step()
    return errors


def _review(desk: Desk, person: SignedIn, name: str) -> dict[str, Any]:
    """Return an open review that this steward may see; raises `RefusedError` for none and for whoever is none."""
    found = desk.hub.reviews.open(own(person, _LIST_WHY))
    for review in found:
        if review["id"] == name:
            return review
    raise not_there()


def _review_page(
    desk: Desk,
    person: SignedIn,
    review: Mapping[str, Any],
    form: Posted | None = None,
    errors: Mapping[str, str] | None = None,
) -> Response:
    typed = {name: form.text(name, MOST_REASON) for name in ("answer", "reason")} if form else {}
    told = {"review": review, "agencies": desk.agencies(), "typed": typed}
    return desk.page("identity_review.html", person, here=HERE, errors=errors, **told)


def _decided(desk: Desk, form: Posted, review: Mapping[str, Any]) -> dict[str, str]:
    """Record the decision; return what stands against it."""
    do, _, number = form.text("answer").partition(":")
    asked, steward, held = _asked(form), desk.hub.steward, _held(review["record"])
    other = review["compared"][int(number)] if number else None
    try:
        if other is None:
            steward.keep_apart(UUID(review["id"]), held, asked)
        elif do == "link":
            steward.link(held, UUID(other["person"]), asked)
        else:
            steward.forbid(held, _held(other["record"]), asked)
    except ConflictError as error:
        return {"answer": error.message}
    return {}


def _held(record: Mapping[str, Any]) -> Held:
    return Held(record["agency"], record["reference"])
