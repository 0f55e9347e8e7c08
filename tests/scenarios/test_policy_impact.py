"""What a draft would have changed of what was decided: counted, with examples; only that it was tried is recorded."""

import shutil
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from hub.application.impact import Change, Draft
from hub.application.impact import tried as tried_on_one
from hub.application.policy_files import read_policy
from hub.events.decisions import DisclosureDecided
from tests.hub_under_test import (
    ANALYST,
    AUDITOR,
    HOUSING,
    TEACHER,
    HubTemplate,
    HubUnderTest,
    Mash,
    asks,
    environment_of,
    mash_on,
    ran_as_process,
    told,
)  # fmt: skip

AS = ("--as", AUDITOR, "--reason", "Before the board signs it")
OPENS = """
@id("housing-sees-it-all")
@authority("Nothing at all")
@reason("A draft that goes too far.")
@facets("what when")
permit (principal, action == Action::"see", resource)
when { principal.agency_kind == AgencyKind::"housing" };
"""
CLOSES = """
@id("mash-sees-no-narrative")
@authority("Nothing at all")
@reason("A draft that takes the narrative away.")
@facets("narrative")
permit (principal, action == Action::"withhold", resource)
when { principal.roles.contains(Role::"mash-analyst") };
"""


@pytest.fixture(scope="module")
def hub(hub_template: HubTemplate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubUnderTest]:
    """A hub in which two viewers asked about two children, and a third asked in vain."""
    with hub_template.copied(tmp_path_factory.mktemp("impact") / "home") as made:
        for name, born in (("P-1", "2015-04-03"), ("P-2", "2012-11-28")):
            child = made.hears("police", told(name, family=name, born=born, words="Seen on the stairs"))
            made.chronology(child, ANALYST)
            made.hub.chronologies.read(child, asks(HOUSING, purpose="lateral-check"))
        yield made


