"""A whole hub of the example partnership on the session's real server, and the command `mash` on it.

Hubs are copied from one that is made once a session. Scenarios write what agencies tell with `told`, hand it to the
door with `HubUnderTest.hears`, and ask as the users of the example. The clock of an open hub stands still until it is
moved; the command's own is the machine's.
"""

import base64
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from consumers.worker import take_in
from hub.application.asking import Asked
from hub.application.ingest import Intake
from hub.application.leaving import AT_ONCE
from hub.bootstrap import Hub, open_hub
from hub.broker.port import Message, Received
from hub.clock import FixedClock
from hub.command_line import main
from hub.contract.envelope import SIGNATURE, Attributes
from hub.contract.event import ConcernEvent
from hub.contract.topics import concerns_topic, schema_name, wire_type
from hub.making import make_hub
from hub.partnership import read_partnership
from hub.settings import NAMES, Settings
from hub.signing.credentials import Credentials
from hub.signing.dsse import message_bytes
from hub.signing.message import MessageWriter
from hub.signing.sealing import PayloadSealer
from hub.store import postgres_server
from hub.store.postgres_server import DATABASE, ServerUrls
from tests.postgres import DatabaseServer

ROOT = Path(__file__).resolve().parents[1]
BEGAN = datetime(2024, 1, 1, 9, tzinfo=UTC)
ANALYST, STEWARD, AUDITOR = "mash.analyst", "data.steward", "auditor"
NURSE, TEACHER, OFFICER, HOUSING, REFUGE = (
    "hospital.nurse", "school.dsl", "police.officer", "housing.officer", "refuge.worker",
)  # fmt: skip
_NHS_NUMBERS = count(999_100_000)
# A process that begins in the background is deaf to Control-C, and so would be what it starts.
_PROGRAM = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from hub.command_line import main
main()
"""
_PLACE = pytest.StashKey[int]()
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGPIPE)


_place_in_file = 0


@pytest.fixture(autouse=True)
def birthday_of_its_own(request: pytest.FixtureRequest) -> None:
    """Let the children of each test be born on another day, so that nobody takes one for that of another test."""
    global _place_in_file  # noqa: PLW0603 - what `told` says where a test does not
    _place_in_file = request.node.stash.get(_PLACE, 0)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Number the tests of each file, whichever process runs which of them and in what order."""
    numbers: Counter[Path] = Counter()
    for item in items:
        item.stash[_PLACE] = numbers[item.path]
        numbers[item.path] += 1


