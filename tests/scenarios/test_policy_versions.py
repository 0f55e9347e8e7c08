"""A policy decides once each statutory partner has approved it, from its day on, until one of them revokes it."""

import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from hub.application.asking import Asked
from hub.application.partnership_facts import PART, PARTNERSHIP
from hub.application.policy_in_force import POLICY_TAG
from hub.application.policy_ledger import STATUTORY
from hub.bootstrap import open_hub
from hub.contract.canonical import canonical
from hub.errors import RefusedError
from hub.events.directory import UserRegistered
from hub.events.policy import (
    Basis,
    PolicyEvent,
    PolicyVersionActivated,
    PolicyVersionApproved,
    PolicyVersionProposed,
)
from hub.making import make_hub
from hub.partnership import read_partnership
from hub.store.mapper import DraftEvent, DraftPart
from policies.authoring import Proof
from policies.client import PolicyText, shipped_text
from tests.hub_under_test import ANALYST, HubUnderTest, Mash, Ran, told

PARTNERS = ("childrens.director", "police.partner", "health.partner")
ASKED = ("--as", ANALYST, "--purpose", "s47", "--reason", "Strategy discussion", "--json")


@pytest.fixture
def child(new_hub: HubUnderTest) -> UUID:
    new_hub.hears("police", told("P-1", words="Seen on the stairs"))
    return new_hub.person("police", "P-1")


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    """The shipped rules without those of the MASH, so that its analysts see nothing."""
    folder = tmp_path / "draft"
    shutil.copytree(str(files("policies") / "rules"), folder)
    (folder / "mash.cedar").write_text("// Nothing.\n")
    return folder


def proposed(mash: Mash, draft: Path) -> str:
    return str(mash("policy", "propose", str(draft), "--json").json["version"])


def approved(mash: Mash, draft: Path) -> str:
    version = proposed(mash, draft)
    for partner in PARTNERS:
        assert mash("policy", "approve", version[:12], "--as", partner, "--json").status == 0
    return version


def listed(mash: Mash) -> dict[str, dict[str, Any]]:
    return {each["version"]: each for each in mash("policy", "versions", "--json").json["versions"]}


def in_force(mash: Mash) -> list[str]:
    return [version for version, each in listed(mash).items() if each["state"] == "in-force"]


def read(mash: Mash, child: UUID) -> Ran:
    return mash("chronology", str(child), *ASKED)


def recorded(hub: HubUnderTest, mash: Mash) -> str:
    return hub.hub.decisions.newest(1)[0].policy_version


def append(hub: HubUnderTest, *facts: PolicyEvent) -> None:
    drafts = [
        DraftEvent(
            uuid4(), type(fact).__name__, (POLICY_TAG,),
            (DraftPart(PART, PARTNERSHIP, {"body": canonical(fact.model_dump(mode="json"))}),),
        )
        for fact in facts
    ]  # fmt: skip
    hub.hub.log.append(drafts, at=datetime.now(UTC))


OPEN = """@id("all") @authority("None.") @reason("A drill.") @facets("what") {waiver}
permit (principal, action == Action::"see", resource) when {{ context.reasoned }};
"""


@pytest.mark.parametrize("faults", [(), ("A lead member never sees an item. For instance, somebody sees one.",)])
def test_an_approval_says_whether_the_version_was_proved_and_what_does_not_hold_is_not_approved(
    new_hub: HubUnderTest, monkeypatch: pytest.MonkeyPatch, faults: tuple[str, ...]
) -> None:
    versions, asked = new_hub.hub.policy_versions, []

    def prove(text: PolicyText, before: PolicyText | None) -> Proof:
        asked.append((text.version(), before and before.version()))
        return Proof("proved, beside the version in force", faults)

    monkeypatch.setattr(versions, "_prove", prove)
    shipped = versions.in_force()
    version = versions.propose(replace(shipped_text(), rules={}), by="tester")
    if faults:
        with pytest.raises(RefusedError, match="somebody sees one") as refused:
            versions.approve(version, "police.partner", by="tester")
        assert refused.value.code == "policy-not-proved"
    else:
        versions.approve(version, "police.partner", by="tester")
    assert asked == [(version, shipped)]
    approvals = versions.as_json()[-1]["approvals"]
    assert [each["proof"] for each in approvals] == ([] if faults else ["proved, beside the version in force"])


