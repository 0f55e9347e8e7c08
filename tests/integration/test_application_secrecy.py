"""What people wrote about people is sealed wherever it rests, and is in no output but the answers that show content.

Markers stand in every field that holds text; then every table, the server's files and logs, the hub's home and the
commands' outputs are searched for them.
"""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from hub.application.linking import Held
from hub.broker.port import Message
from hub.contract.canonical import canonical
from hub.contract.ids import event_id
from hub.signing.message import MessageWriter
from hub.store.postgres_server import status
from tests.hub_under_test import ANALYST, STEWARD, HubTemplate, HubUnderTest, Mash, asks, mash_on, new_nhs_number, told
from tests.postgres import DatabaseServer

MARKER = "ZZMARKERZZ"
NHS = new_nhs_number()
SECRETS = (MARKER, NHS, "ZZ99 9ZZ", "2013-12-11")
PERSON: dict[str, Any] = {
    "identifiers": [
        {"system": "nhs-number", "value": NHS, "verified": True},
        {"system": "local", "value": f"{MARKER}-local"},
    ],
    "born": {"date": "2013-12-11"},
    "addresses": [{"lines": [f"1 {MARKER} Street"], "postcode": "ZZ99 9ZZ"}],
    "telephones": [f"{MARKER}-telephone"],
    "general_practice": f"{MARKER}-practice",
    "school": f"{MARKER}-school",
    "language": f"{MARKER}-language",
}
REFERENCE = f"{MARKER}-reference"


def marked(reference: str = REFERENCE, person: dict[str, Any] | None = None, **data: Any) -> dict[str, Any]:
    """Return an event with a marker in every field that takes text."""
    return told(
        reference,
        "police-incident",
        family=f"{MARKER}family",
        given=f"{MARKER}given",
        born=None,
        person=PERSON if person is None else person,
        detail={"incident": f"{MARKER}-incident", "nature": f"{MARKER} nature"},
        words=f"{MARKER} narrative",
        **{
            "voice": {"words": f"{MARKER} voice", "said_to": MARKER, "in_presence_of": MARKER},
            "others": [
                {
                    "kind": "parent-or-carer",
                    "reference": f"{MARKER}-other",
                    "relationship": MARKER,
                    "note": MARKER,
                    "person": {**PERSON, "names": [{"family": MARKER, "given": MARKER}]},
                }
            ],
            "locations": [{"lines": [f"{MARKER} place"], "postcode": "ZZ99 9ZZ"}],
            "sharing": {
                "purpose": f"{MARKER} purpose",
                "consent": {"consent_to_share": {"state": "given", "by": MARKER, "note": MARKER}},
            },
            "origin": {"system": MARKER, "record": MARKER, "reported_by": MARKER},
            "quality": [{"rule": "8500", "field": "level", "written": MARKER}],
            **data,
        },
    )


def badly_made(hub: HubUnderTest, data: dict[str, Any], ce_id: str) -> Message:
    writer = MessageWriter(hub.hub.credentials("police"))
    now = hub.clock.now()
    return writer.write_data(canonical(data), "police-incident", REFERENCE, now=now, recorded_at=now, ce_id=ce_id)


@dataclass
class Lived:
    """A hub that lived through everything, and what its commands printed meanwhile."""

    hub: HubUnderTest
    mash: Mash
    printed: list[str]

    def ran(self, *arguments: str) -> Any:
        ran = self.mash(*arguments)
        self.printed.append(ran.out + ran.err)
        return ran


@pytest.fixture(scope="module")
def own_hub(hub_template: HubTemplate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubUnderTest]:
    with hub_template.copied(tmp_path_factory.mktemp("secrecy") / "home") as made:
        yield made


