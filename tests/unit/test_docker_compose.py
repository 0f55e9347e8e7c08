"""The compose file starts nothing that is open, unwatched or unknown to the settings and the commands.

Only the file is read: no container is started.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from hub.broker.kafka_connection import SCRAM, KafkaConnection
from hub.broker.kafka_programs import KAFKA_VERSION
from hub.broker.kafka_server import ADMIN
from hub.broker.kafka_topology import MAX_MESSAGE_BYTES, RETENTION_DAYS
from hub.contract.topics import HUB as HUB_USER
from hub.kafka_settings import read_kafka
from hub.metrics import LOOPBACK
from hub.partnership import read_partnership
from hub.settings import NAMES, Settings
from hub.sign_in_settings import read_sign_in
from tests.compose import CHECKOUT, COMPOSE, HUB, REQUIRED, SERVICES, environment, read
from tests.keycloak import VERSION as KEYCLOAK_VERSION

KAFKA: dict[str, str] = SERVICES["kafka"]["environment"]
AGENCIES = read("docker/agencies.yml")
PAGES = read("docker/pages.yml")
REALM = json.loads((CHECKOUT / "docker" / "keycloak-realm.json").read_text(encoding="utf-8"))
PROCESSES = ("consume", "relay", "status", "serve")
SERVE_SCRIPT = (CHECKOUT / "docker" / "serve.sh").read_text(encoding="utf-8")
TOPICS_SCRIPT = (CHECKOUT / "docker" / "topics.sh").read_text(encoding="utf-8")

SUBSTITUTION = re.compile(r"\$\{[^}]*\}|\$[A-Za-z_]\w*")
JAAS_PASSWORD = re.compile(r'(?:password|user_\w+)="([^"]*)"')

NAMED = set(REQUIRED.findall((CHECKOUT / "docker-compose.yml").read_text(encoding="utf-8")))

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
    """Collect what the hub's services run: their commands, their health checks, and what is in the script."""
    runs = [service["command"] for service in HUB.values()]
    runs += [service["healthcheck"]["test"][1:] for service in HUB.values() if "healthcheck" in service]
    runs += [each.split()[1:4] for each in TOPICS_SCRIPT.splitlines() if each.startswith("exec ")]
    runs += [each.split()[1:3] for each in SERVE_SCRIPT.splitlines() if each.startswith("exec ")]
    return {tuple(run) for run in runs if run and run[0] not in {"python", "--certificate"}}


def test_it_starts_postgresql_18_and_kafka_4_and_the_hub() -> None:
    assert re.fullmatch(r"postgres:18\.\d+", SERVICES["postgres"]["image"])
    assert SERVICES["kafka"]["image"] == f"apache/kafka:{KAFKA_VERSION}"
    assert set(HUB) == {"init", "topics", *PROCESSES}


def test_the_hub_is_made_from_a_partnerships_file_that_is_mounted() -> None:
    init = SERVICES["init"]
    (mounted,) = [each for each in init["configs"] if each["source"] == "partnership"]

    assert init["command"] == ["mash", "init", mounted["target"]]
    assert read_partnership(CHECKOUT / COMPOSE["configs"]["partnership"]["file"]).agencies


def listening() -> tuple[dict[str, str], dict[str, str]]:
    """Return where Kafka listens, and where it tells clients to come, by the name of the listener."""
    listens, tells = KAFKA["KAFKA_LISTENERS"], KAFKA["KAFKA_ADVERTISED_LISTENERS"]
    return (
        dict(each.split("://", 1) for each in listens.split(",")),
        dict(each.split("://", 1) for each in tells.split(",")),
    )


def test_kafka_runs_without_zookeeper() -> None:
    assert KAFKA["KAFKA_PROCESS_ROLES"] == "broker,controller"


def test_what_is_not_encrypted_listens_to_kafkas_own_network_only() -> None:
    listeners, _ = listening()
    security = dict(each.split(":") for each in KAFKA["KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"].split(","))

    assert set(security) == set(listeners) == {"ADMIN", "CLIENT", "CONTROLLER"}
    assert security.pop("CLIENT") == "SASL_SSL"
    assert all(listeners[name].startswith("127.0.0.1:") for name in security)


