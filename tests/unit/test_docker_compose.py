"""The compose file starts nothing that is open, unwatched or unknown to the settings and the commands.

Only the file is read: no container is started.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from hub.partnership import read_partnership
from hub.settings import NAMES

CHECKOUT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
HUB = {name: service for name, service in SERVICES.items() if "build" in service}

REQUIRED = re.compile(r"\$\{[A-Z_]+:\?[^}]+\}")
SUBSTITUTION = re.compile(r"\$\{[^}]*\}|\$[A-Za-z_]\w*")
JAAS_PASSWORD = re.compile(r'(?:password|user_\w+)="([^"]*)"')

every_service = pytest.mark.parametrize("name", SERVICES)


def texts(node: object) -> Iterator[str]:
    """Yield every text of the file, at any depth."""
    if isinstance(node, dict):
        node = [*node.keys(), *node.values()]
    if isinstance(node, list):
        for each in node:
            yield from texts(each)
    elif isinstance(node, str):
        yield node


def one_shots() -> set[str]:
    """Name the services that run once, before the others."""
    conditions = [each for service in SERVICES.values() for each in service.get("depends_on", {}).items()]
    return {name for name, wait in conditions if wait["condition"] == "service_completed_successfully"}


def mash_commands() -> set[tuple[str, ...]]:
    """Collect what the hub's services run: their commands and health checks."""
    runs = [service["command"] for service in HUB.values()]
    runs += [service["healthcheck"]["test"][1:] for service in HUB.values() if "healthcheck" in service]
    return {tuple(run) for run in runs}


def test_it_starts_postgresql_18_and_kafka_4_and_the_hub() -> None:
    images = [service["image"] for service in SERVICES.values()]
    assert any(re.fullmatch(r"postgres:18\.\d+", image) for image in images)
    assert any(re.fullmatch(r"apache/kafka:4\.\d+\.\d+", image) for image in images)
    assert {"init", "consume"} <= set(HUB)


def test_the_hub_is_made_from_a_partnerships_file_that_is_mounted() -> None:
    init = SERVICES["init"]
    (mounted,) = [each for each in init["configs"] if each["source"] == "partnership"]

    assert init["command"] == ["mash", "init", mounted["target"]]
    assert read_partnership(CHECKOUT / COMPOSE["configs"]["partnership"]["file"]).agencies


def test_kafka_runs_without_zookeeper() -> None:
    assert SERVICES["kafka"]["environment"]["KAFKA_PROCESS_ROLES"] == "broker,controller"


@every_service
def test_a_service_is_watched_or_runs_once(name: str) -> None:
    service = SERVICES[name]
    if name in one_shots():
        assert service["restart"] == "no"
    else:
        assert service["healthcheck"]["test"][0] == "CMD"


@every_service
def test_ports_are_published_on_loopback_only(name: str) -> None:
    assert "network_mode" not in SERVICES[name]
    for port in SERVICES[name].get("ports", []):
        assert str(port).startswith("127.0.0.1:")


def test_the_hubs_network_leads_nowhere() -> None:
    assert all(service["networks"] == ["hub"] for service in SERVICES.values())
    assert COMPOSE["networks"]["hub"]["internal"] is True


@every_service
def test_no_service_can_gain_privileges(name: str) -> None:
    assert SERVICES[name]["security_opt"] == ["no-new-privileges:true"]
    assert not SERVICES[name].get("privileged", False)


@pytest.mark.parametrize("name", HUB)
def test_a_hub_process_writes_to_its_home_only(name: str) -> None:
    assert SERVICES[name]["read_only"] is True
    assert SERVICES[name]["cap_drop"] == ["ALL"]
    assert SERVICES[name]["volumes"] == [f"home:{SERVICES[name]['environment']['MASH_HOME']}"]


def test_volumes_are_named_declared_and_used() -> None:
    used = {volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}
    assert used == set(COMPOSE["volumes"])


def test_the_files_it_mounts_exist() -> None:
    configs = COMPOSE["configs"]
    used = {config["source"] for service in SERVICES.values() for config in service.get("configs", [])}
    assert used == set(configs)
    assert all((CHECKOUT / config["file"]).is_file() for config in configs.values())


def test_whatever_it_takes_from_outside_must_be_given() -> None:
    found = [each for text in texts(COMPOSE) for each in SUBSTITUTION.findall(text)]
    assert found
    assert not [each for each in found if not REQUIRED.fullmatch(each)]


@every_service
def test_no_password_is_written_down(name: str) -> None:
    for key, value in SERVICES[name].get("environment", {}).items():
        text = str(value)
        written = [text] if key.endswith(("PASSWORD", "SECRET", "TOKEN")) else JAAS_PASSWORD.findall(text)
        in_url = urlsplit(REQUIRED.sub("GIVEN", text)).password if text.startswith("postgresql:") else None
        assert not [each for each in written if not REQUIRED.fullmatch(each)]
        assert in_url in (None, "GIVEN")


def test_every_setting_it_names_exists() -> None:
    named = {key for service in HUB.values() for key in service["environment"]}
    assert named <= NAMES


def test_it_names_no_setting_of_the_hub_elsewhere() -> None:
    others = [service for name, service in SERVICES.items() if name not in HUB]
    assert not [text for text in texts(others) if "MASH_" in text]


@pytest.mark.parametrize("command", sorted(mash_commands()), ids=" ".join)
def test_every_command_it_runs_exists(command: tuple[str, ...]) -> None:
    program, *arguments = command
    assert program == "mash"
    mash = [sys.executable, "-c", "from hub.command_line import main; main()"]
    subprocess.run([*mash, *arguments, "--help"], cwd=CHECKOUT, check=True, capture_output=True)