def usual_birthday() -> date:
    """Return when children are born whose test says nothing of it; of 48 days no two agree in more than one part."""
    return date(2011 + _place_in_file // 12 % 4, _place_in_file % 12 + 1, _place_in_file % 25 + 1)


def told(
    reference: str,
    type: str = "safeguarding-concern",
    *,
    on: str = "2024-01-01",
    family: str | None = "Example",
    given: str | None = "Ada",
    born: str | None = "",
    nhs: str | None = None,
    upn: str | None = None,
    kind: str = "child",
    person: Mapping[str, Any] | None = None,
    detail: Mapping[str, Any] | None = None,
    labels: Sequence[str] = (),
    words: str | None = None,
    **data: Any,
) -> dict[str, Any]:
    """Return the data of one event as an agency's program would write it."""
    name = {key: value for key, value in (("family", family), ("given", given)) if value}
    numbers: list[dict[str, Any]] = []
    if nhs:
        numbers.append({"system": "nhs-number", "value": nhs, "verified": True})
    if upn:
        numbers.append({"system": "upn", "value": upn})
    held: dict[str, Any] = {"names": [name] if name else [], "identifiers": numbers, **(person or {})}
    if born is not None:
        held["born"] = {"date": born or usual_birthday().isoformat()}
    sharing = data.pop("sharing", {})
    return {
        "occurred": {"date": on},
        "subject": {"kind": kind, "reference": reference, "person": held},
        "detail": {"type": type, **(detail or {})},
        "sharing": {**sharing, **({"sensitivity": list(labels)} if labels else {})},
        **({"narrative": words} if words else {}),
        **data,
    }


def new_nhs_number() -> str:
    """Return a valid number of the range that is never given to anybody, and not twice in a session."""
    for number in _NHS_NUMBERS:
        check = 11 - sum(int(digit) * weight for digit, weight in zip(str(number), range(10, 1, -1), strict=True)) % 11
        if check != 10:
            return f"{number}{0 if check == 11 else check}"
    raise AssertionError("numbers never run out")


def event_of(data: Mapping[str, Any]) -> ConcernEvent:
    """Return the event that some data is, as the contract reads it."""
    return ConcernEvent.model_validate_json(json.dumps(data))


def asks(viewer: str, *, purpose: str = "s47", reason: str = "Strategy discussion on Monday", **claimed: Any) -> Asked:
    """Return a question as it is put in most tests."""
    return Asked(viewer=viewer, operator="tester", purpose=purpose, reason=reason, **claimed)


@dataclass
class HubUnderTest:
    """One hub: opened once for the test, and reachable by the command through its settings."""

    settings: Settings
    urls: ServerUrls
    clock: FixedClock
    hub: Hub
    _offsets: Iterator[int] = field(default_factory=count)

    def message(self, agency: str, data: Mapping[str, Any], *, ce_id: str | None = None) -> Message:
        """Return what an agency's own program sends for an event."""
        writer = MessageWriter(self.hub.credentials(agency))
        return writer.write(event_of(data), now=self.clock.now(), recorded_at=self.clock.now(), ce_id=ce_id)

    def made(self, agency: str, payload: bytes, *, by: Credentials | None = None, **attributes: str) -> Message:
        """Return a signed and sealed message of any payload under any attributes, as only a bad program makes it."""
        credentials, now = by or self.hub.credentials(agency), self.clock.now()
        sealer = PayloadSealer(credentials.hub)
        usual = {
            "id": "made-1",
            "source": agency,
            "type": wire_type("safeguarding-concern"),
            "time": now.isoformat(),
            "schema": schema_name("safeguarding-concern"),
            "key_id": credentials.key_id,
            "signed_at": now.isoformat(),
            "data_key": sealer.data_key(now),
        }
        named = Attributes(**{**usual, **attributes})
        bound = named.signed_bytes()
        value = sealer.seal(payload, bound)
        signature = credentials.signing.sign(message_bytes(bound, value))
        return Message(b"key", (*named.as_headers(), (SIGNATURE, base64.b64encode(signature))), value)

    def received(self, agency: str, *messages: Message) -> list[Received]:
        """Return messages as they come from an agency's topic."""
        topic = concerns_topic(agency)
        return [Received(topic, 0, next(self._offsets), message, self.clock.now()) for message in messages]

    def at_door(self, agency: str, *messages: Message) -> Intake:
        """Hand messages to the door as if they came from an agency's topic."""
        return self.hub.ingest().take(self.received(agency, *messages))

    def hears(self, agency: str, data: Mapping[str, Any], *, ce_id: str | None = None) -> UUID:
        """Take in one event and find out who it is about; return the person."""
        taken = self.at_door(agency, self.message(agency, data, ce_id=ce_id))
        assert not taken.quarantined, [kept.reason for kept in self.hub.quarantine.all()]
        assert not taken.conflicts
        self.hub.identify()
        return self.person(agency, data["subject"]["reference"])

    def person(self, agency: str, reference: str) -> UUID:
        """Return the person to whom a record is linked."""
        subject = self.hub.vault.find_subject(agency, reference)
        assert subject is not None
        return self.hub.identity_index.get([subject])[subject].person

    def publishes(self, agency: str, *messages: Message) -> None:
        """Send messages to an agency's topic on the broker."""
        producer = self.hub.broker.producer()
        try:
            producer.send(concerns_topic(agency), messages)
        finally:
            producer.close()

    def consumes(self) -> Intake:
        """Take in all that was published, and find out who is who."""
        taken = self.takes_in()
        self.hub.identify()
        return taken

    def takes_in(self) -> Intake:
        """Take in all that was published, and ask not who it is about."""
        return take_in(self.hub, once=True, stop=threading.Event())

    def chronology(self, person: UUID, viewer: str = ANALYST, **options: Any) -> dict[str, Any]:
        """Return a chronology as its viewer gets it."""
        return self.hub.chronologies.read(person, asks(viewer), **options)

    def items(self, person: UUID, viewer: str = ANALYST, **options: Any) -> list[dict[str, Any]]:
        """Return the items of a chronology."""
        found: list[dict[str, Any]] = self.chronology(person, viewer, **options)["items"]
        return found

    def events(self, *types: str) -> int:
        """Count the log's events of some types, or all."""
        with psycopg.connect(self.urls.superuser) as connection:
            query = "select count(*) from public.dcb_events_tt_main where %s::text[] = '{}' or type = any(%s)"
            row = connection.execute(query, (list(types), list(types))).fetchone()
        return int(row[0]) if row else 0


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command did."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, read as JSON."""
        return json.loads(self.out)

    @property
    def error(self) -> dict[str, Any]:
        """The error that it printed as JSON."""
        found: dict[str, Any] = json.loads(self.err)["error"]
        return found


Mash = Callable[..., Ran]


def environment_of(settings: Settings) -> dict[str, str]:
    """Return the settings as the environment of a command."""
    urls = {
        "MASH_DATABASE_URL": settings.database_url,
        "MASH_OWNER_URL": settings.owner_url,
        "MASH_KEYS_URL": settings.keys_url,
    }
    return {"MASH_HOME": str(settings.home), **{name: url for name, url in urls.items() if url}}


def clean_environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Return this process's environment with these settings and no others of the hub, and no width of a terminal."""
    ours = {name: value for name, value in os.environ.items() if name != "COLUMNS" and not name.startswith("MASH_")}
    return {**ours, **settings}


def mash_process(settings: Mapping[str, str], *arguments: str, **options: Any) -> subprocess.Popen[str]:
    """Start the command as a process of its own, its output on pipes unless said otherwise."""
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    return subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, *arguments], cwd=ROOT, env=clean_environment(settings), text=True, **pipes
    )


