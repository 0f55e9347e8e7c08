"""Whether time tells a shielded child from none over HTTP: a thousand pairs at each door, on one kept connection."""

import socket
import sys
import threading
from collections.abc import Callable, Iterator
from statistics import median
from uuid import UUID, uuid4

import httpx
import pytest
import uvicorn

from hub.application.episodes import Stated
from hub.application.leaving import ON_TIME, STEP_SECONDS
from hub.bootstrap import Hub, open_hub
from hub.serving.app import create_app
from hub.sign_in.service import SignIn, open_sign_in
from hub.web.routes import HubPages
from tests.hub_under_test import NURSE, HubTemplate, new_nhs_number, told
from tests.serving import AMPLE
from tests.torture.test_timing import RECORDS, by_chance, timed

_NHS = new_nhs_number()
_WHY = {"purpose": "s47", "reason": "Strategy discussion on Monday"}
_TELLS, _MOST_LATE = 0.01, 0.02


class Served:
    """The application on loopback, and a nurse who asks it."""

    def __init__(self, hub: Hub, sign_in: SignIn, person: UUID, address: str) -> None:
        self.hub = hub
        self.person = person
        user = hub.directory.load().user(NURSE)
        secret = sign_in.sessions.begin(user, sign_in.clock.now(), replacing=None)
        found = sign_in.sessions.find(secret)
        assert found is not None
        self.episode = hub.episodes.begin(
            found.session, "timing", Stated(_WHY["purpose"], _WHY["reason"]), sign_in.clock.now()
        )
        self.client = httpx.Client(base_url=address, cookies={sign_in.cookies.session: secret}, timeout=60)

    def chronology(self, person: UUID, _: str) -> Callable[[], object]:
        """Return what asks the API for a chronology."""
        return lambda: self._got(self.client.post("/v1/chronology", json={**_WHY, "person": str(person)}))

    def find(self, _: UUID, number: str) -> Callable[[], object]:
        """Return what asks the API for a child."""
        return lambda: self._got(self.client.post("/v1/children/find", json={**_WHY, "identifier": number}))

    def page(self, person: UUID, _: str) -> Callable[[], object]:
        """Return what opens the page of a chronology."""
        held = {"person": str(person), "names": ["Ada Example"], "born": []}
        (name,) = self.hub.episodes.keep(self.episode, [held], self.hub.clock.now())
        return lambda: self._got(self.client.get(f"/work/{self.episode.name}/child/{name}"))

    @staticmethod
    def _got(response: httpx.Response) -> None:
        assert response.status_code == 200, response.text[:200]


@pytest.fixture(scope="module")
def served(hub_template: HubTemplate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A hub that answers on time, with a child of whom everything is covert."""
    with hub_template.copied(tmp_path_factory.mktemp("timing") / "home") as made:
        for number in range(RECORDS):
            held = told("P-1", nhs=_NHS, labels=["covert"], words=f"Record {number}")
            made.hears("police", held, ce_id=f"covert-{number}")
        with open_hub(made.settings, made.clock, ON_TIME) as hub, open_sign_in(hub) as sign_in:
            app = create_app(hub, sign_in, HubPages(hub, sign_in), AMPLE)
            with socket.socket() as listening:
                listening.bind(("127.0.0.1", 0))
                server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
                thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
                thread.start()
                address = f"http://127.0.0.1:{listening.getsockname()[1]}"
                asking = Served(hub, sign_in, made.person("police", "P-1"), address)
                yield asking
                asking.client.close()
                server.should_exit = True
                thread.join(10)
            app.state.doors.close()


@pytest.mark.parametrize("door", ["chronology", "find", "page"])
def test_time_over_http_does_not_tell_a_shielded_child_from_none(
    door: str, served: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    asking = getattr(served, door)

    answers = timed(asking(served.person, _NHS), asking(uuid4(), new_nhs_number()))

    between, chance = median(answers.in_first_step) * 1e6, by_chance(answers.in_first_step)
    with capsys.disabled():
        late = f"{answers.late[0]:.1%} of shielded and {answers.late[1]:.1%} of absent left a step later"
        sys.stdout.write(f"\n{door} over HTTP: {answers}\n{late}; {between:.0f} microseconds, by chance {chance:.4f}\n")
    assert min(answers.shielded + answers.absent) >= STEP_SECONDS
    assert max(answers.late) < _MOST_LATE, "The work takes longer than a step: time tells, or this machine is too busy."
    assert chance >= _TELLS
