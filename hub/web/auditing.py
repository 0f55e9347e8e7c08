"""The auditor's pages: decisions, one of them taken again and its evidence, and who knew what of a child.

Decides nothing; every look is asked with a reason and recorded. To everybody else none of it is there.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from hub.application.asking import Asked
from hub.application.reads import Filter
from hub.application.replay_run import ReplayRun, Scope
from hub.bootstrap import Hub
from hub.web.auditors import (
    HERE,
    ID,
    asked_by,
    day_of,
    end_of,
    file_of,
    form_page,
    period_of,
    refuse_all_but_auditors,
    without_reason,
)
from hub.web.catalogue import N_
from hub.web.desk import Desk, told_at
from hub.web.requests import Form, Person, Posted

_ON_A_PAGE: Final = 25
_ZIP: Final = "application/zip"
_POSITION: Final = re.compile(r"[0-9]{1,18}")


def add_auditing(router: APIRouter, desk: Desk, hub: Hub) -> None:
    """Add the auditor's pages."""

    @router.get(HERE)
    def ask(person: Person) -> Response:
        """Ask which decisions are looked for, and why."""
        refuse_all_but_auditors(desk, person)
        return desk.page("audit.html", person, here=HERE, typed={}, agencies=desk.agencies())

    @router.post(HERE)
    def listed(form: Form) -> Response:
        """List decisions, emergencies first and then the newest."""
        refuse_all_but_auditors(desk, form.person)
        return _listed(desk, hub, form)

    @router.get(f"{HERE}/decisions/{{decision}}")
    def ask_why(decision: UUID, person: Person) -> Response:
        """Ask why a decision is looked at."""
        refuse_all_but_auditors(desk, person)
        return desk.page("decision.html", person, here=HERE, decision=str(decision), typed={})

    @router.post(f"{HERE}/decisions/{{decision}}")
    def look(decision: UUID, form: Form) -> Response:
        """Show a decision, take it again, or hand out its evidence."""
        refuse_all_but_auditors(desk, form.person)
        return _looked(desk, hub, form, str(decision))

    @router.post(f"{HERE}/child")
    def who_knew(form: Form) -> Response:
        """Show what each agency knew of a child, by now or by the end of a day."""
        refuse_all_but_auditors(desk, form.person)
        return _who_knew(desk, hub, form)


def _listed(desk: Desk, hub: Hub, form: Posted) -> Response:
    errors = without_reason(form)
    since, until = (day_of(form.text(name), name, errors) for name in ("since", "until"))
    if errors:
        return form_page(desk, "audit.html", form, errors)
    wanted = Filter(
        form.text("agency") or None, form.text("user") or None, form.text("rule") or None,
        emergency=form.text("emergency") == "yes",
    )  # fmt: skip
    before = form.text("before")
    found = hub.decision_desk.page(
        asked_by(form), wanted, period_of(since, until),
        limit=_ON_A_PAGE, before=int(before) if _POSITION.fullmatch(before) else None,
    )  # fmt: skip
    return form_page(desk, "audit.html", form, {}, reads=found.reads, before=found.before)


def _looked(desk: Desk, hub: Hub, form: Posted, decision: str) -> Response:
    errors = without_reason(form)
    look = _LOOKS.get(form.text("do"), _shown)
    told: Mapping[str, Any] = {}
    if not errors:
        with told_at("do", errors):
            told = look(hub, decision, asked_by(form))
    if bundle := told.get("bundle"):
        return file_of(bundle, _ZIP, "evidence-bundle.zip")
    return form_page(desk, "decision.html", form, errors, decision=decision, **told)


def _who_knew(desk: Desk, hub: Hub, form: Posted) -> Response:
    errors = without_reason(form)
    day = day_of(form.text("at"), "at", errors)
    if not ID.fullmatch(form.text("person")):
        errors["person"] = N_("Open the page from a decision about the child.")
    answer: Mapping[str, Any] = {}
    if not errors:
        child, moment = UUID(form.text("person")), end_of(day) if day else None
        with told_at("at", errors):
            answer = hub.who_knew.of_child(child, asked_by(form), moment)
    return form_page(desk, "who_knew.html", form, errors, answer=answer)


def _shown(hub: Hub, decision: str, asked: Asked) -> dict[str, Any]:
    found = hub.decision_desk.one(asked, decision)
    return {"found": found, "rules": hub.policy_texts.told_of(found["policy_version"])}


def _taken_again(hub: Hub, decision: str, asked: Asked) -> dict[str, Any]:
    """Return the decision with what came of taking it again; both looks are recorded."""
    told = _shown(hub, decision, asked)
    run = ReplayRun(hub.reading, hub.decisions, asked, Scope(decision=decision))
    return {**told, "again": run.here(hub.replayer)}


def _bundled(hub: Hub, decision: str, asked: Asked) -> dict[str, Any]:
    return {"bundle": hub.bundling.bundle(decision, asked)}


_LOOKS: Final[Mapping[str, Callable[[Hub, str, Asked], dict[str, Any]]]] = {
    "show": _shown,
    "replay": _taken_again,
    "bundle": _bundled,
}