def ran_as_process(settings: Mapping[str, str], *arguments: str, seconds: float = 60, **options: Any) -> Ran:
    """Run the command as a process of its own until it ends."""
    with mash_process(settings, *arguments, **options) as process:
        out, err = process.communicate(timeout=seconds)
    return Ran(process.returncode, out or "", err or "")


def ran_here(capsys: pytest.CaptureFixture[str], arguments: Sequence[str]) -> Ran:
    """Run the command in this process; what it does to signals is undone."""
    before = {each: signal.getsignal(each) for each in _SIGNALS}
    capsys.readouterr()
    status: object = None
    try:
        main(list(arguments))
    except SystemExit as end:
        status = end.code
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
    out, err = capsys.readouterr()
    assert isinstance(status, int)
    assert "Traceback" not in err
    return Ran(status, out, err)


@contextmanager
def home_of_its_own() -> Iterator[Path]:
    """Yield where a hub with an embedded server of its own may be made; the server is stopped and all is removed.

    Not in pytest's folder, which another pytest that starts meanwhile closes to the server's account.
    """
    folder = Path(tempfile.mkdtemp(prefix="mash-"))
    try:
        yield folder / "home"
    finally:
        postgres_server.stop(folder / "home")
        shutil.rmtree(folder)


@dataclass(frozen=True, slots=True)
class HubTemplate:
    """The hub from which every hub of the session is copied."""

    server: DatabaseServer
    home: Path
    database: str

    @contextmanager
    def copied(self, home: Path) -> Iterator[HubUnderTest]:
        """Yield a hub of its own in `home`, and drop its database afterwards."""
        shutil.copytree(self.home, home)
        urls = self.server.make(template=self.database)
        settings = Settings(home, urls.app, urls.owner, urls.keys)
        clock = FixedClock(BEGAN)
        with ExitStack() as stack:
            stack.callback(self.server.drop, urls)
            yield HubUnderTest(settings, urls, clock, stack.enter_context(open_hub(settings, clock, AT_ONCE)))


@pytest.fixture(scope="session")
def hub_template(database_server: DatabaseServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubTemplate]:
    """The example partnership, made once."""
    home = tmp_path_factory.mktemp("template")
    urls = database_server.make(template=DATABASE)
    make_hub(
        Settings(home, urls.app, urls.owner, urls.keys), read_partnership(None), by="tester", clock=FixedClock(BEGAN)
    )
    name = str(psycopg.conninfo.conninfo_to_dict(urls.superuser)["dbname"])
    yield HubTemplate(database_server, home, name)
    database_server.drop(urls)


@pytest.fixture(scope="module")
def shared_hub(hub_template: HubTemplate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubUnderTest]:
    """One hub for the tests of a module, each of which tells of children of its own."""
    with hub_template.copied(tmp_path_factory.mktemp("hub") / "home") as made:
        yield made


@pytest.fixture
def new_hub(hub_template: HubTemplate, tmp_path: Path) -> Iterator[HubUnderTest]:
    """A hub for one test."""
    with hub_template.copied(tmp_path / "home") as made:
        yield made


@pytest.fixture
def mash(new_hub: HubUnderTest, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Mash:
    """The command, run in this process on the test's new hub."""
    return mash_on(new_hub.settings, monkeypatch, capsys)


@pytest.fixture
def mash_here(shared_hub: HubUnderTest, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Mash:
    """The command, run in this process on the module's hub."""
    return mash_on(shared_hub.settings, monkeypatch, capsys)


def mash_on(settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Mash:
    """Return the command with these settings in its environment."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    for name, value in environment_of(settings).items():
        monkeypatch.setenv(name, value)
    return lambda *arguments: ran_here(capsys, arguments)


def day(text: str) -> date:
    """Return a date."""
    return date.fromisoformat(text)
