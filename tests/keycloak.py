"""A real Keycloak with the realm that the compose file gives it, and with users of the test's own.

Fetched from Maven Central once, into the cache where Kafka is kept too.
"""

import json
import os
import secrets
import shutil
import subprocess
import tempfile
import time
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from hub.broker.kafka_programs import java
from tests.compose import CHECKOUT

VERSION = "26.4.7"
REALM, CLIENT = "ridgemoor", "mash-hub"
SHIPPED = CHECKOUT / "docker" / "keycloak-realm.json"
_ARTIFACT = f"org.keycloak:keycloak-quarkus-dist:{VERSION}:zip"
_START_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Keycloak:
    """One that runs: its issuer, the secret of the hub's client, and the password of every user."""

    issuer: str
    client_secret: str
    password: str
    process: subprocess.Popen[bytes]

    def stop(self) -> None:
        """End it, and wait until it has gone."""
        self.process.terminate()
        self.process.wait(60)


@contextmanager
def keycloak(port: int, hub_url: str, users: Sequence[str]) -> Iterator[Keycloak]:
    """Yield a Keycloak that knows some users, on a port of loopback."""
    folder = Path(tempfile.mkdtemp(prefix="mash-keycloak-"))
    try:
        with zipfile.ZipFile(_fetched()) as packed:
            packed.extractall(folder)
        home = folder / f"keycloak-{VERSION}"
        client_secret, password = secrets.token_hex(32), secrets.token_hex(16)
        _write_realm(home, users, password)
        environment = {
            **os.environ, "JAVA_HOME": str(Path(java()).resolve().parents[1]), "REALM": REALM, "HUB_URL": hub_url,
            "CLIENT_SECRET": client_secret,
        }  # fmt: skip
        command = ["sh", "bin/kc.sh", "start-dev", "--http-host=127.0.0.1", f"--http-port={port}", "--import-realm"]
        with (home / "out.log").open("wb") as log:
            process = subprocess.Popen(command, cwd=home, env=environment, stdout=log, stderr=log)
        started = Keycloak(f"http://127.0.0.1:{port}/realms/{REALM}", client_secret, password, process)
        try:
            _wait(started, home / "out.log")
            yield started
        finally:
            started.stop()
    finally:
        shutil.rmtree(folder)


def _fetched() -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mash-hub"
    packed = cache / f"keycloak-quarkus-dist-{VERSION}.zip"
    if not packed.exists():
        goal = ["dependency:copy", f"-Dartifact={_ARTIFACT}", f"-DoutputDirectory={cache}"]
        subprocess.run(["mvn", "--quiet", "--batch-mode", *goal], check=True, timeout=900, cwd=tempfile.gettempdir())
    return packed


def _write_realm(home: Path, users: Sequence[str], password: str) -> None:
    realm: dict[str, Any] = json.loads(SHIPPED.read_text(encoding="utf-8"))
    realm["users"] = [
        {
            "username": user,
            "enabled": True,
            "email": f"{user}@ridgemoor.example",
            "emailVerified": True,
            "firstName": "Example",
            "lastName": "Person",
            "credentials": [{"type": "password", "value": password}],
        }
        for user in users
    ]
    folder = home / "data" / "import"
    folder.mkdir(parents=True)
    (folder / f"{REALM}-realm.json").write_text(json.dumps(realm), encoding="utf-8")


def _wait(started: Keycloak, log: Path) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until:
        assert started.process.poll() is None, log.read_text(errors="replace")[-3000:]
        try:
            if httpx.get(f"{started.issuer}/.well-known/openid-configuration", timeout=5).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            pass
        time.sleep(1)
    raise AssertionError(log.read_text(errors="replace")[-3000:])