def test_kafka_has_what_the_page_on_kafka_asks_of_a_cluster() -> None:
    assert KAFKA["KAFKA_AUTHORIZER_CLASS_NAME"] == "org.apache.kafka.metadata.authorizer.StandardAuthorizer"
    assert KAFKA["KAFKA_ALLOW_EVERYONE_IF_NO_ACL_FOUND"] == "false"
    assert KAFKA["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"
    assert KAFKA["KAFKA_LISTENER_NAME_CLIENT_SASL_ENABLED_MECHANISMS"] == SCRAM
    assert KAFKA["KAFKA_SUPER_USERS"] == f"User:{ADMIN}"
    assert KAFKA["KAFKA_MESSAGE_MAX_BYTES"] == str(MAX_MESSAGE_BYTES)
    assert KAFKA["KAFKA_LOG_RETENTION_HOURS"] == str(RETENTION_DAYS * 24)


@pytest.mark.parametrize("name", PROCESSES)
def test_a_process_signs_in_to_the_listener_of_clients_as_the_hub(name: str, tmp_path: Path) -> None:
    settings = SERVICES[name]["environment"]
    _, told = listening()

    assert settings["MASH_KAFKA_BOOTSTRAP"] == told["CLIENT"]
    assert SERVICES["kafka"]["networks"]["hub"]["aliases"] == [told["CLIENT"].rpartition(":")[0]]
    assert Path(settings["MASH_KAFKA_SECRET_FILE"]) == Settings(Path(settings["MASH_HOME"])).kafka_secret(HUB_USER)
    assert settings["MASH_KAFKA_CA_FILE"] in {each["target"] for each in SERVICES[name]["configs"]}
    assert connected(name, HUB_USER, tmp_path).encrypted


def test_topics_are_made_by_the_administrator_from_kafkas_own_network(tmp_path: Path) -> None:
    topics = SERVICES["topics"]
    listeners, told = listening()

    assert topics["environment"]["MASH_KAFKA_BOOTSTRAP"] == listeners["ADMIN"] == told["ADMIN"]
    assert topics["entrypoint"] == ["sh", topics["configs"][0]["target"]]
    assert COMPOSE["configs"][topics["configs"][0]["source"]]["file"] == "docker/topics.sh"
    assert f'"user": "{ADMIN}"' in TOPICS_SCRIPT
    assert Path(topics["environment"]["MASH_KAFKA_SECRET_FILE"]).parent == Path(topics["tmpfs"][0])
    assert connected("topics", ADMIN, tmp_path).signs_in


def connected(name: str, user: str, folder: Path) -> KafkaConnection:
    """Return what a service's settings mean, read with files of this test."""
    secret, authority = folder / "secret.json", folder / "ca.pem"
    secret.touch(mode=0o600)
    secret.write_text(json.dumps({"user": user, "password": "given"}))
    authority.write_text("-----BEGIN CERTIFICATE-----")
    given = environment(name, dict.fromkeys(NAMED, "given"))
    files = {"MASH_KAFKA_SECRET_FILE": secret, "MASH_KAFKA_CA_FILE": authority}
    return read_kafka({**given, **{key: str(path) for key, path in files.items() if key in given}})


def test_the_certificate_is_kafkas_own_and_nobody_elses() -> None:
    holders = {name: service["secrets"] for name, service in SERVICES.items() if "secrets" in service}
    keycloak, serve = SERVICES["keycloak"]["environment"], SERVICES["serve"]["command"]

    assert set(holders) == {"kafka", "keycloak", "serve"}
    assert sorted(each for held in holders.values() for each in held) == sorted(COMPOSE["secrets"])
    assert KAFKA["KAFKA_LISTENER_NAME_CLIENT_SSL_KEYSTORE_LOCATION"] == f"/run/secrets/{holders['kafka'][0]}"
    shown = [keycloak[f"KC_HTTPS_CERTIFICATE_{each}"] for each in ("FILE", "KEY_FILE")]
    assert shown == [f"/run/secrets/{each}" for each in holders["keycloak"]]
    assert serve[1::2] == [f"/run/secrets/{each}" for each in holders["serve"]]


def test_people_sign_in_by_the_keycloak_beside_the_hub(tmp_path: Path) -> None:
    given = environment(
        "serve", {**dict.fromkeys(NAMED, "given"), "HUB_HOST": "hub.example", "SIGN_IN_HOST": "id.example"}
    )
    keycloak = environment("keycloak", {**dict.fromkeys(NAMED, "given"), "HUB_HOST": "hub.example"})
    secret = tmp_path / "secret"
    secret.touch(mode=0o600)
    secret.write_text("given")
    assert Path(given["MASH_OIDC_SECRET_FILE"]).parent == Path(SERVICES["serve"]["tmpfs"][0])
    found = read_sign_in({**given, "MASH_OIDC_SECRET_FILE": str(secret)})

    assert found.production
    assert found.issuer is not None
    (client,) = REALM["clients"]
    assert found.issuer.client_id == client["clientId"]
    assert (REALM["realm"], client["secret"], "users" in REALM) == ("${REALM}", "${CLIENT_SECRET}", False)
    assert found.issuer.url == f"https://id.example:8443/realms/{keycloak['REALM']}"
    assert client["redirectUris"] == ["${HUB_URL}/sign-in/callback"]
    assert keycloak["HUB_URL"] == found.public_url
    assert keycloak["CLIENT_SECRET"] == given["OIDC_SECRET"]
    assert SERVICES["keycloak"]["image"] == f"quay.io/keycloak/keycloak:{KEYCLOAK_VERSION}"
    assert SERVICES["keycloak"]["command"][0] == "start"


def test_the_clients_secret_is_written_for_its_user_alone_and_passed_on_no_further(tmp_path: Path) -> None:
    program = tmp_path / "mash"
    program.write_text('#!/bin/sh\necho "$@" "${OIDC_SECRET-none}"\n')
    program.chmod(0o700)
    secret = tmp_path / "oidc-secret"
    given = {"OIDC_SECRET": "a secret", "MASH_OIDC_SECRET_FILE": str(secret), "PATH": f"{tmp_path}:/usr/bin:/bin"}
    script = str(CHECKOUT / COMPOSE["configs"]["serve"]["file"])
    ran = subprocess.run(["sh", script, "--key", "x"], env=given, check=True, capture_output=True, text=True)
    assert ran.stdout == "serve --key x none\n"
    assert (secret.read_text(), secret.stat().st_mode & 0o777) == ("a secret", 0o600)


def test_what_opens_the_pages_opens_them_and_the_sign_in_and_nothing_else() -> None:
    ports = {name: service["ports"] for name, service in PAGES["services"].items()}
    served, issuer = SERVICES["serve"]["environment"], SERVICES["keycloak"]["environment"]

    assert ports == {"serve": [f"443:{served['MASH_PORT']}"], "keycloak": [f"8443:{issuer['KC_HTTPS_PORT']}"]}
    for service in PAGES["services"].values():
        assert set(service["networks"]) == {"hub", *PAGES["networks"]}


def test_one_relay_runs_and_no_more() -> None:
    relays = [service for service in SERVICES.values() if service.get("command") == ["mash", "relay"]]

    assert len(relays) == 1
    assert relays[0]["container_name"]


def test_the_metrics_are_asked_for_where_they_are_served() -> None:
    *command, port = SERVICES["status"]["command"]

    assert command == ["mash", "status", "--metrics"]
    assert f"http://{LOOPBACK}:{port}/metrics" in SERVICES["status"]["healthcheck"]["test"][-1]


@pytest.mark.parametrize("pages", [["docker-compose.yml"], ["docs/running-kafka.md", "docs/sign-in.md"]])
def test_every_value_that_must_be_given_is_named_where_people_look(pages: list[str]) -> None:
    text = "".join((CHECKOUT / page).read_text(encoding="utf-8") for page in pages)
    assert set(re.findall(r"[A-Z_]+", text)) >= NAMED


@every_service
def test_a_service_is_watched_or_runs_once(name: str) -> None:
    service = SERVICES[name]
    if name in one_shots():
        assert service["restart"] == "no"
    else:
        assert service["healthcheck"]["test"][0] == "CMD"


@every_service
def test_no_port_is_published(name: str) -> None:
    assert "ports" not in SERVICES[name]


def test_what_opens_kafka_to_agencies_opens_the_listener_of_clients_and_nothing_else() -> None:
    listeners, _ = listening()
    opened = {name: set(service) for name, service in AGENCIES["services"].items()}

    assert AGENCIES["services"]["kafka"]["ports"] == [listeners["CLIENT"][1:] + listeners["CLIENT"]]
    assert opened == {"kafka": {"ports", "networks"}}
    assert set(AGENCIES["services"]["kafka"]["networks"]) == set(AGENCIES["networks"])


def test_the_hubs_network_leads_nowhere() -> None:
    joined = {name: list(service["networks"]) for name, service in SERVICES.items() if "networks" in service}
    shared = {name: service["network_mode"] for name, service in SERVICES.items() if "network_mode" in service}

    assert all(list(networks) == ["hub"] for networks in joined.values())
    assert shared == {"topics": "service:kafka"}
    assert set(joined) | set(shared) == set(SERVICES)
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
    ours = [config["file"] for config in configs.values() if not REQUIRED.fullmatch(config["file"])]
    assert used == set(configs)
    assert all((CHECKOUT / file).is_file() for file in ours)


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
    assert named - {"KAFKA_PASSWORD", "OIDC_SECRET", "SSL_CERT_FILE"} <= NAMES
    assert "KAFKA_PASSWORD" in TOPICS_SCRIPT


def test_it_names_no_setting_of_the_hub_elsewhere() -> None:
    others = [service for name, service in SERVICES.items() if name not in HUB]
    assert not [text for text in texts(others) if "MASH_" in text]


@pytest.mark.parametrize("command", sorted(mash_commands()), ids=" ".join)
def test_every_command_it_runs_exists(command: tuple[str, ...]) -> None:
    program, *arguments = command
    assert program == "mash"
    mash = [sys.executable, "-c", "from hub.command_line import main; main()"]
    subprocess.run([*mash, *arguments, "--help"], cwd=CHECKOUT, check=True, capture_output=True)
