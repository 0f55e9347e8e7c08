"""An audit report as a page that needs nothing else."""

from collections.abc import Mapping
from html import escape
from typing import Any, Final

from hub.application.report_cells import TITLES, told

_STYLE: Final = "body{font-family:sans-serif;max-width:50rem;margin:2rem auto}th{text-align:left;width:24rem}"


def page_of_report(report: Mapping[str, Any]) -> str:
    """Return the report as a page that needs nothing else."""
    period = f"{report['since'] or 'the beginning'} to {report['until'] or 'now'}"
    tables = "".join(_table(TITLES[name], counts) for name, counts in report["tables"].items())
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>Audit report</title><style>{_STYLE}</style>"
        f"<h1>Audit report</h1><p>{escape(period)}</p>{tables}</html>\n"
    )


def _table(title: str, counts: Mapping[str, int | None]) -> str:
    rows = "".join(f"<tr><th>{escape(what)}<td>{told(count)}" for what, count in counts.items())
    return f"<h2>{title}</h2><table>{rows}</table>" if rows else f"<h2>{title}</h2><p>None.</p>"
