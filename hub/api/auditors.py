"""What an auditor asks: which decisions there were, whether they can be had again, who knew what, and the proof of it.

To everybody else none of it is there. What is asked here is recorded as any other question is.
"""

from typing import Any, Final

from fastapi import APIRouter
from starlette.responses import Response

from hub.api.forms import Answer, Impact, Judgement, OfPeriod, Reads, Reason, Report, Sample, WhoKnew
from hub.api.once import IdempotencyKey
from hub.api.shared import CursorsOf, HubOf, OnceOf, PathId, Person, answered, audits, example
from hub.application.impact_run import ImpactRun, draft_on
from hub.application.reads import Filter, Period
from hub.application.replay_run import ReplayRun, Scope

router = APIRouter(tags=["auditors"])
_LISTED: Final = "reads"
_DECISION: Final = "6c9b1c7e-58a4-4b0e-8f3f-2f1d9a6e4c11"
_READS: Final[dict[str, Any]] = {"reads": [], "decision": _DECISION, "next": None}
_ZIP: Final = "application/zip"


@router.post("/decisions/search", response_model=Answer, responses=example(_READS))
def search_decisions(form: Reads, hub: HubOf, cursors: CursorsOf, person: Person) -> Response:
    """List decisions, emergencies first and then the newest: of an agency, of a user, by a rule, or in an emergency."""
    listed = (_LISTED, form.agency, form.user, form.rule, form.emergency, form.since, form.until)
    before = cursors.opened(form.cursor, person.user, *listed) if form.cursor else None
    page = hub.decision_desk.page(
        audits(person.user, form.reason),
        Filter(form.agency, form.user, form.rule, form.emergency),
        Period(form.since, form.until),
        limit=form.limit,
        before=before,
    )
    following = None if page.before is None else cursors.sealed(page.before, person.user, *listed)
    return answered({"reads": page.reads, "decision": page.decision, "next": following})


@router.post("/decisions/{decision}", response_model=Answer, responses=example({"id": _DECISION}))
def show_decision(decision: PathId, form: Reason, hub: HubOf, person: Person) -> Response:
    """Show one decision: the question, the outcome, and the verdict on each record."""
    return answered(hub.decision_desk.one(audits(person.user, form.reason), decision))


@router.post("/decisions/{decision}/replay", response_model=Answer, responses=example({"replayed": 1, "same": 1}))
def replay_decision(decision: PathId, form: Reason, hub: HubOf, person: Person) -> Response:
    """Take a decision again from log, links and policy of its time: the same to the byte, or in what it differs."""
    run = ReplayRun(hub.reading, hub.decisions, audits(person.user, form.reason), Scope(decision=decision))
    return answered(run.here(hub.replayer))


@router.post(
    "/decisions/{decision}/bundle",
    response_class=Response,
    responses={200: {"description": "The bundle.", "content": {_ZIP: {"schema": {"type": "string"}}}}},
)
def make_bundle(decision: PathId, form: Reason, hub: HubOf, person: Person) -> Response:
    """Make the evidence of a decision on a chronology: what was shown, by which policy, and its proofs."""
    made = hub.bundling.bundle(decision, audits(person.user, form.reason))
    return Response(
        made, media_type=_ZIP, headers={"Content-Disposition": 'attachment; filename="evidence-bundle.zip"'}
    )


@router.post("/audit/child", response_model=Answer, responses=example({"agencies": [], "unseen": []}))
def audit_child(form: WhoKnew, hub: HubOf, person: Person) -> Response:
    """Say what each agency had published, been shown and asked without being told of a child, and what nobody saw."""
    return answered(hub.who_knew.of_child(form.person, audits(person.user, form.reason), form.at))


@router.post("/audit/report", response_model=Answer, responses=example({"tables": {}}))
def report_on_use(form: Report, hub: HubOf, person: Person) -> Response:
    """Count what was read, decided, refused and changed in a period; nobody is named."""
    asked = audits(person.user, form.reason)
    return answered(hub.audit_report.report(asked, Period(form.since, form.until), external=form.external))


@router.post("/audit/misuse", response_model=Answer, responses=example({"alerts": [], "rules": []}))
def list_misuse(form: OfPeriod, hub: HubOf, person: Person) -> Response:
    """List reads that somebody should look into, each with the rule that found it."""
    return answered(hub.misuse.alerts(audits(person.user, form.reason), Period(form.since, form.until)))


@router.post("/audit/misuse/judge", response_model=Answer, responses=example({"alert": _DECISION, "upheld": False}))
def judge_misuse(form: Judgement, key: IdempotencyKey, hub: HubOf, once: OnceOf, person: Person) -> Response:
    """Keep what became of an alert of misuse."""

    def work() -> Any:
        hub.misuse.judge(form.alert, audits(person.user, form.reason), upheld=form.upheld)
        return {"alert": str(form.alert), "upheld": form.upheld}

    return answered(once.done(person.user, key, "judge_misuse", form, work))


@router.post("/audit/sample", response_model=Answer, responses=example({"from": 1000, "drawn": []}))
def draw_sample(form: Sample, key: IdempotencyKey, hub: HubOf, once: OnceOf, person: Person) -> Response:
    """Draw decisions by chance for audit: only of these is an auditor shown what they were about."""
    asked = audits(person.user, form.reason)
    return answered(
        once.done(
            person.user, key, "draw_sample", form, lambda: hub.sampling.draw(asked, number=form.number, of=form.of)
        )
    )


@router.post("/audit/impact", response_model=Answer, responses=example({"decisions": 0, "changed_decisions": 0}))
def try_policy(form: Impact, hub: HubOf, person: Person) -> Response:
    """Decide again what was decided in a period by another version, one more rule or another day's law."""
    period = Period(form.since, form.until)
    run = ImpactRun(hub.reading, hub.decisions, hub.policy_texts, audits(person.user, form.reason), period, form.law_on)
    return answered(run.here(hub.replayer, draft_on(hub.policy_versions, form.version, form.rule or "")))