def test_a_rule_that_opens_everything_needs_two_partners_who_answer_for_it_and_approve(
    new_hub: HubUnderTest, mash: Mash, draft: Path
) -> None:
    def refused(waiver: str) -> str:
        (draft / "mash.cedar").write_text(OPEN.format(waiver=waiver))
        return str(mash("policy", "propose", str(draft), "--json").error["code"])

    assert refused("") == "permits-everything"
    assert refused('@waived_by("police.partner")') == "rule-waiver"
    assert refused('@waived_by("police.partner nobody")') == "unknown-user"
    assert refused('@waived_by("police.partner mash.analyst")') == "not-a-partner"
    second = UserRegistered(id="police.second", name="S", agency="police", roles=["partnership-member"], by="x")
    new_hub.hub.directory.register_user(second)
    (draft / "mash.cedar").write_text(OPEN.format(waiver='@waived_by("police.second health.partner")'))
    assert mash("policy", "activate", approved(mash, draft), "--json").error["code"] == "policy-not-waived"
    (draft / "mash.cedar").write_text(OPEN.format(waiver='@waived_by("police.partner health.partner")'))
    assert mash("policy", "activate", approved(mash, draft), "--json").status == 0


class TestTheMakingOfAHub:
    def test_it_puts_the_shipped_version_in_force_and_says_that_nobody_approved_it(self, mash: Mash) -> None:
        ((version, told_of),) = listed(mash).items()
        assert (told_of["state"], told_of["verified"], told_of["approvals"]) == ("in-force", True, [])
        assert told_of["missing"] == ["childrens-social-care", "health", "police"]
        (activation,) = told_of["activations"]
        assert (activation["basis"], activation["by"]) == ("init", "tester")
        assert "no partner has approved it" in activation["reason"]
        assert version[:12] in mash("policy", "versions").out

    def test_a_second_making_adds_none(self, mash: Mash) -> None:
        before = listed(mash)
        assert mash("init", "--json").json["policy"] is None
        assert listed(mash) == before

    def test_a_hub_made_before_there_were_versions_gets_one_and_decides_by_none_until_then(
        self, new_hub: HubUnderTest, mash: Mash, child: UUID, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as before:
            before.setattr("hub.application.policy_in_force.POLICY_TAG", "policy-of-old")
            ran = read(mash, child)
            assert (ran.status, ran.out, ran.error["place"]) == (1, "", "no-policy-in-force")
            assert "mash init" in ran.error["message"]
            checks = mash("doctor", "--json").json["checks"]
            assert [(each["ok"], each["repair"]) for each in checks if each["name"] == "policy"] == [
                (False, "mash init, or mash policy activate")
            ]
            assert recorded(new_hub, mash) == "unavailable"
        assert read(mash, child).json["items"]

    def test_what_the_partners_decided_is_never_undone_by_it(self, mash: Mash, draft: Path) -> None:
        version = approved(mash, draft)
        mash("policy", "activate", version, "--json")
        assert mash("init", "--json").json["policy"] is None
        mash("policy", "revoke", version, "--as", "police.partner", "--reason", "Too little is seen.")
        assert mash("init", "--json").json["policy"] is None
        assert in_force(mash) == []


class TestApproval:
    def test_a_version_is_in_force_only_once_each_statutory_partner_approved_it(
        self, mash: Mash, new_hub: HubUnderTest, draft: Path, child: UUID
    ) -> None:
        shipped = in_force(mash)
        version = proposed(mash, draft)
        for number, partner in enumerate(PARTNERS):
            refused = mash("policy", "activate", version, "--json")
            assert (refused.status, refused.error["code"]) == (1, "policy-not-approved")
            ran = mash("policy", "approve", version, "--as", partner, "--json")
            assert len(ran.json["missing"]) == 2 - number
        assert in_force(mash) == shipped
        assert read(mash, child).json["items"]

        assert mash("policy", "activate", version, "--json").json["version"] == version

        assert in_force(mash) == [version]
        assert read(mash, child).json["items"] == []
        assert recorded(new_hub, mash) == version

    @pytest.mark.parametrize("user", ["mash.analyst", "auditor", "administrator", "social.worker", "housing.officer"])
    def test_nobody_else_may_approve_or_revoke(self, mash: Mash, draft: Path, user: str) -> None:
        version = proposed(mash, draft)
        for command in (["approve", version], ["revoke", version, "--reason", "Because"]):
            ran = mash("policy", *command, "--as", user, "--json")
            assert (ran.status, ran.error["code"]) == (1, "not-a-partner")

    def test_one_partner_does_not_count_twice(self, mash: Mash, draft: Path) -> None:
        version = proposed(mash, draft)
        mash("policy", "approve", version, "--as", "police.partner")
        again = mash("policy", "approve", version, "--as", "police.partner", "--json")
        assert again.error["code"] == "policy-approved"

    def test_a_partner_who_approves_sees_no_child_by_that(self, mash: Mash, child: UUID) -> None:
        for partner in PARTNERS[1:]:
            ran = mash("chronology", str(child), "--as", partner, *ASKED[2:])
            assert ran.json["items"] == []


class TestGateways:
    def test_a_version_decides_which_basis_can_carry_a_purpose(
        self, new_hub: HubUnderTest, mash: Mash, tmp_path: Path, child: UUID
    ) -> None:
        folder = tmp_path / "draft"
        shutil.copytree(str(files("policies") / "rules"), folder)
        table = (files("policies") / "law" / "gateways.yaml").read_text("utf-8")
        (folder / "gateways.yaml").write_text(table.replace("s47: [CA1989-s47,", "s47: ["))
        asked = Asked(ANALYST, "op", "s47", "Strategy discussion", ("CA1989-s47",))
        assert new_hub.hub.chronologies.read(child, asked)["items"]
        version = approved(mash, folder)
        new_hub.hub.policy_versions.activate(version, None, by="tester")
        with pytest.raises(RefusedError, match="CA1989-s47 cannot carry the purpose s47") as refused:
            new_hub.hub.chronologies.read(child, asked)
        assert refused.value.code == "bad-request"

    def test_a_table_that_is_not_in_order_is_not_proposed(self, mash: Mash, draft: Path) -> None:
        (draft / "gateways.yaml").write_text("gateways: [")
        ran = mash("policy", "propose", str(draft), "--json")
        assert (ran.status, ran.error["code"], ran.error["place"]) == (1, "gateways-malformed", "gateways.yaml, line 1")


class TestDates:
    def test_a_version_can_be_put_in_force_from_a_day_to_come(self, mash: Mash, draft: Path) -> None:
        shipped, version = in_force(mash), approved(mash, draft)
        tomorrow = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
        assert mash("policy", "activate", version, "--at", tomorrow, "--json").json["from"] == tomorrow
        assert in_force(mash) == shipped
        assert listed(mash)[version]["state"] == "activated"

    def test_but_not_from_a_day_that_is_past(self, mash: Mash, draft: Path) -> None:
        version = approved(mash, draft)
        ran = mash("policy", "activate", version, "--at", "2026-01-01", "--json")
        assert (ran.status, ran.error["code"]) == (2, "policy-backdated")

    def test_the_past_is_decided_by_what_was_in_force_then(
        self, new_hub: HubUnderTest, mash: Mash, draft: Path
    ) -> None:
        (shipped,) = in_force(mash)
        before, version = new_hub.hub.log.head(), approved(mash, draft)
        mash("policy", "activate", version)
        texts, today = new_hub.hub.policy_texts, datetime.now(UTC).date()
        assert texts.ledger(new_hub.hub.log.head()).in_force(today) == version
        assert texts.ledger(before).in_force(today) == shipped
        assert texts.ledger(new_hub.hub.log.head()).in_force(date(2024, 1, 1)) == shipped
        assert texts.ledger(new_hub.hub.log.head()).in_force(date(2023, 12, 31)) is None


class TestRevocation:
    def test_one_partner_revokes_at_once_and_none_in_force_shows_nothing(
        self, mash: Mash, child: UUID, new_hub: HubUnderTest
    ) -> None:
        (shipped,) = in_force(mash)
        ran = mash("policy", "revoke", shipped, "--as", "health.partner", "--reason", "Not ours.", "--json")
        assert ran.json == {"version": shipped, "in_force": None}
        known, unknown = read(mash, child), read(mash, uuid4())
        for answer in (known, unknown):
            assert (answer.status, answer.out, answer.error["code"]) == (1, "", "decision-unavailable")
            assert answer.error["place"] == "no-policy-in-force"
        assert known.err == unknown.err
        assert new_hub.hub.decisions.newest(1)[0].refusal == "decision-unavailable"

    def test_the_approved_version_before_it_is_in_force_again(self, mash: Mash, draft: Path) -> None:
        first = approved(mash, draft)
        mash("policy", "activate", first)
        (draft / "mash.cedar").write_text("// Nothing yet.\n")
        second = approved(mash, draft)
        mash("policy", "activate", second)
        ran = mash("policy", "revoke", second, "--as", "police.partner", "--reason", "Wrong.", "--json")
        assert ran.json["in_force"] == first

    def test_what_was_revoked_can_be_approved_and_activated_no_more(self, mash: Mash, draft: Path) -> None:
        version = approved(mash, draft)
        mash("policy", "revoke", version, "--as", "police.partner", "--reason", "Wrong.")
        for command in (["activate", version], ["approve", version, "--as", "police.partner"]):
            assert mash("policy", *command, "--json").error["code"] == "policy-revoked"


class TestWhatCannotBeVerified:
    def test_a_draft_that_does_not_load_is_never_proposed(self, mash: Mash, draft: Path) -> None:
        (draft / "mash.cedar").write_text("permit (principal, action, resource);\n")
        ran = mash("policy", "propose", str(draft), "--json")
        assert (ran.status, ran.error["code"]) == (1, "rule-annotations")
        assert "mash.cedar" in ran.error["place"]
        assert len(listed(mash)) == 1

    def test_the_same_draft_is_proposed_once(self, mash: Mash, draft: Path) -> None:
        proposed(mash, draft)
        assert mash("policy", "propose", str(draft), "--json").error["code"] == "policy-proposed"

    @pytest.mark.parametrize("folder", ["none", "."])
    def test_a_folder_without_rules_is_bad_usage(self, mash: Mash, tmp_path: Path, folder: str) -> None:
        assert mash("policy", "propose", str(tmp_path / folder), "--json").status == 2

    @pytest.mark.parametrize("start", ["abc", "ffffffff", ""])
    def test_a_version_that_is_not_there_is_bad_usage(self, mash: Mash, start: str) -> None:
        assert mash("policy", "activate", start, "--json").status == 2

    @pytest.mark.parametrize(
        ("text", "place"),
        [
            (shipped_text().as_record() | {"schema": ""}, "policy-version-altered"),
            ({"rules": {}}, "policy-version-unusable"),
        ],
    )
    def test_a_version_whose_text_is_not_what_its_hash_names_decides_nothing(
        self, new_hub: HubUnderTest, mash: Mash, child: UUID, text: dict[str, Any], place: str
    ) -> None:
        forged, today = "f" * 64, datetime.now(UTC).date()
        append(
            new_hub,
            PolicyVersionProposed(version=forged, text=text, by="x"),
            *(PolicyVersionApproved(version=forged, user="x", agency="xx", kind=kind, by="x") for kind in STATUTORY),
            PolicyVersionActivated(version=forged, from_day=today, basis=Basis.APPROVED, reason="Forged.", by="x"),
        )
        ran = read(mash, child)
        assert (ran.status, ran.out, ran.error["place"]) == (1, "", place)
        assert listed(mash)[forged]["verified"] is False
        assert mash("policy", "export", forged, "--to", "nowhere", "--json").error["code"] == place

    def test_an_activation_that_nobody_approved_changes_no_decision(
        self, new_hub: HubUnderTest, mash: Mash, child: UUID
    ) -> None:
        (shipped,), text = in_force(mash), replace(shipped_text(), rules={})
        today = datetime.now(UTC).date()
        append(
            new_hub,
            PolicyVersionProposed(version=text.version(), text=text.as_record(), by="x"),
            PolicyVersionActivated(version=text.version(), from_day=today, basis=Basis.APPROVED, reason="x", by="x"),
            PolicyVersionActivated(version="e" * 64, from_day=today, basis=Basis.APPROVED, reason="x", by="x"),
        )
        assert in_force(mash) == [shipped]
        assert read(mash, child).json["items"]

    def test_a_change_of_the_shipped_rules_on_disk_changes_no_decision(
        self, mash: Mash, child: UUID, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr("policies.client.files", lambda _: tmp_path)
        assert read(mash, child).json["items"]


def test_a_release_with_other_rules_puts_them_in_force_while_the_partners_have_decided_nothing(
    new_hub: HubUnderTest, mash: Mash, draft: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (before,) = in_force(mash)
    text = shipped_text()
    changed = {**text.rules, "mash.cedar": "// Nothing.\n"}
    monkeypatch.setattr("hub.making.shipped_text", lambda: type(text)(changed, text.schema))
    made = make_hub(new_hub.settings, read_partnership(None), by="tester")
    assert made.policy is not None
    assert in_force(mash) == [made.policy] != [before]
    with open_hub(new_hub.settings) as hub:
        assert hub.policy_versions.in_force() == made.policy
