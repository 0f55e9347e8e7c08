"""Whatever is wrong with a command or its surroundings: one clear line, the right exit status, never a traceback."""

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from hub.command_line.app import command
from hub.settings import NAMES as NAMES_OF_SETTINGS
from hub.settings import read_settings
from tests.hub_under_test import (
    ANALYST,
    ROOT,
    STEWARD,
    HubUnderTest,
    Mash,
    clean_environment,
    environment_of,
    mash_process,
    ran_as_process,
    ran_here,
    told,
)

QUESTION = ("--as", ANALYST, "--purpose", "s47", "--reason", "Strategy discussion")
NOBODY = "00000000-0000-0000-0000-000000000000"
NOBODYS_ACCOUNT = 65534


def commands(command: Any, *names: str) -> Iterator[tuple[str, ...]]:
    """Yield the names of a command and of all that are in it."""
    yield names
    for name, inner in getattr(command, "commands", {}).items():
        yield from commands(inner, *names, name)


NAMES = list(commands(command()))
ALL = [pytest.param(names, id=" ".join(names) or "mash") for names in NAMES]


def one_line(text: str) -> bool:
    return len(text.splitlines()) == 1 and "Traceback" not in text


class TestHelp:
    @pytest.mark.parametrize("names", ALL)
    def test_every_command_explains_itself_without_a_hub(
        self, names: tuple[str, ...], capsys: pytest.CaptureFixture[str]
    ) -> None:
        ran = ran_here(capsys, [*names, "--help"])

        assert ran.status == 0
        assert ran.out.startswith("Usage: mash")
        assert ran.err == ""

    @pytest.mark.parametrize("names", ALL)
    def test_every_command_says_what_it_does_in_a_sentence(
        self, names: tuple[str, ...], capsys: pytest.CaptureFixture[str]
    ) -> None:
        words = ran_here(capsys, [*names, "--help"]).out.split("\n\n")[1].strip()

        assert words[0].isupper() or words.startswith("`")
        assert words.endswith(".")

    def test_the_documentation_names_every_command(self) -> None:
        text = (ROOT / "docs" / "command-line.md").read_text()

        assert len(NAMES) > 20
        assert not [name for names in NAMES for name in names if name not in text]

    @pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
    def test_the_shell_can_complete_it(self, shell: str) -> None:
        # The library takes the shell that the tests run in for the one that is meant, where there is one.
        ran = ran_as_process({"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}, "--show-completion", shell)

        assert ran.status == 0, ran.err
        assert f"complete_{shell}" in ran.out


class TestSettings:
    @pytest.mark.parametrize(
        ("settings", "words"),
        [
            ({"MASH_HOEM": "x"}, "MASH_HOEM"),
            ({"MASH_DATABASE_URL": "postgresql:///x"}, "MASH_OWNER_URL"),
            ({"MASH_DATABASE_URL": "a", "MASH_OWNER_URL": "b", "MASH_KEYS_URL": "c"}, "MASH_DATABASE_URL"),
            ({"MASH_BROKER": "pigeon"}, "MASH_BROKER"),
            ({"MASH_BROKER": "kafka"}, "MASH_KAFKA_BOOTSTRAP"),
        ],
    )
    def test_a_wrong_setting_is_named(
        self,
        settings: dict[str, str],
        words: str,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        for name, value in {"MASH_HOME": str(tmp_path), **settings}.items():
            monkeypatch.setenv(name, value)

        ran = ran_here(capsys, ["agency", "list", "--json"])

        assert (ran.status, ran.out) == (2, "")
        assert words in ran.error["message"]

    def test_no_setting_is_needed(self) -> None:
        assert read_settings({"PATH": "x"}).home == Path("var").absolute()

    @pytest.mark.parametrize("names", [("agency", "list"), ("consume", "--once"), ("chronology", NOBODY, *QUESTION)])
    def test_where_no_hub_was_made_it_says_how_to_make_one(
        self,
        names: tuple[str, ...],
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        monkeypatch.setenv("MASH_HOME", str(tmp_path / "nothing"))

        ran = ran_here(capsys, [*names, "--json"])

        assert (ran.status, ran.error["code"]) == (2, "not-initialised")
        assert "mash init" in ran.error["message"]
        assert not (tmp_path / "nothing").exists()

    @pytest.mark.parametrize("names", [("init",), ("agency", "list"), ("demo", "--once"), ("doctor",), ("stop",)])
    def test_a_home_that_is_a_file_is_named_and_left_alone(
        self,
        names: tuple[str, ...],
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        home = tmp_path / "home"
        home.write_text("mine")
        monkeypatch.setenv("MASH_HOME", str(home))

        ran = ran_here(capsys, names)

        assert ran.status in {1, 2}
        assert "Traceback" not in ran.out
        assert one_line(ran.err or "doctor says it on its page")
        assert home.read_text() == "mine"

    @pytest.mark.parametrize("names", [("init",), ("agency", "list"), ("stop",), ("doctor",)])
    def test_another_accounts_home_is_refused_in_one_line(
        self, names: tuple[str, ...], mash: Mash, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert mash(*names).status == 0
        theirs = tmp_path / "theirs"
        (theirs / "postgres").mkdir(parents=True)
        for name in (*NAMES_OF_SETTINGS, "MASH_HOME"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("MASH_HOME", str(theirs))

        with belonging_to_others(theirs):
            ran = mash(*names)

        assert ran.status in {1, 2}
        assert "Traceback" not in ran.out
        assert one_line(ran.err or "doctor says it on its page")

    def test_a_server_that_is_not_there_is_named(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        for name in ("MASH_DATABASE_URL", "MASH_OWNER_URL", "MASH_KEYS_URL"):
            monkeypatch.setenv(name, f"postgresql://nobody:ZZMARKERZZ@/mash?host={tmp_path}")
        monkeypatch.setenv("MASH_HOME", str(tmp_path))

        ran = ran_here(capsys, ["init", "--json"])

        assert (ran.status, ran.error["code"]) == (1, "database-away")
        assert "ZZMARKERZZ" not in ran.err


@contextmanager
def belonging_to_others(home: Path) -> Iterator[None]:
    """Take all rights to a folder from this account for a while."""
    home.chmod(0o000)
    if os.geteuid() == 0:
        os.seteuid(NOBODYS_ACCOUNT)
    try:
        yield
    finally:
        os.seteuid(os.getuid())
        home.chmod(0o700)


class TestOutput:
    @pytest.mark.parametrize("form", [(), ("--json",)])
    def test_a_full_disk_is_one_line(self, shared_hub: HubUnderTest, form: tuple[str, ...]) -> None:
        with open("/dev/full", "w") as full:  # noqa: PTH123 - a device
            ran = ran_as_process(environment_of(shared_hub.settings), "agency", "list", *form, stdout=full)

        assert ran.status == 1
        assert one_line(ran.err)
        assert "No space left" in ran.err

    def test_a_reader_that_went_away_ends_it_silently(self, shared_hub: HubUnderTest) -> None:
        reading, writing = os.pipe()
        os.close(reading)

        with mash_process(environment_of(shared_hub.settings), "agency", "list", "--json", stdout=writing) as process:
            os.close(writing)
            _, err = process.communicate(timeout=60)

        assert process.returncode != 0
        assert err == ""

    def test_an_output_that_is_closed_stops_nothing(self, shared_hub: HubUnderTest) -> None:
        program = f'exec "{sys.executable}" -c "from hub.command_line import main; main()" agency list >&-'

        ran = subprocess.run(
            ["bash", "-c", program], env=clean_environment(environment_of(shared_hub.settings)), cwd=ROOT,
            stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip

        assert (ran.returncode, ran.stderr) == (0, "")

    @pytest.mark.parametrize("form", [(), ("--json",)])
    def test_a_terminal_without_the_letters_stops_nothing(
        self, shared_hub: HubUnderTest, form: tuple[str, ...]
    ) -> None:
        child = shared_hub.hears("police", told("P-letters", given="Llŷr", words="‘ليلى’ 🙂"))
        settings = {**environment_of(shared_hub.settings), "PYTHONIOENCODING": "ascii"}

        ran = ran_as_process(settings, "chronology", str(child), *QUESTION, *form)

        assert (ran.status, ran.err) == (0, "")
        assert "police" in ran.out

    @pytest.mark.parametrize(
        "names", [("schema", "--to", "{folder}"), ("synth", "--families", "3", "--seed", "1", "--to", "{folder}")]
    )
    def test_a_disk_that_fills_while_writing_is_one_line(self, tmp_path: Path, names: tuple[str, ...]) -> None:
        def with_little_room() -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, 2_000))

        arguments = [name.format(folder=tmp_path / "to") for name in names]
        # Or Python itself leaves half of a module's byte code behind, which stops every later process.
        no_byte_code = {"PYTHONDONTWRITEBYTECODE": "1"}
        ran = ran_as_process(no_byte_code, *arguments, preexec_fn=with_little_room)

        assert ran.status == 1
        assert one_line(ran.err)
        assert "File too large" in ran.err

    @pytest.mark.parametrize("names", [("schema", "--to"), ("synth", "--families", "1", "--seed", "1", "--to")])
    def test_a_folder_that_is_a_file_is_one_line(
        self, tmp_path: Path, names: tuple[str, ...], capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "file").write_text("mine")

        ran = ran_here(capsys, [*names, str(tmp_path / "file")])

        assert ran.status == 1
        assert one_line(ran.err)

    def test_nothing_that_is_written_in_a_record_is_taken_for_markup_or_reaches_the_terminal_raw(
        self, shared_hub: HubUnderTest, mash_here: Mash
    ) -> None:
        words = "[bold red]x[/] [link=http://x]y[/link] '; drop table x; -- <script>"
        child = shared_hub.hears("police", told("P-markup", given="[red]Ada[/red]", words=words))

        ran = mash_here("chronology", str(child), *QUESTION)
        found = mash_here("identity", "show", str(child), *QUESTION)

        assert "".join(words.split()) in "".join(ran.out.split())
        assert "[red]Ada[/red]" in found.out


ODD: list[tuple[tuple[str, ...], int]] = [
    (("chronology", NOBODY, *QUESTION, "--as-of", "0001-01-01T00:00+14:00"), 2),
    (("chronology", NOBODY, *QUESTION, "--as-of", "9999-12-31T23:00-14:00"), 2),
    (("chronology", NOBODY, *QUESTION, "--as-of", "9999-12-31"), 2),
    (("chronology", NOBODY, *QUESTION, "--as-of", "0001-01-01"), 0),
    (("chronology", NOBODY, *QUESTION, "--as-of", "yesterday"), 2),
    (("chronology", NOBODY, *QUESTION, "--as-of", ""), 2),
    (("chronology", NOBODY, *QUESTION, "--from", "2025-02-30"), 2),
    (("chronology", NOBODY, *QUESTION, "--to", "2025-Jun-02 00:00:00"), 2),
    (("chronology", NOBODY[:-1], *QUESTION), 2),
    (("chronology", "\udcff", *QUESTION), 2),
    (("identity", "find", "\udcff", *QUESTION), 0),
    (("identity", "find", "'; drop table x; --", *QUESTION), 0),
    (("identity", "find", "x" * 100_000, *QUESTION), 0),
    (("identity", "find", "--family", "x", *QUESTION), 2),
    (("identity", "find", "--family", "", "--given", "", "--born", "2015-04-03", *QUESTION), 2),
    (("identity", "link", "police", NOBODY, *QUESTION), 2),
    (("identity", "link", "police/", NOBODY, *QUESTION, "--as", STEWARD), 2),
    (("decisions", "show", ""), 2),
    (("decisions", "list", "--limit", "0"), 2),
    (("decisions", "list", "--as", "nobody"), 1),
    (("quarantine", "fix", "abcd", "/nonexistent", "--reason", "Try"), 1),
    (("keys", "restore", "/nonexistent"), 2),
    (("synth", "--families", "999999999", "--seed", "1"), 2),
    (("synth", "--families", "1", "--seed", "1", "--rate", "0"), 2),
    (("synth", "--families", "1", "--seed", "1", "--rate", "nan"), 2),
]


class TestInterrupted:
    @pytest.mark.parametrize("seconds", [0.15, 0.4, 2.5])
    def test_whoever_types_control_c_sees_no_traceback(self, tmp_path: Path, seconds: float) -> None:
        endless = ("synth", "--families", "500", "--seed", "1", "--rate", "1", "--to", str(tmp_path))

        with mash_process({}, *endless) as process:
            time.sleep(seconds)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)

        assert out == ""
        assert "hub/" not in err
        assert process.returncode in {130, -signal.SIGINT, 1}


class TestUnforeseen:
    def test_an_error_nobody_foresaw_is_one_line_without_what_was_written(
        self, mash_here: Mash, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object) -> object:
            raise ZeroDivisionError("ZZMARKERZZ")

        monkeypatch.setattr("hub.application.directory.DirectoryService.load", fail)

        ran = mash_here("agency", "list")

        assert (ran.status, ran.out) == (1, "")
        assert one_line(ran.err)
        assert "ZeroDivisionError" in ran.err
        assert "test_command_errors.py" in ran.err
        assert "ZZMARKERZZ" not in ran.err

    @pytest.mark.parametrize(("names", "status"), ODD, ids=range(len(ODD)))
    def test_odd_arguments_have_their_status_and_no_traceback(
        self, mash_here: Mash, names: tuple[str, ...], status: int
    ) -> None:
        ran = mash_here(*names, "--json")

        assert ran.status == status, ran.err
        assert status == 0 or one_line(ran.err)


PARTNERSHIPS: dict[str, str] = {
    "empty": "",
    "a list": "- police",
    "not YAML": "{[1]: 2}",
    "tabs": "\tname: x",
    "nested 100,000 deep": "[" * 100_000,
    "no date": "name: 2020-13-45",
    "a number of 5,000 digits": "name: " + "1" * 5000,
    "billion laughs": "a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\nname: *c",
    "an object of Python": "name: !!python/object/apply:os.system [id]",
    "an unknown field": "name: X\nagencies: [{id: aa, name: A, kind: police, colour: blue}]",
    "an unknown kind": "name: X\nagencies: [{id: aa, name: A, kind: circus}]",
    "an id twice": "name: X\nagencies: [{id: aa, name: A, kind: police}, {id: aa, name: B, kind: police}]",
    "an agency called as the hub on the broker": "name: X\nagencies: [{id: mash, name: A, kind: police}]",
    "a user of nobody": "name: X\nagencies: [{id: aa, name: A, kind: police}]\nusers: "
    "[{id: u, name: U, agency: bb, roles: [auditor]}]",
    "an unknown role": "name: X\nagencies: [{id: aa, name: A, kind: police}]\nusers: "
    "[{id: u, name: U, agency: aa, roles: [wizard]}]",
    "a user who is a rule": "name: X\nagencies: [{id: aa, name: A, kind: police}]\nusers: "
    "[{id: 'rule:nhs-number', name: U, agency: aa, roles: [auditor]}]",
    "a user with a space": "name: X\nagencies: [{id: aa, name: A, kind: police}]\nusers: "
    "[{id: 'u v', name: U, agency: aa, roles: [auditor]}]",
    "a manager of nobody": "name: X\nagencies: [{id: aa, name: A, kind: police}]\nusers: "
    "[{id: u, name: U, agency: aa, roles: [auditor], manager: v}]",
    "training until someday": "name: X\nagencies: [{id: aa, name: A, kind: police}]\nusers: "
    "[{id: u, name: U, agency: aa, roles: [auditor], trained_until: someday}]",
    "too large": "name: " + "x" * 1_100_000,
}


@pytest.mark.parametrize("fault", PARTNERSHIPS)
def test_a_partnerships_file_with_a_fault_makes_nothing(
    fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "partnership.yaml").write_text(PARTNERSHIPS[fault])
    monkeypatch.setenv("MASH_HOME", str(tmp_path / "home"))

    ran = ran_here(capsys, ["init", "--json", str(tmp_path / "partnership.yaml")])

    assert (ran.status, ran.error["code"]) == (2, "bad-partnership")
    assert not (tmp_path / "home").exists()


def test_a_second_init_adds_what_is_new_and_changes_nothing_else(
    new_hub: HubUnderTest, mash: Mash, tmp_path: Path
) -> None:
    key = new_hub.hub.credentials("police").key_id
    more = "name: X\nagencies: [{id: police, name: Other, kind: police}, {id: fire, name: Fire, kind: voluntary}]"
    (tmp_path / "more.yaml").write_text(more)

    ran = mash("init", str(tmp_path / "more.yaml"), "--json").json

    assert ran["agencies"] == ["fire"]
    assert new_hub.hub.credentials("police").key_id == key
    assert new_hub.hub.directory.load().agencies["police"].name == "Ridgemoor Police"
    assert mash("init", str(tmp_path / "more.yaml"), "--json").json["agencies"] == []


def test_the_demonstration_never_touches_a_hub_that_somebody_else_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stopped: list[Any] = []
    monkeypatch.setattr("hub.bootstrap.stop_database", stopped.append)
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "theirs").write_text("mine")
    monkeypatch.setenv("MASH_HOME", str(tmp_path / "home"))

    ran = ran_here(capsys, ["demo", "--once"])

    assert ran.status == 2
    assert "home-in-use" in ran.err
    assert stopped == []
    assert (tmp_path / "home" / "theirs").read_text() == "mine"


@pytest.mark.parametrize("arguments", [("--file", "/nonexistent"), ("--file", "/etc/passwd"), ("--file", "/tmp")])  # noqa: S108
def test_the_demonstration_says_at_once_that_a_file_is_none(
    arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MASH_HOME", str(tmp_path / "home"))

    ran = ran_here(capsys, ["demo", "--once", *arguments])

    assert ran.status == 2
    assert one_line(ran.err)
    assert not (tmp_path / "home").exists()