@pytest.fixture
def mash(hub: HubUnderTest, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Mash:
    """The command on that hub."""
    return mash_on(hub.settings, monkeypatch, capsys)


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    """A copy of the shipped rules."""
    folder = tmp_path / "draft"
    with_rules = Path(str(files("policies"))) / "rules"
    shutil.copytree(with_rules, folder)
    return folder


def tried(mash: Mash, *arguments: str) -> dict[str, Any]:
    ran = mash("policy", "impact", *arguments, *AS, "--json")
    assert ran.status == 0, ran.err
    found: dict[str, Any] = ran.json
    return found


def test_the_same_policy_changes_nothing(mash: Mash) -> None:
    report = tried(mash)

    assert (report["decisions"], report["verdicts"]) == (4, 4)
    assert (report["changed_decisions"], report["changed_verdicts"], report["examples"]) == (0, 0, [])


def test_who_would_have_seen_more_is_counted_and_explained(mash: Mash, draft: Path) -> None:
    (draft / "draft.cedar").write_text(OPENS)

    report = tried(mash, "--draft", str(draft))

    assert (report["changed_decisions"], report["changed_verdicts"]) == (2, 2)
    assert report["agencies"] == {"housing": {"more": 2, "less": 0}}
    assert report["purposes"] == {"lateral-check": {"more": 2, "less": 0}}
    assert report["children"] == {"more": 2, "less": 0}
    assert report["serious"] == {"more": 0, "less": 0}
    example = report["examples"][0]
    assert (example["before"]["verdict"], example["after"]["verdict"]) == ("DENY", "PERMIT")
    assert example["after"]["facets"] == ["what", "when"]
    assert {"id": "housing-sees-it-all", "reason": "A draft that goes too far."} in example["after"]["rules"]


def test_who_would_have_seen_less_is_counted_and_serious_cases_apart(mash: Mash, draft: Path) -> None:
    (draft / "draft.cedar").write_text(CLOSES)

    report = tried(mash, "--draft", str(draft))

    assert report["agencies"] == {"childrens-social-care": {"more": 0, "less": 2}}
    assert report["serious"] == {"more": 0, "less": 2}
    assert "narrative" in report["examples"][0]["before"]["facets"]
    assert "mash-sees-for-a-stated-purpose" in {rule["id"] for rule in report["examples"][0]["before"]["rules"]}
    assert all(rule["reason"] for rule in report["examples"][0]["before"]["rules"])


def test_the_law_of_another_day_is_tried(mash: Mash, draft: Path) -> None:
    (draft / "draft.cedar").write_text(OPENS.replace("@facets", '@from("2030-01-01")\n@facets'))

    assert tried(mash, "--draft", str(draft))["changed_verdicts"] == 0
    assert tried(mash, "--draft", str(draft), "--law-on", "2030-01-01")["changed_verdicts"] == 2


def test_a_draft_is_tried_without_opening_the_past_again(
    hub: HubUnderTest, draft: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (draft / "draft.cedar").write_text(OPENS)
    drafted = Draft(read_policy(draft))
    decisions = [each for each in hub.hub.decisions.newest(20) if each.kind == "chronology"]
    exactly = [_changes(hub, each, drafted) for each in decisions]
    monkeypatch.setattr(hub.hub.replayer, "again", None)

    quickly = [tried_on_one(hub.hub.replayer, each, drafted) for each in decisions]

    assert [each and each.changes for each in quickly] == exactly
    assert sum(map(len, exactly)) == 2


def _changes(hub: HubUnderTest, decision: DisclosureDecided, drafted: Draft) -> tuple[Change, ...]:
    exact = tried_on_one(hub.hub.replayer, decision.model_copy(update={"grounds": None}), drafted)
    assert exact is not None
    return exact.changes


def test_a_consent_an_agreement_or_a_link_is_supposed(
    new_hub: HubUnderTest, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    child = new_hub.hears("hospital-trust", told("H-known", "ae-attendance", words="On the stairs"))
    new_hub.hears("police", told("P-apart", family="Else", given="Some", born="2011-01-01"))
    new_hub.hub.chronologies.read(child, asks(ANALYST))
    new_hub.hub.chronologies.read(child, asks(TEACHER, purpose="early-help"))
    mash = mash_on(new_hub.settings, monkeypatch, capsys)

    def supposed(*what: str, of: UUID = child) -> list[int]:
        report = tried(mash, "--child", str(of), *(each for one in what for each in ("--suppose", one)))
        assert report["decisions"] == 2
        return [report["children"]["more"], report["changed_verdicts"]]

    link, agreement = "link=police/P-apart@2023-03-01", "agreement=hospital-trust:schools-trust"
    assert supposed(link) == [1, 1]
    assert supposed(link, of=uuid4()) == supposed(link.replace("2023", "2025")) == [0, 0]
    recorded = new_hub.hub.decisions.newest(1)[0].question
    assert recorded["supposed_of"] == str(child)
    assert recorded["supposed_link"].startswith(str(new_hub.hub.vault.find_subject("police", "P-apart")))
    assert "P-apart" not in str(recorded)
    assert supposed("consent=given", f"{agreement}:ae-attendance") == [1, 1]
    recorded = new_hub.hub.decisions.newest(1)[0].question
    assert recorded["supposed_consent"] == "given"
    assert recorded["supposed_agreements"] == "hospital-trust:schools-trust:ae-attendance"
    assert supposed("consent=given", f"{agreement}:referral") == supposed("consent=given", f"no-{agreement}") == [0, 0]
    assert supposed("consent=refused", agreement) == supposed("consent=given", agreement, of=uuid4()) == [0, 0]
    for wrong in ("weather=fine", "consent=perhaps", "link=police/P-none@2023-03-01", "consent"):
        refused = mash("policy", "impact", "--child", str(child), "--suppose", wrong, *AS, "--json")
        assert (refused.status, refused.error["code"]) == (2, "bad-supposition")


def test_children_are_counted_and_not_named(hub: HubUnderTest, mash: Mash, draft: Path) -> None:
    (draft / "draft.cedar").write_text(OPENS)
    person: UUID = hub.person("police", "P-1")

    assert str(person) not in str(tried(mash, "--draft", str(draft)))


def test_nothing_is_recorded_but_that_it_was_run(hub: HubUnderTest, mash: Mash) -> None:
    before = hub.hub.log.head()
    report = tried(mash)

    (record,) = hub.hub.decisions.newest(1)
    assert hub.hub.log.head() - before == 1
    assert (str(record.id), record.kind, record.question["draft"]) == (
        report["record"],
        "policy-impact",
        report["draft"],
    )


def test_the_report_is_told_to_people_and_written_as_a_page(mash: Mash, draft: Path, tmp_path: Path) -> None:
    (draft / "draft.cedar").write_text(OPENS.replace("goes too far", "goes <b>too</b> far"))
    page = tmp_path / "impact.html"

    told_to_people = mash("policy", "impact", "--draft", str(draft), "--html", str(page), *AS)

    assert told_to_people.status == 0
    assert "Who would have seen more" in told_to_people.out
    text = page.read_text()
    assert "goes &lt;b&gt;too&lt;/b&gt; far" in text
    assert "housing" in text


def test_a_draft_that_cannot_be_read_names_its_fault(mash: Mash, draft: Path) -> None:
    (draft / "draft.cedar").write_text("permit (principal, action, resource")
    refused = mash("policy", "impact", "--draft", str(draft), *AS, "--json")

    assert refused.status == 1
    assert "draft.cedar" in refused.error["place"]


def test_nobody_but_an_auditor_may(mash: Mash) -> None:
    refused = mash("policy", "impact", "--as", ANALYST, "--reason", "Curious", "--json")

    assert (refused.status, refused.error["code"]) == (1, "not-an-auditor")


def test_many_are_tried_on_all_cores(hub: HubUnderTest, mash: Mash, draft: Path) -> None:
    (draft / "draft.cedar").write_text(OPENS)
    child = hub.person("police", "P-1")
    for _ in range(100):
        hub.hub.chronologies.read(child, asks(HOUSING, purpose="lateral-check"))
    arguments = ("policy", "impact", "--draft", str(draft), *AS, "--json")

    ran = ran_as_process(environment_of(hub.settings), *arguments)

    assert ran.status == 0, ran.err
    assert ran.json["agencies"] == {"housing": {"more": 102, "less": 0}}
    assert len(ran.json["examples"]) == 20
