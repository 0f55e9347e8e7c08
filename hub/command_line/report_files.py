"""An audit report as a page and as a table for spreadsheets, in which no cell can be a formula."""

import csv
import io
from collections.abc import Mapping
from html import escape
from typing import Any, Final

LEFT_OUT: Final = "fewer than 10"
TITLES: Final = {
    "kinds": "Records by kind of question",
    "agencies": "By agency",
    "purposes": "By purpose",
    "verdicts": "Verdicts",
    "refusals": "Refusals",
    "emergencies": "Emergencies by agency",
    "response_times": "How soon tasks were answered",
    "emergency_reviews": "Emergencies looked at by a second person",
    "policy_changes": "Policy changes",
    "erasures": "Erasures and legal holds",
    "verifications": "Verifications of the log",
}
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
_STYLE: Final = "body{font-family:sans-serif;max-width:50rem;margin:2rem auto}th{text-align:left;width:24rem}"


def csv_of(report: Mapping[str, Any]) -> str:
    """Return the report as CSV."""
    file = io.StringIO()
    rows = csv.writer(file)
    rows.writerow(("table", "what", "count"))
    for name, counts in report["tables"].items():
        rows.writerows((name, _cell(what), told(count)) for what, count in counts.items())
    return file.getvalue()


def page_of_report(report: Mapping[str, Any]) -> str:
    """Return the report as a page that needs nothing else."""
    period = f"{report['since'] or 'the beginning'} to {report['until'] or 'now'}"
    tables = "".join(_table(TITLES[name], counts) for name, counts in report["tables"].items())
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>Audit report</title><style>{_STYLE}</style>"
        f"<h1>Audit report</h1><p>{escape(period)}</p>{tables}</html>\n"
    )


def told(count: int | None) -> str:
    """Return a count in words where it was left out."""
    return LEFT_OUT if count is None else str(count)


def _table(title: str, counts: Mapping[str, int | None]) -> str:
    rows = "".join(f"<tr><th>{escape(what)}<td>{told(count)}" for what, count in counts.items())
    return f"<h2>{title}</h2><table>{rows}</table>" if rows else f"<h2>{title}</h2><p>None.</p>"


def _cell(text: str) -> str:
    """Return text that a spreadsheet takes for text."""
    return f"'{text}" if text.startswith(_FORMULA) else text
