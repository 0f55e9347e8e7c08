"""The auditor's pages over the whole hub: how the log stands, what looks like misuse, reports of a period in counts.

Each look at reads is asked with a reason and recorded; what is judged of an alert is kept once.
"""

import re
from collections.abc import Mapping
from typing import Final
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from hub.application.log_health import log_health
from hub.application.reads import Period
from hub.application.report_cells import TITLES, csv_of, told
from hub.bootstrap import Hub
from hub.web.auditors import (
    HERE,
    ID,
    asked_by,
    day_of,
    file_of,
    form_page,
    period_of,
    refuse_all_but_auditors,
    without_reason,
)
from hub.web.catalogue import N_
from hub.web.desk import Desk, told_at
from hub.web.requests import Form, Person, Posted
from hub.web.words import PURPOSE_WORDS, VERDICT_WORDS, code_words

_CSV: Final = "text/csv; charset=utf-8"
_NO_ALERT: Final = N_("Choose an alert from the list.")
_NOT_JUDGED: Final = N_("Say whether it was misuse.")
_INNER_CAPITAL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_WORDS: Final[Mapping[str, Mapping[str, str]]] = {"purposes": PURPOSE_WORDS, "verdicts": VERDICT_WORDS}
_UPHELD: Final[Mapping[str, bool]] = {"yes": True, "no": False}


def add_overseeing(router: APIRouter, desk: Desk, hub: Hub) -> None:
    """Add the pages."""

    @router.get(f"{HERE}/log")
    def health(person: Person) -> Response:
        """Show the latest checkpoint, who cosigned it, and what the last verification found."""
        refuse_all_but_auditors(desk, person)
        found = log_health(hub.tree, hub.verifications, desk.now())
        return desk.page("log_health.html", person, here=HERE, health=found)

    @router.get(f"{HERE}/misuse")
    def ask_alerts(person: Person) -> Response:
        """Ask for which period, and why."""
        refuse_all_but_auditors(desk, person)
        return desk.page("misuse.html", person, here=HERE, typed={})

    @router.post(f"{HERE}/misuse")
    def alerts(form: Form) -> Response:
        """List what somebody should look into, with how often each rule was right."""
        refuse_all_but_auditors(desk, form.person)
        period, errors = _asked_for(form)
        return _alerts_page(desk, hub, form, period, errors)

    @router.post(f"{HERE}/misuse/judge")
    def judge(form: Form) -> Response:
        """Keep whether an alert is upheld, and list what is left."""
        refuse_all_but_auditors(desk, form.person)
        period, errors = _asked_for(form)
        if not errors:
            _judge(desk, hub, form, errors)
        return _alerts_page(desk, hub, form, period, errors)

    @router.get(f"{HERE}/report")
    def ask_report(person: Person) -> Response:
        """Ask for which period, for whom, and why."""
        refuse_all_but_auditors(desk, person)
        return desk.page("report.html", person, here=HERE, typed={})

    @router.post(f"{HERE}/report")
    def report(form: Form) -> Response:
        """Show the counts of a period, or hand them out for a spreadsheet."""
        refuse_all_but_auditors(desk, form.person)
        period, errors = _asked_for(form)
        if errors:
            return form_page(desk, "report.html", form, errors)
        found = hub.audit_report.report(asked_by(form), period, external=form.text("external") == "yes")
        if form.text("do") == "csv":
            return file_of(csv_of(found), _CSV, "audit-report.csv")
        agencies = desk.agencies()
        tables = {name: _in_words(name, counts, agencies) for name, counts in found["tables"].items()}
        return form_page(desk, "report.html", form, {}, tables_of_counts=tables, titles=TITLES, count=told)


def _asked_for(form: Posted) -> tuple[Period, dict[str, str]]:
    """Return the period of a form, and what to say about its fields."""
    errors = without_reason(form)
    days = [day_of(form.text(name), name, errors) for name in ("since", "until")]
    return period_of(*days), errors


def _in_words(
    table: str, counts: Mapping[str, int | None], agencies: Mapping[str, str]
) -> list[tuple[str, int | None]]:
    """Return a table with words in place of its codes; what is in words already stays as it is."""
    known = {**_WORDS, "agencies": agencies, "emergencies": agencies}.get(table, {})
    return [(known.get(what) or _plain(what), count) for what, count in counts.items()]


def _plain(what: str) -> str:
    """Return a code, or the type of an event such as `PolicyActivated`, as people write it."""
    return what if " " in what else code_words(_INNER_CAPITAL.sub("-", what).lower())


def _judge(desk: Desk, hub: Hub, form: Posted, errors: dict[str, str]) -> None:
    upheld, alert = _UPHELD.get(form.text("upheld")), form.text("alert")
    if not ID.fullmatch(alert) or upheld is None:
        errors["alert"] = _NO_ALERT if upheld is not None else _NOT_JUDGED
        return
    desk.once(form)
    with told_at("alert", errors):
        hub.misuse.judge(UUID(alert), asked_by(form), upheld=upheld)


def _alerts_page(desk: Desk, hub: Hub, form: Posted, period: Period, errors: dict[str, str]) -> Response:
    found = hub.misuse.alerts(asked_by(form), period) if errors.keys() <= {"alert"} else {}
    return form_page(desk, "misuse.html", form, errors, **found)
