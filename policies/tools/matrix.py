"""Lays out what a policy decides: kinds of viewer by purpose, for some kinds of item, as data and as a page of HTML."""

from collections.abc import Mapping
from html import escape
from typing import Any, Final

from policies.decide import evaluate
from policies.model import PURPOSES
from policies.ruleset import PolicySetVersion
from policies.tools.classes import class_of

VIEWERS: Final[Mapping[str, tuple[str, str]]] = {
    "MASH analyst": ("mash", "mash-analyst"),
    "MASH manager": ("mash", "mash-manager"),
    "social worker": ("childrens-social-care", "practitioner"),
    "allocated social worker": ("childrens-social-care", "allocated-social-worker"),
    "emergency duty team": ("childrens-social-care", "emergency-duty-team"),
    "police officer": ("police", "practitioner"),
    "child-protection police": ("police", "child-protection-police"),
    "designated nurse": ("health", "designated-nurse"),
    "school's DSL": ("education", "designated-safeguarding-lead"),
    "probation officer": ("probation", "practitioner"),
    "housing officer": ("housing", "practitioner"),
    "voluntary provider": ("voluntary", "practitioner"),
    "designated officer (LADO)": ("childrens-social-care", "designated-officer"),
    "child-death coordinator": ("health", "child-death-review-coordinator"),
    "auditor": ("childrens-social-care", "auditor"),
    "lead member": ("childrens-social-care", "lead-member"),
    "another area's duty team": ("other-areas-childrens-services", "emergency-duty-team"),
    "immigration enforcement": ("immigration-enforcement", "practitioner"),
}
ITEMS: Final[Mapping[str, Mapping[str, Any]]] = {
    "police notification of domestic abuse": {"sensitivity": {"domestic-abuse"}},
    "graded police intelligence, handling C": {"handling": "C", "source": "2", "information": "C"},
    "A&E attendance with an injury": {"owner_kind": "health", "item_type": "ae-attendance", "injury": True},
    "child's mental-health service": {
        "owner_kind": "health", "item_type": "health-encounter", "sensitivity": {"mental-health"},
    },
    "parent's drug service": {
        "owner_kind": "health", "item_type": "health-encounter", "sensitivity": {"substance-misuse"},
        "subject_kind": "parent-or-carer",
    },
    "school attendance": {"owner_kind": "education", "item_type": "school-attendance"},
    "record with a refuge's address": {"owner_kind": "voluntary", "item_type": "homeless", "sensitivity": {"refuge"}},
    "legal order": {"owner_kind": "childrens-social-care", "item_type": "legal-order"},
    "allegation against a worker": {
        "owner_kind": "education", "item_type": "lado-allegation", "subject_kind": "worker",
    },
}  # fmt: skip
COLOURS: Final = {"PERMIT": "#2e7d32", "REVIEW": "#f9a825", "EXISTENCE": "#1565c0", "DENY": "#616161"}
ASSUMED: Final = (
    "The viewer gives a reason, their agency holds a record of the child, it does not own the item, nothing is agreed, "
    "released or recorded under s16LA, and the law is that of 22 November 2026."
)


def matrix_of(policy: PolicySetVersion) -> dict[str, Any]:
    """Return the documented shape of `mash policy matrix --json`: per item and viewer, the verdict for each purpose."""
    told = {viewer: [_effects(policy, *who, purpose) for purpose in PURPOSES] for viewer, who in VIEWERS.items()}
    return {
        "assumed": ASSUMED,
        "purposes": list(PURPOSES),
        "items": {
            item: {viewer: [effects[number] for effects in rows] for viewer, rows in told.items()}
            for number, item in enumerate(ITEMS)
        },
    }


def seen_by(policy: PolicySetVersion, viewer: str) -> dict[str, Any]:
    """Return what one of the kinds of viewer sees of each kind of item: per purpose, a verdict for each."""
    rows = {purpose: _effects(policy, *VIEWERS[viewer], purpose) for purpose in PURPOSES}
    return {"viewer": viewer, "assumed": ASSUMED, "items": list(ITEMS), "purposes": rows}


def _effects(policy: PolicySetVersion, kind: str, role: str, purpose: str) -> list[str]:
    """Return what one kind of viewer sees of each kind of item, asked in one batch."""
    request, _ = class_of({"agency_kind": kind, "roles": {role}, "purpose": purpose})
    items = [class_of({"involved": True, **traits})[1] for traits in ITEMS.values()]
    return [verdict.effect.value for verdict in evaluate(policy, request, items)]


def page_of(matrix: Mapping[str, Any]) -> str:
    """Return the matrix as one page of HTML that needs nothing else."""
    tables = "".join(_table(item, rows, matrix["purposes"]) for item, rows in matrix["items"].items())
    styles = "".join(f".{effect}{{background:{colour}}}" for effect, colour in COLOURS.items())
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Who sees what</title>'
        "<style>body{font:14px sans-serif;margin:2em}table{border-collapse:collapse;margin-bottom:2em}"
        "td,th{border:1px solid #ddd;padding:.2em .4em;text-align:left}th.p{writing-mode:vertical-rl}"
        f"td.v{{color:#fff;font-size:11px}}td.REVIEW{{color:#000}}{styles}</style>"
        f"<h1>Who sees what</h1><p>{escape(matrix['assumed'])}</p>{tables}</html>\n"
    )


def _table(item: str, rows: Mapping[str, list[str]], purposes: list[str]) -> str:
    head = "".join(f'<th class="p" scope="col">{escape(purpose)}</th>' for purpose in purposes)
    body = "".join(
        f'<tr><th scope="row">{escape(viewer)}</th>'
        + "".join(f'<td class="v {effect}">{effect}</td>' for effect in effects)
        + "</tr>"
        for viewer, effects in rows.items()
    )
    return f"<h2>{escape(item)}</h2><table><tr><th></th>{head}</tr>{body}</table>"
