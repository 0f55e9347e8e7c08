"""The report of a draft's impact as one page of HTML that needs nothing else."""

from collections.abc import Mapping
from html import escape
from typing import Any, Final

_STYLE: Final = (
    "body{font-family:sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#0b0c0c}"
    "table{border-collapse:collapse;margin:1rem 0}"
    "th,td{border-bottom:1px solid #b1b4b6;padding:.4rem .8rem;text-align:left}"
    "td.n{text-align:right}.more{color:#d4351c}.less{color:#1d70b8}svg{vertical-align:middle}"
)
_COUNTS: Final = {
    "decisions": "Decisions taken again",
    "verdicts": "Verdicts",
    "changed_decisions": "Decisions that change",
    "changed_verdicts": "Verdicts that change",
    "not_tried": "Not taken again: nothing was decided, or it was erased",
}
_WIDTH: Final = 160


def page_of(report: Mapping[str, Any]) -> str:
    """Return the report as a page."""
    counts = "".join(f"<tr><th>{label}</th><td class=n>{report[name]}</td></tr>" for name, label in _COUNTS.items())
    tables = "".join(
        _sides(title, report[name]) for title, name in (("By agency", "agencies"), ("By purpose", "purposes"))
    )
    whole = _sides("In all", {"Serious cases (verdicts)": report["serious"], "Children": report["children"]})
    examples = "".join(map(_example, report["examples"])) or "<p>No verdict changes.</p>"
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>Impact of a draft policy</title><style>{_STYLE}</style><h1>Impact of a draft policy</h1>"
        f"<p>Draft <code>{escape(report['draft'])}</code></p><table>{counts}</table>{whole}{tables}"
        f"<h2>Examples, drawn by chance</h2>{examples}</html>\n"
    )


def _sides(title: str, rows: Mapping[str, Mapping[str, int]]) -> str:
    most = max((number for sides in rows.values() for number in sides.values()), default=0)
    lines = "".join(
        f"<tr><th>{escape(name)}</th>{_bar(sides['more'], most, 'more')}{_bar(sides['less'], most, 'less')}</tr>"
        for name, sides in rows.items()
    )
    head = "<tr><th></th><th>would have seen more</th><th>would have seen less</th></tr>"
    return f"<h2>{title}</h2><table>{head}{lines}</table>"


def _bar(number: int, most: int, side: str) -> str:
    width = _WIDTH * number // most if most else 0
    bar = f"<svg width={_WIDTH} height=12 aria-hidden=true><rect width={width} height=12 fill=currentColor /></svg>"
    return f"<td class={side}>{bar} {number}</td>"


def _example(example: Mapping[str, Any]) -> str:
    who = f"{escape(example['viewer'])} ({escape(example['agency'])}) for {escape(example['purpose'])}"
    sides = "".join(f"<tr><th>{side}</th><td>{_side(example[side])}</td></tr>" for side in ("before", "after"))
    return f"<h3>{who}</h3><p>Decision <code>{escape(example['decision'])}</code></p><table>{sides}</table>"


def _side(side: Mapping[str, Any]) -> str:
    rules = "".join(
        f"<li><code>{escape(rule['id'])}</code>: {escape(rule['reason'] or 'its text is not there')}</li>"
        for rule in side["rules"]
    )
    return f"<strong>{escape(side['verdict'])}</strong> {escape(' '.join(side['facets']))}<ul>{rules}</ul>"
