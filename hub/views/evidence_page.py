"""An evidence bundle for people: one page of HTML that prints well and needs nothing else, and the expert's README.

Everything that anybody typed is escaped.
"""

from collections.abc import Mapping, Sequence
from html import escape
from importlib.resources import files
from typing import Any, Final

_STYLE: Final = (
    "body{font-family:sans-serif;line-height:1.4;max-width:50rem;margin:2rem auto;padding:0 1rem;color:#0b0c0c}"
    "table{border-collapse:collapse;width:100%;margin:.5rem 0}"
    "th,td{border-bottom:1px solid #b1b4b6;padding:.3rem .6rem;text-align:left;vertical-align:top}"
    "th{width:12rem}td{overflow-wrap:anywhere}pre{white-space:pre-wrap;overflow-wrap:anywhere}"
    "@media print{body{margin:0;max-width:none;font-size:10pt}section{break-inside:avoid}}"
)
_SHOWN: Final = {
    "id": "Decision",
    "at": "Moment",
    "viewer": "Shown to",
    "agency": "Of",
    "purpose": "For",
    "person": "Person",
    "policy_version": "Policy version",
    "answer_hash": "Hash of the answer",
}
_ASKED: Final = {
    "operator": "Typed by",
    "reason": "Reason given",
    "question": "Question",
    "claims": "Claimed",
    "request": "Request as the policy read it",
    "refusal": "Refused",
}


def evidence_page(
    shown: Mapping[str, Any],
    asked: Mapping[str, Any] | None,
    items: Sequence[Mapping[str, Any]],
    law: Sequence[Mapping[str, str]],
    checkpoint: str,
) -> str:
    """Return the page of a bundle; `asked` is None for a record in which it stands with what was withheld."""
    request = _table({label: asked[name] for name, label in _ASKED.items()}) if asked is not None else _NOT_OPENED
    told = "".join(_item(number, item) for number, item in enumerate(items, 1)) or "<p>Nothing was shown.</p>"
    cited = _table({each["id"]: f"{each['authority']}: {each['reason']}" for each in law})
    decision = _table({label: shown.get(name) for name, label in _SHOWN.items()})
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>Evidence of a decision</title><style>{_STYLE}</style><h1>What was shown, and the proof of it</h1>"
        "<p>This page is for reading. What it says is proved by the other files: see README.txt.</p>"
        f"<h2>The decision</h2>{decision}<h2>What was asked</h2>{request}<h2>What was shown</h2>{told}"
        f"<h2>The law cited</h2>{cited}<h2>The log's checkpoint</h2><pre>{escape(checkpoint)}</pre></html>\n"
    )


def readme() -> str:
    """Return the README for a court's expert."""
    return (files("hub.views") / "bundle_readme.txt").read_text("utf-8")


_NOT_OPENED: Final = (
    "<p>In a record as old as this one, what was asked stands in one section with what was withheld: not opened.</p>"
)


def _item(number: int, item: Mapping[str, Any]) -> str:
    facets = _table(item["facets"]) if item["facets"] else "<p>Nothing of it was shown but what follows.</p>"
    rules = ", ".join(rule["id"] for rule in item["rules"])
    binding = _table({"Verdict": item["verdict"], "Rules": rules, "Obligations": ", ".join(item["obligations"])})
    return f"<section><h3>Item {number}</h3>{facets}{binding}</section>"


def _table(rows: Mapping[str, Any]) -> str:
    return f"<table>{''.join(f'<tr><th>{escape(name)}<td>{_value(value)}' for name, value in rows.items())}</table>"


def _value(value: Any) -> str:
    """Return a value for reading: objects as tables within the table, lists as lists."""
    if isinstance(value, Mapping):
        return _table(value) if value else ""
    if isinstance(value, list):
        return f"<ul>{''.join(f'<li>{_value(each)}' for each in value)}</ul>" if value else ""
    return "" if value is None else escape(str(value))
