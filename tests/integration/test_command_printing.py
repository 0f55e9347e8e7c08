"""What the command prints for people: records in words, what is withheld said as such, ids whole on any page."""

import fcntl
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from hub.application.asking import ENGLAND, PURPOSES
from tests.hub_under_test import ANALYST, STEWARD, HubTemplate, HubUnderTest, Mash, mash_on, new_nhs_number, told

QUESTION = ("--as", ANALYST, "--purpose", "s47", "--reason", "Strategy discussion")
AS_STEWARD = ("--as", STEWARD, *QUESTION[2:])
HOME = {"addresses": [{"lines": ["9 Specimen Road"], "kind": "refuge"}]}


@pytest.fixture(scope="module")
def hub(hub_template: HubTemplate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubUnderTest]:
    """A hub with a child of two agencies, a review and a message kept aside."""
    with hub_template.copied(tmp_path_factory.mktemp("printing") / "home") as made:
        nhs = new_nhs_number()
        arrest: dict[str, Any] = {
            "nature": "Row in the street", "domestic_abuse": True, "children_present": False, "arrests": 2,
        }  # fmt: skip
        made.hears(
            "police",
            told(
                "P-1", "police-incident", nhs=nhs, level=3, detail=arrest, words="Seen on the stairs",
                category={"need": "N1", "abuse": ["NEG"], "factors": ["3A", "4A"]}, voice={"words": "I count them"},
                others=[{"kind": "other-adult", "note": "Left before"}], origin={"reported_by": "PC 12"},
            ),
            ce_id="first",
        )  # fmt: skip
        made.hears("childrens-social-care", told("C-1", "missing-person", nhs=nhs, detail={"kind": "M"}, person=HOME))
        made.hears("hospital-trust", told("H-1"))
        made.publishes("police", made.message("police", told("P-9"), ce_id="first"))
        made.consumes()
        yield made


@pytest.fixture
def mash(hub: HubUnderTest, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Mash:
    """The command on the module's hub."""
    monkeypatch.delenv("COLUMNS", raising=False)
    return mash_on(hub.settings, monkeypatch, capsys)


@pytest.fixture
def child(hub: HubUnderTest) -> UUID:
    return hub.person("police", "P-1")


@pytest.fixture
def printed(mash: Mash, child: UUID, monkeypatch: pytest.MonkeyPatch) -> str:
    """A chronology as it is printed on a narrow page, its line breaks taken out."""
    monkeypatch.setenv("COLUMNS", "80")
    return " ".join(mash("chronology", str(child), *QUESTION).out.split())


@pytest.mark.parametrize(
    "said",
    [
        "police-incident, level 3, need N1, abuse NEG, factors 3A 4A",
        "Arrests: 2. Children present: no. Domestic abuse: yes.",
        "Seen on the stairs Child: \u201cI count them\u201d",
        "Nature: Row in the street. Note on other person 1: Left before. Reported by: PC 12.",
        "Kind: M.",
    ],
)
def test_a_chronology_says_all_fields_in_words(printed: str, said: str) -> None:
    assert said in printed


def test_what_is_withheld_is_said_and_not_printed(printed: str) -> None:
    assert printed.count("(location withheld)") == 1


@pytest.mark.parametrize("columns", ["60", "80", "132", "200"])
def test_no_id_is_broken_however_narrow_the_page(
    hub: HubUnderTest, mash: Mash, child: UUID, monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    shown = mash("chronology", str(child), *QUESTION).out
    (decision,) = hub.hub.decisions.newest(1)
    kept = hub.hub.quarantine.all()[0]

    assert str(decision.id) in shown
    assert "childrens-social-care" in shown
    assert str(child) in mash("identity", "find", "P-1", *QUESTION).out
    assert str(child) in mash("identity", "reviews", *AS_STEWARD).out
    in_full = mash("decisions", "show", str(decision.id)).out
    whole = (str(decision.id), str(child), decision.policy_version, decision.answer_hash)
    assert all(each in in_full for each in whole)
    listed = mash("decisions", "list").out
    assert all(each in listed for each in (str(decision.id)[:8], "mash.analyst", "chronology"))
    assert str(kept.id)[:8] in mash("quarantine", "list").out
    assert str(kept.id) in mash("quarantine", "show", str(kept.id)).out
    agencies = mash("agency", "list").out
    assert all(agency in agencies for agency in hub.hub.directory.load().agencies)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("quarantine", "list"), "No records need correction."),
        (("decisions", "list"), "No decisions yet."),
        (("identity", "reviews", *AS_STEWARD), "No reviews are open."),
    ],
)
def test_an_empty_list_says_so(
    new_hub: HubUnderTest,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: tuple[str, ...],
    said: str,
) -> None:
    assert mash_on(new_hub.settings, monkeypatch, capsys)(*command).out == f"{said}\n"


@pytest.mark.parametrize(
    "wrong", [("nonsense",), ("chronology",), ("publish", "--agency"), ("agency", "add", "x", "--kind", "circus")]
)
def test_bad_usage_is_one_line_that_says_where_help_is(mash: Mash, wrong: tuple[str, ...]) -> None:
    ran = mash(*wrong)

    assert (ran.status, ran.out) == (2, "")
    assert len(ran.err.splitlines()) == 1
    assert "--help" in ran.err


def test_an_init_beside_another_is_refused_in_one_line(hub: HubUnderTest, mash: Mash) -> None:
    with (hub.settings.home / "making.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        refused = mash("init")

    assert (refused.status, len(refused.err.splitlines())) == (1, 1)
    assert "init-running" in refused.err
    assert mash("init").status == 0


def test_the_version_is_told(mash: Mash, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.command_line.app.software_version", lambda: "1.2.3")

    assert mash("--version").out == "mash 1.2.3\n"


def test_every_purpose_is_named_in_the_help(mash: Mash) -> None:
    told = "".join(mash("chronology", "--help").out.split())

    assert all(purpose in told for purpose in PURPOSES)


def test_today_as_a_bare_date_is_now(mash: Mash, child: UUID) -> None:
    today = datetime.now(ENGLAND).date()

    assert mash("chronology", str(child), *QUESTION, "--as-of", str(today), "--json").json["items"]
    assert mash("chronology", str(child), *QUESTION, "--as-of", str(today + timedelta(days=1))).status == 2


def test_the_users_are_listed_with_agency_and_roles(mash: Mash) -> None:
    listed = mash("user", "list", "--json").json["users"]

    steward = {"id": STEWARD, "name": "Devi Fictional", "agency": "childrens-social-care", "roles": ["data-steward"],
        "trained_until": None, "manager": None}  # fmt: skip
    assert steward in listed
    assert STEWARD in mash("user", "list").out


def test_no_line_is_wider_than_the_page(mash: Mash, child: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")

    for command in (("chronology", str(child), *QUESTION), ("decisions", "list"), ("agency", "list")):
        assert max(map(len, mash(*command).out.splitlines())) <= 60