@pytest.fixture
def lived(
    own_hub: HubUnderTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Lived:
    """Publish, take in, keep aside, fix, link, ask, refuse and fail, all with marked data."""
    hub = own_hub
    lived = Lived(hub, mash_on(hub.settings, monkeypatch, capsys), [])
    lines = tmp_path / "lines.jsonl"
    envelope = {"specversion": "1.0", "id": "line-1", "source": "police", "type": "uk.mash.police-incident.v1"}
    bad = {**envelope, "id": "line-2", "data": {**marked(), "level": 7, MARKER: 1}}
    lines.write_text(f"{json.dumps({**envelope, 'data': marked()})}\n{json.dumps(bad)}\n{MARKER}\n")
    lived.ran("publish", "--agency", "police", str(lines))
    lived.ran("publish", "--agency", "police", "--json", str(lines))
    hub.publishes(
        "police",
        hub.message("police", marked(corrects=str(event_id("police", "line-1"))), ce_id="again"),
        hub.message("police", marked(narrative=f"{MARKER} other"), ce_id="line-1"),
        badly_made(hub, {**marked(), "level": 7}, "bad-level"),
        badly_made(hub, {**marked(), MARKER: MARKER}, "bad-field"),
        badly_made(hub, marked(person={**PERSON, f"{MARKER}.x": 1}), "bad-inner"),
    )
    hub.publishes("hospital-trust", hub.message("hospital-trust", marked("H-1", others=[])))
    hub.publishes("housing", hub.message("housing", marked("HO-1", person={}, others=[])))
    lived.ran("consume", "--once")
    lived.ran("consume", "--once", "--json")
    child = hub.person("police", REFERENCE)
    hub.hub.chronologies.read(child, asks(ANALYST, reason=f"{MARKER} reason"))
    hub.hub.steward.unlink(Held("hospital-trust", "H-1"), asks(STEWARD, reason=f"{MARKER} reason"))
    lived.ran("quarantine", "list")
    kept = lived.ran("quarantine", "list", "--json").json["quarantine"]
    fixed = tmp_path / "fixed.json"
    fixed.write_text(json.dumps(marked()))
    for record in (each["id"] for each in kept[:2]):
        lived.ran("quarantine", "fix", record, str(fixed), "--reason", "Put right")
        lived.ran("quarantine", "resend", record, "--reason", "Put right")
        lived.ran("quarantine", "show", record)
    fixed.write_text(json.dumps({**marked(), "level": MARKER, MARKER: 1}))
    lived.ran("quarantine", "fix", kept[2]["id"], str(fixed), "--reason", "Put right")
    lived.ran("quarantine", "discard", kept[2]["id"], "--reason", "A test")
    question = ("--purpose", "s47", "--reason", f"{MARKER} reason")
    lived.ran("chronology", str(child), "--as", "housing.officer", *question)
    lived.ran("chronology", str(child), "--as", "nobody", *question)
    lived.ran("identity", "find", REFERENCE, "--as", "housing.officer", *question)
    lived.ran("identity", "reviews", "--as", STEWARD, *question)
    lived.ran("decisions", "list")
    lived.ran("decisions", "list", "--json", "--as", "auditor")
    lived.ran("doctor")
    lived.ran("keys", "status")
    lived.ran("agency", "list")
    return lived


def test_sealed_everywhere_and_told_nowhere(lived: Lived, database_server: DatabaseServer) -> None:
    hub = lived.hub
    assert MARKER in str(hub.items(hub.person("police", REFERENCE)))
    assert hub.hub.quarantine.all()

    with psycopg.connect(database_server.urls.superuser, autocommit=True) as connection:
        connection.execute("checkpoint")

    directory = status(database_server.home).directory
    assert in_files(directory, "breaks-contract"), "what stands in the clear is not found either"
    assert not in_tables(hub)
    assert not in_files(directory, *SECRETS)
    assert not in_files(hub.settings.home, *SECRETS)
    assert not [secret for secret in SECRETS for printed in lived.printed if secret in printed]


def in_tables(hub: HubUnderTest) -> list[tuple[str, str]]:
    """Return the tables and markers that are found in the text of a row, or as bytes in one of its values."""
    found = []
    with psycopg.connect(hub.urls.superuser) as connection:
        tables = connection.execute(
            "select schemaname, tablename from pg_tables where schemaname in ('public', 'hub', 'keys', 'broker')"
        ).fetchall()
        assert len(tables) > 12
        for schema, table in tables:
            query = sql.SQL("select string_agg(t::text, ' ') from {} t").format(sql.Identifier(schema, table))
            row = connection.execute(query).fetchone()
            text = str(row[0]) if row else ""
            found += [(table, secret) for secret in SECRETS if secret in text or secret.encode().hex() in text]
    return found


def in_files(folder: Path, *texts: str) -> str:
    """Return the files in which any of the texts is found, one a line."""
    patterns = [argument for text in texts for argument in ("-e", text)]
    ran = subprocess.run(["grep", "-rlaF", *patterns, str(folder)], capture_output=True, text=True, check=False)
    assert ran.returncode in {0, 1}, ran.stderr
    return ran.stdout


def test_the_message_key_says_nothing_of_the_reference(shared_hub: HubUnderTest) -> None:
    first, second = (shared_hub.message("police", told(REFERENCE), ce_id=f"k-{n}") for n in (1, 2))
    elsewhere = shared_hub.message("housing", told(REFERENCE))

    assert first.key == second.key
    assert first.key != elsewhere.key
    assert REFERENCE.encode() not in first.key
    for message in (first, second):
        assert MARKER.encode() not in message.value + b"".join(value for _, value in message.headers)
        assert len(message.key) == len(elsewhere.key)


def test_equal_content_is_never_equal_bytes(shared_hub: HubUnderTest) -> None:
    first, second = (shared_hub.message("police", told("P-equal"), ce_id=f"e-{n}") for n in (1, 2))

    assert first.value[12:40] != second.value[12:40]
    assert first.value[:12] != second.value[:12]
