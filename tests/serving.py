"""The whole application on a test's hub, and people and agencies who are signed in without a browser's detour.

Who asks is told by the session, as in earnest: `as_user` begins one and sends its cookie.
"""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import httpx
from starlette.testclient import TestClient

from hub.serving.app import Limits, create_app
from hub.sign_in.service import SignIn, open_sign_in
from tests.hub_under_test import HubUnderTest
from tests.waiting import until

AMPLE = Limits(at_once=100_000)


@dataclass(frozen=True, slots=True)
class Served:
    """An application, and whoever asks it."""

    client: TestClient
    sign_in: SignIn

    def session(self, user: str) -> dict[str, str]:
        """Return the cookies of a new session of a user."""
        held = self.sign_in.hub.directory.load().user(user)
        secret = self.sign_in.sessions.begin(held, self.sign_in.clock.now(), replacing=None)
        return {"Cookie": f"{self.sign_in.cookies.session}={secret}"}

    def get(self, user: str | None, path: str, **options: Any) -> Any:
        """Ask as a user, or as nobody."""
        return self.client.get(path, headers=self._headers(user, options), **options)

    def post(self, user: str | None, path: str, body: Any = None, **options: Any) -> Any:
        """Send JSON as a user, or as nobody."""
        return self.client.post(path, json=body, headers=self._headers(user, options), **options)

    def _headers(self, user: str | None, options: dict[str, Any]) -> dict[str, str]:
        given: dict[str, str] = options.pop("headers", {})
        return {**(self.session(user) if user else {}), **given}


@contextmanager
def served_on(made: HubUnderTest, limits: Limits = AMPLE) -> Iterator[Served]:
    """Yield the application on a hub."""
    with open_sign_in(made.hub) as sign_in:
        app = create_app(made.hub, sign_in, limits=limits)
        with TestClient(app, base_url=sign_in.settings.public_url) as client:
            yield Served(client, sign_in)
        app.state.doors.close()


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def until_ready(port: int, process: "subprocess.Popen[str]") -> httpx.Response:
    """Return what a server that was started says of itself, once it answers."""
    answers: list[httpx.Response] = []

    def answered() -> bool:
        assert process.poll() is None, process.communicate()
        with suppress(httpx.TransportError):
            answers.append(httpx.get(f"http://127.0.0.1:{port}/health/ready", timeout=60))
        return bool(answers)

    until(answered, "the server does not answer")
    return answers[0]
