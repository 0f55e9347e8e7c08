"""The auditor's page of what another policy would have changed. Nothing is recorded but that it was tried."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from hub.application.impact_run import ImpactRun, draft_on
from hub.bootstrap import Hub
from hub.web.auditors import HERE, asked_by, day_of, form_page, period_of, refuse_all_but_auditors, without_reason
from hub.web.desk import Desk, told_at
from hub.web.policies import STATE_WORDS
from hub.web.requests import Form, Person
from hub.web.working import MOST_REASON


def add_trying(router: APIRouter, desk: Desk, hub: Hub) -> None:
    """Add the page."""

    @router.get(f"{HERE}/impact")
    def ask(person: Person) -> Response:
        """Ask which policy is tried, on which decisions, and why."""
        refuse_all_but_auditors(desk, person)
        return desk.page("impact.html", person, here=HERE, typed={}, **_versions(hub))

    @router.post(f"{HERE}/impact")
    def impact(form: Form) -> Response:
        """Show who would have seen more, and who less."""
        refuse_all_but_auditors(desk, form.person)
        errors = without_reason(form)
        since, until, law = (day_of(form.text(name), name, errors) for name in ("since", "until", "law"))
        told: dict[str, Any] = {}
        if not errors:
            with told_at("version", errors):
                draft = draft_on(hub.policy_versions, form.text("version") or None, form.text("rule", MOST_REASON))
                period = period_of(since, until)
                run = ImpactRun(hub.reading, hub.decisions, hub.policy_texts, asked_by(form), period, law)
                told["report"] = run.here(hub.replayer, draft)
        return form_page(desk, "impact.html", form, errors, **_versions(hub), **told)


def _versions(hub: Hub) -> Mapping[str, Any]:
    """Return the versions, the newest first, and the words of what each is."""
    return {"versions": hub.policy_versions.as_json()[::-1], "states": STATE_WORDS}
