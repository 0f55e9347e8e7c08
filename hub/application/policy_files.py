"""Read a policy's folder, and write a version to a file. Decides nothing, and checks nothing of what is in it."""

import json
from dataclasses import replace
from pathlib import Path

from hub.errors import UsageError
from policies.client import PolicyText, PolicyVersion, shipped_text

SCHEMA = "hub.cedarschema"
GATEWAYS = "gateways.yaml"
SHOWS_MORE = "shows-more.yaml"
_MOST_BYTES = 1_000_000


def read_policy(folder: Path | None) -> PolicyText:
    """Return the rules, schema and gateways of a folder, and what it says of showing more, or the shipped policy.

    A folder without a table of gateways has the shipped one. Raises `UsageError`.
    """
    if folder is None:
        return shipped_text()
    rules = {file.name: _text(file) for file in sorted(folder.glob("*.cedar"))}
    if not rules:
        raise UsageError("There is no .cedar file here.", code="no-rules", place=str(folder))
    gateways, shows_more = folder / GATEWAYS, folder / SHOWS_MORE
    text = PolicyText(rules, _text(folder / SCHEMA), shows_more=_text(shows_more) if shows_more.exists() else "")
    return replace(text, gateways=_text(gateways)) if gateways.exists() else text


def write_policy(folder: Path, version: PolicyVersion, text: PolicyText) -> Path:
    """Write a version for a policy service that runs apart, whole or not at all, and return the file."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{version}.json"
    being_written = file.with_suffix(".part")
    being_written.write_text(json.dumps(text.as_record(), ensure_ascii=False, indent=1), encoding="utf-8")
    being_written.replace(file)
    return file


def _text(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            content = opened.read(_MOST_BYTES + 1)
        if len(content) > _MOST_BYTES:
            raise UsageError("The file is larger than 1 MB.", code="too-large", place=str(file))
        return content.decode("utf-8")
    except OSError as error:
        raise UsageError(f"The file cannot be read: {error.strerror}.", code="unreadable", place=str(file)) from error
    except UnicodeDecodeError as error:
        raise UsageError("The file is not UTF-8.", code="unreadable", place=str(file)) from error
