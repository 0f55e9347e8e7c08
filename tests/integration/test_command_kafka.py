"""`mash kafka`: a newcomer's Kafka of their own, from nothing to a plan that has nothing to do."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from hub.broker.kafka_server import LocalKafka, local_kafka
from tests.hub_under_test import HubUnderTest, Mash
from tests.kafka import emptied

Text = Annotated[str, Field(min_length=1)]
EXAMPLE = {
    "childrens-social-care", "community-health", "hospital-trust", "housing", "police", "probation", "refuge",
    "schools-trust",
}  # fmt: skip


class Shape(BaseModel):
    """Exactly these fields."""

    model_config = ConfigDict(extra="forbid")


class Change(Shape):
    action: Literal["add", "change", "remove", "keep"]
    what: Literal["topic", "setting", "user", "access"]
    name: Text
    detail: Text


class Plan(Shape):
    changes: list[Change]
    to_do: Annotated[int, Field(ge=0)]


class Applied(Plan):
    secrets: list[Text]


class Up(Shape):
    settings: dict[str, Text]
    secrets: Text
    hub: Text


@pytest.fixture
def on_kafka(emptied_kafka: LocalKafka, mash: Mash, monkeypatch: pytest.MonkeyPatch) -> Mash:
    """The command on the test's new hub, signed in to a bare Kafka as its administrator."""
    emptied(emptied_kafka)
    monkeypatch.setenv("MASH_BROKER", "kafka")
    monkeypatch.setenv("MASH_KAFKA_BOOTSTRAP", emptied_kafka.bootstrap)
    monkeypatch.setenv("MASH_KAFKA_SECURITY", "SASL_PLAINTEXT")
    monkeypatch.setenv("MASH_KAFKA_SECRET_FILE", str(emptied_kafka.admin_secret))
    return mash


def test_a_plan_is_shown_applied_and_then_empty(
    on_kafka: Mash, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned = Plan.model_validate(on_kafka("kafka", "plan", "--json").json)
    users = {change.name for change in planned.changes if change.what == "user"}
    assert users == EXAMPLE | {"hub"}
    assert planned.to_do == len(planned.changes)

    applied = on_kafka("kafka", "apply", "--secrets", str(tmp_path / "secrets"), "--json")
    done = Applied.model_validate(applied.json)
    assert done.changes == planned.changes
    assert {Path(path).stem for path in done.secrets} == users
    for path in done.secrets:
        assert json.loads(Path(path).read_text())["password"] not in applied.out + applied.err

    again = on_kafka("kafka", "apply", "--json")
    assert again.json == {"changes": [], "to_do": 0, "secrets": []}
    assert on_kafka("kafka", "plan").out == "Nothing to do: Kafka has what the agencies need.\n"

    rotated = on_kafka("kafka", "apply", "--secrets", str(tmp_path / "secrets"), "--rotate", "police")
    assert "1 changed" in rotated.out
    assert str(tmp_path / "secrets" / "police.json") in rotated.out
    assert json.loads((tmp_path / "secrets" / "police.json").read_text())["password"] not in rotated.out

    monkeypatch.setenv("MASH_KAFKA_SECRET_FILE", str(tmp_path / "secrets" / "hub.json"))
    refused = on_kafka("kafka", "plan", "--json")
    assert (refused.status, refused.error["code"]) == (1, "broker-refused")
    assert on_kafka("consume", "--once", "--json").status == 0


def test_a_plan_reads_well(on_kafka: Mash) -> None:
    out = on_kafka("kafka", "plan").out
    assert "+  topic   mash.concerns.police" in out
    assert "may read group police.*" in out
    assert "to add, 0 to change, 0 to remove" in out


def test_an_agency_that_joins_is_planned_and_no_other(on_kafka: Mash, tmp_path: Path) -> None:
    on_kafka("kafka", "apply", "--secrets", str(tmp_path / "secrets"))
    on_kafka("agency", "add", "gp", "--name", "Ridgemoor Surgery", "--kind", "health")
    planned = on_kafka("kafka", "plan", "--json").json["changes"]
    assert {change["action"] for change in planned} == {"add"}
    assert all("gp" in f"{change['name']} {change['detail']}" for change in planned)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("apply",), "needs-secrets"),
        (("apply", "--rotate", "nobody"), "unknown-agency"),
        (("plan", "--rotate", "admin"), "unknown-agency"),
        (("up", "--nodes", "2"), "bad-nodes"),
    ],
)
def test_what_cannot_be_is_refused(on_kafka: Mash, arguments: tuple[str, ...], code: str) -> None:
    ran = on_kafka("kafka", *arguments, "--json")
    assert (ran.status, ran.error["code"]) == (2, code)


@pytest.mark.parametrize("command", ["plan", "apply"])
def test_without_kafka_there_is_nothing_to_set_up(mash_here: Mash, command: str) -> None:
    ran = mash_here("kafka", command, "--json")
    assert (ran.status, ran.error["code"]) == (2, "no-kafka")


@pytest.fixture
def home(new_hub: HubUnderTest) -> Iterator[Path]:
    yield new_hub.settings.home
    local_kafka(new_hub.settings.home / "kafka").stop()


@pytest.mark.kafka
def test_a_newcomer_gets_a_kafka_of_their_own(mash: Mash, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert mash("kafka", "down", "--json").json == {"stopped": False}
    started = mash("kafka", "up", "--json")
    assert started.status == 0, started.err
    up = Up.model_validate(started.json)
    assert Path(up.settings["MASH_KAFKA_SECRET_FILE"]).is_relative_to(home)
    printed = mash("kafka", "up").out
    for name, value in up.settings.items():
        assert f"export {name}={value}\n" in printed
    assert (mash("kafka", "up", "--nodes", "3", "--json")).error["code"] == "nodes-differ"

    for name, value in up.settings.items():
        monkeypatch.setenv(name, value)
    assert mash("kafka", "apply", "--secrets", up.secrets).status == 0
    monkeypatch.setenv("MASH_KAFKA_SECRET_FILE", up.hub)
    assert mash("consume", "--once").status == 0

    assert mash("kafka", "down", "--json").json == {"stopped": True}
    assert mash("kafka", "down", "--json").json == {"stopped": False}
