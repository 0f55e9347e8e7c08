"""An audit report's titles and its table for spreadsheets, in which no cell can be a formula."""

import csv
import io
from collections.abc import Mapping
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


def csv_of(report: Mapping[str, Any]) -> str:
    """Return the report as CSV."""
    file = io.StringIO()
    rows = csv.writer(file)
    rows.writerow(("table", "what", "count"))
    for name, counts in report["tables"].items():
        rows.writerows((name, _cell(what), told(count)) for what, count in counts.items())
    return file.getvalue()


def told(count: int | None) -> str:
    """Return a count in words where it was left out."""
    return LEFT_OUT if count is None else str(count)


def _cell(text: str) -> str:
    """Return text that a spreadsheet takes for text."""
    return f"'{text}" if text.startswith(_FORMULA) else text
