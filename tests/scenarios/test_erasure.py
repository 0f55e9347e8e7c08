"""An erasure takes two people of different agencies and a waiting time, holds forbid it, and it breaks no proof."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from hub.application.asking import STATEMENTS, Asked
from hub.application.carrying_out import DESTROYED, RECORDED, CarriedOut, Result
from hub.application.decisions import child_key
from hub.application.erasure_ledger import ERASURES_TAG
from hub.application.linking import Held
from hub.application.replaying import Cause
from hub.application.verifying import verify_log
from hub.errors import ConflictError, HubError, RefusedError, UsageError
from hub.events.directory import UserRegistered
from tests.hub_under_test import (
    ANALYST,
    AUDITOR,
    OFFICER,
    STEWARD,
    HubTemplate,
    HubUnderTest,
    asks,
    day,
    new_nhs_number,
    told,
)  # fmt: skip

GUARDIAN, PROTECTION, OWNER, PARENT = "test.guardian", "test.dpo", "police.records", "a.parent"
PEOPLE = {
    GUARDIAN: ("hospital-trust", ["caldicott-guardian"]),
    PROTECTION: ("childrens-social-care", ["data-protection-officer"]),
    "test.council.guardian": ("childrens-social-care", ["caldicott-guardian"]),
    OWNER: ("police", ["information-owner"]),
    PARENT: ("schools-trust", ["information-owner", "person-with-parental-responsibility"]),
}
LAW = "UK GDPR article 17(1)(d)"
GRAN = {"kind": "parent-or-carer", "reference": "P-nan", "person": {"names": [{"given": "Nan", "family": "Kept"}]}}
# The log stamps events that come at one moment a little apart.
MINUTE = timedelta(minutes=1)
WAITING = timedelta(days=14) + MINUTE


class CrashError(Exception):
    """The process dies here."""


@pytest.fixture(scope="module")
def hub(hub_template: HubTemplate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubUnderTest]:
    """A hub with people who may decide on erasures, whose clock the tests of this module move on."""
    with hub_template.copied(tmp_path_factory.mktemp("erasure") / "home") as made:
        for user, (agency, roles) in PEOPLE.items():
            made.hub.directory.register_user(
                UserRegistered(id=user, name="Eve Example", agency=agency, roles=roles, by="tester")
            )
        yield made


def wants(user: str, reason: str = "Stored unlawfully") -> Asked:
    return asks(user, purpose="own-service", reason=reason)


def requested(hub: HubUnderTest, target: UUID | Held, by: str = PROTECTION) -> str:
    return str(hub.hub.erasing.request(target, wants(by), authority=LAW))


def approved(hub: HubUnderTest, target: UUID | Held) -> str:
    erasure = requested(hub, target)
    hub.hub.erasing.approve(erasure, wants(GUARDIAN))
    return erasure


def carried_out(hub: HubUnderTest) -> list[CarriedOut]:
    return hub.hub.carrying_out().carry_out(by="tester")


def erased(hub: HubUnderTest, target: UUID | Held) -> str:
    erasure = approved(hub, target)
    hub.clock.advance(WAITING)
    (done,) = carried_out(hub)
    assert (str(done.erasure), done.result) == (erasure, Result.CARRIED_OUT)
    return erasure


def state(hub: HubUnderTest, erasure: str) -> str:
    (found,) = [each for each in hub.hub.erasing.erasures(wants(AUDITOR)) if each["id"] == erasure]
    return str(found["state"])


def statuses(hub: HubUnderTest, child: UUID, viewer: str = ANALYST) -> list[str]:
    return [item["facets"]["what"]["status"] for item in hub.items(child, viewer)]


def code(error: pytest.ExceptionInfo[HubError]) -> str:
    return error.value.code


def test_two_people_of_two_agencies_erase_a_child_after_the_waiting_time(hub: HubUnderTest) -> None:
    nhs = new_nhs_number()
    hub.hears("hospital-trust", told("E-health", nhs=nhs, words="In the ward"))
    child = hub.hears("police", told("E-police", nhs=nhs, words="On the stairs", others=[GRAN]))
    erasure = approved(hub, child)

    hub.clock.advance(WAITING - 2 * MINUTE)
    assert (carried_out(hub), state(hub, erasure)) == ([], "waiting")
    assert len(statuses(hub, child)) == 2
    hub.clock.advance(2 * MINUTE)

    assert state(hub, erasure) == "due"
    assert carried_out(hub) == [CarriedOut(UUID(erasure), Result.CARRIED_OUT, 2)]
    assert (state(hub, erasure), carried_out(hub)) == ("carried-out", [])
    assert statuses(hub, child, OFFICER) == ["erased"]
    (item,) = hub.items(child, OFFICER)
    assert "stairs" not in str(item)
    assert item["facets"]["people"][0]["person"]["names"] == [{"given": "Nan", "family": "Kept"}]


def test_what_remains_is_told_to_those_alone_who_could_have_seen_it(hub: HubUnderTest) -> None:
    child = hub.hears("police", told("E-remains", words="On the stairs", labels=["informant"]))
    unknown = uuid4()

    erased(hub, child)

    assert statuses(hub, child, OFFICER) == ["erased"]
    told_of_it, told_of_nobody = hub.chronology(child, "school.dsl"), hub.chronology(unknown, "school.dsl")
    for answer in (told_of_it, told_of_nobody):
        del answer["person"], answer["decision"]
    assert told_of_it == told_of_nobody


def test_the_indexes_are_cleared_and_the_tree_stays_whole(hub: HubUnderTest) -> None:
    nhs = new_nhs_number()
    child = hub.hears("police", told("E-index", nhs=nhs))
    subject = hub.hub.vault.find_subject("police", "E-index")
    assert subject is not None
    hub.hub.finder.find(asks(ANALYST), identifier=nhs)
    search = hub.hub.decisions.newest(1)[0].id

    erased(hub, child)

    keys = hub.hub.vault.keys([subject, search, child_key(search)])
    assert {each: key is None for each, key in keys.items()} == {subject: True, search: False, child_key(search): True}
    frame = hub.hub.decisions.one(str(search))
    assert (frame.kind, frame.viewer, frame.reason, frame.question) == ("find", ANALYST, "erased", {})
    assert nhs not in frame.model_dump_json()
    assert hub.hub.replayer.replay(frame).cause is Cause.KEY_ERASED
    assert hub.hub.identity_index.get([subject]) == {}
    assert hub.hub.blind_index.find("nhs-number", nhs) == []
    assert hub.hub.finder.find(asks(ANALYST), identifier=nhs)["children"] == []
    hub.hub.tree.grow()
    assert verify_log(hub.hub.tree).whole


def test_what_was_typed_to_read_of_a_child_goes_with_the_child_and_the_frame_stays(hub: HubUnderTest) -> None:
    child = hub.hears("police", told("E-typed", words="On the stairs"))
    asked = asks(ANALYST, purpose="s17", reason="Ring Kay back", emergency=True, stated={STATEMENTS[0]: "Kay is alone"})
    shown = hub.hub.chronologies.read(child, asked)
    with pytest.raises(RefusedError):
        hub.hub.chronologies.read(child, asks("nobody", reason="Is this Kay?"))
    before = hub.hub.decisions.newest(2)

    erased(hub, child)

    refused, read = [hub.hub.decisions.one(str(each.id)) for each in before]
    assert "Kay" not in refused.model_dump_json() + read.model_dump_json()
    assert (read.reason, read.question, read.child_erased) == ("erased", {}, True)
    assert (str(read.id), read.viewer, read.purpose, read.is_emergency) == (shown["decision"], ANALYST, "s17", True)
    assert (read.verdicts, read.shown) == (before[1].verdicts, before[1].shown)
    assert (refused.refusal, refused.reason) == (before[0].refusal, "erased")


def test_what_was_typed_of_two_children_stays_while_one_of_them_does(hub: HubUnderTest) -> None:
    child, other = hub.hears("police", told("E-first")), hub.hears("police", told("E-second"))
    hub.chronology(child)
    of_both = hub.hub.decisions.newest(1)[0].model_copy(update={"id": uuid4(), "reason": "Two brothers"})
    hub.hub.decisions.record(of_both, [child, other])

    erased(hub, child)

    assert hub.hub.decisions.one(str(of_both.id)).reason == "Two brothers"


def test_one_record_alone_is_erased_and_the_others_stay(hub: HubUnderTest) -> None:
    nhs = new_nhs_number()
    hub.hears("hospital-trust", told("E-stays", nhs=nhs))
    child = hub.hears("police", told("E-one", nhs=nhs))

    erased(hub, Held("police", "E-one"))

    assert (statuses(hub, child, OFFICER), statuses(hub, child)) == (["erased"], ["current"])


def test_a_third_party_is_erased_by_the_reference_that_the_agency_gave(hub: HubUnderTest) -> None:
    nan = GRAN | {"reference": "P-nan-erased"}
    child = hub.hears("police", told("E-with-nan", words="Still here", others=[nan]))
    hub.chronology(child)
    (decision,) = hub.hub.decisions.newest(1)

    erasure = erased(hub, Held("police", "P-nan-erased"))

    (item,) = hub.items(child)
    assert (item["facets"]["narrative"], item["facets"]["people"]) == ("Still here", [{"status": "erased"}])
    assert erasure in (hub.hub.replayer.replay(decision).place or "")


def test_a_replay_names_the_erasure_and_its_time(hub: HubUnderTest) -> None:
    child = hub.hears("police", told("E-replayed"))
    hub.chronology(child)
    (decision,) = hub.hub.decisions.newest(1)

    erasure = erased(hub, child)

    replay = hub.hub.replayer.replay(decision)
    assert replay.cause is Cause.KEY_ERASED
    assert (replay.place or "").startswith(f"by erasure {erasure} on {hub.clock.now().date()}T")


@pytest.mark.parametrize("user", [STEWARD, ANALYST, PARENT, "nobody.here"])
def test_no_one_else_asks_for_an_erasure(hub: HubUnderTest, user: str) -> None:
    hub.hears("schools-trust", told("E-roles"))
    with pytest.raises(RefusedError) as refused:
        requested(hub, Held("schools-trust", "E-roles"), by=user)
    assert code(refused) in {"not-for-this-role", "unknown-user"}
    assert hub.hub.decisions.newest(1)[0].refusal == code(refused)


def test_a_source_asks_for_its_own_records_only(hub: HubUnderTest) -> None:
    child = hub.hears("police", told("E-own"))
    hub.hears("hospital-trust", told("E-others"))
    for target in (child, Held("hospital-trust", "E-others")):
        with pytest.raises(RefusedError) as refused:
            requested(hub, target, by=OWNER)
        assert code(refused) == "others-records"
    assert requested(hub, Held("police", "E-own"), by=OWNER)


@pytest.mark.parametrize("user", [PROTECTION, "test.council.guardian"])
def test_who_approves_is_of_another_agency(hub: HubUnderTest, user: str) -> None:
    erasure = requested(hub, hub.hears("police", told(f"E-same-{user}")))
    with pytest.raises(RefusedError) as refused:
        hub.hub.erasing.approve(erasure, wants(user))
    assert (code(refused), state(hub, erasure)) == ("same-agency", "requested")


def test_who_is_related_can_neither_ask_nor_approve(hub: HubUnderTest) -> None:
    child = hub.hears("police", told("E-kin"))
    hub.hub.recorder.conflict(GUARDIAN, [child], asks("mash.manager"))
    with pytest.raises(UsageError) as unknown:
        requested(hub, child, by=GUARDIAN)
    with pytest.raises(RefusedError) as refused:
        hub.hub.erasing.approve(requested(hub, child), wants(GUARDIAN))
    assert (code(unknown), code(refused)) == ("unknown-record", "own-family")


def test_what_is_asked_twice_or_over_is_refused(hub: HubUnderTest) -> None:
    child = hub.hears("police", told("E-twice"))
    erasure = requested(hub, child)
    with pytest.raises(ConflictError) as twice:
        requested(hub, child, by=GUARDIAN)
    hub.hub.erasing.refuse(erasure, wants(OWNER, "Needed for an inquest"))
    with pytest.raises(ConflictError) as over:
        hub.hub.erasing.approve(erasure, wants(GUARDIAN))
    with pytest.raises(ConflictError) as again:
        hub.hub.erasing.refuse(erasure, wants(GUARDIAN))
    assert (code(twice), code(over), code(again)) == ("erasure-requested", "erasure-decided", "erasure-decided")
    hub.clock.advance(WAITING)
    assert (carried_out(hub), state(hub, erasure)) == ([], "refused")


def test_an_unknown_record_an_unknown_erasure_and_words_that_name_are_refused(hub: HubUnderTest) -> None:
    hub.hears("police", told("E-named"))
    for target in (uuid4(), Held("police", "E-nobody")):
        with pytest.raises(UsageError) as unknown:
            requested(hub, target)
        assert code(unknown) == "unknown-record"
    with pytest.raises(UsageError) as no_erasure:
        hub.hub.erasing.approve("00000000", wants(GUARDIAN))
    with pytest.raises(UsageError) as names:
        hub.hub.erasing.request(Held("police", "E-named"), wants(PROTECTION, "E-named is wrong"), authority=LAW)
    assert (code(no_erasure), code(names)) == ("unknown-erasure", "names")


def test_a_hold_forbids_asking_approving_and_carrying_out_until_it_is_ended(hub: HubUnderTest) -> None:
    child, until = hub.hears("police", told("E-held")), hub.clock.now().date() + timedelta(days=60)
    erasure = requested(hub, child)

    def hold() -> str:
        return str(hub.hub.erasing.hold(child, wants(OWNER, "Inquest"), until=until))

    first = hold()
    with pytest.raises(RefusedError) as held:
        hub.hub.erasing.approve(erasure, wants(GUARDIAN))
    with pytest.raises(RefusedError) as asked:
        requested(hub, Held("police", "E-held"))
    with pytest.raises(RefusedError) as others:
        hub.hub.erasing.end_hold(first, wants(GUARDIAN))
    hub.hub.erasing.end_hold(first, wants(OWNER))
    assert (code(held), code(asked), code(others)) == ("legal-hold", "legal-hold", "others-hold")

    hub.hub.erasing.approve(erasure, wants(GUARDIAN))
    second = hold()
    hub.clock.advance(WAITING)
    assert carried_out(hub) == [CarriedOut(UUID(erasure), Result.LEGAL_HOLD, 1)]
    assert statuses(hub, child) == ["current"]
    hub.hub.erasing.end_hold(second, wants(OWNER))
    assert [each.result for each in carried_out(hub)] == [Result.CARRIED_OUT]
    assert {each["stands"] for each in hub.hub.erasing.holds(wants(AUDITOR))} == {False}


def test_a_hold_covers_what_is_linked_later_and_ends_after_its_last_day(hub: HubUnderTest) -> None:
    nhs = new_nhs_number()
    child, last = hub.hears("police", told("E-first", nhs=nhs)), hub.clock.now().date()
    hub.hub.erasing.hold(child, wants(OWNER), until=last)
    hub.hears("hospital-trust", told("E-later", nhs=nhs))
    with pytest.raises(RefusedError) as held:
        requested(hub, Held("hospital-trust", "E-later"))
    assert code(held) == "legal-hold"
    with pytest.raises(UsageError):
        hub.hub.erasing.hold(child, wants(OWNER), until=day("2020-01-01"))
    hub.clock.advance(timedelta(days=1))
    assert requested(hub, Held("hospital-trust", "E-later"))


def test_a_record_that_was_parted_since_is_not_erased_and_a_later_one_is_counted(hub: HubUnderTest) -> None:
    nhs = new_nhs_number()
    child = hub.hears("police", told("E-child", nhs=nhs))
    hub.hears("hospital-trust", told("E-other-child", nhs=nhs))
    erasure = approved(hub, child)
    hub.hub.steward.unlink(Held("hospital-trust", "E-other-child"), asks(STEWARD))
    hub.hears("schools-trust", told("E-newer", nhs=nhs))
    hub.hub.steward.link(Held("schools-trust", "E-newer"), child, asks(STEWARD))
    other = hub.person("hospital-trust", "E-other-child")
    hub.clock.advance(WAITING)

    assert carried_out(hub) == [CarriedOut(UUID(erasure), Result.CARRIED_OUT, 1, beside=1)]
    assert (statuses(hub, other), statuses(hub, child)) == (["current"], ["current"])


@pytest.mark.parametrize("point", [RECORDED, DESTROYED])
def test_a_crash_is_healed_by_the_next_one(hub: HubUnderTest, point: str) -> None:
    nhs = new_nhs_number()
    child = hub.hears("police", told(f"E-crash-{point}", nhs=nhs))
    subject = hub.hub.vault.find_subject("police", f"E-crash-{point}")
    assert subject is not None
    approved(hub, child)
    hub.clock.advance(WAITING)

    def crash(at: str) -> None:
        if at == point:
            raise CrashError

    with pytest.raises(CrashError):
        hub.hub.carrying_out(crash).carry_out(by="tester")
    assert hub.hub.identity_index.get([subject]) != {}

    assert carried_out(hub) == []
    assert hub.hub.vault.keys([subject]) == {subject: None}
    assert hub.hub.identity_index.get([subject]) == {}
    assert hub.hub.blind_index.find("nhs-number", nhs) == []


def test_what_is_recorded_of_erasures_opens_after_them_and_names_no_reference(hub: HubUnderTest) -> None:
    child = hub.hears("police", told("E-unnamed", family="Unnamedsson"))
    erased(hub, child)
    stored = hub.hub.log.read([ERASURES_TAG])
    assert all(None not in each.parts.values() for each in stored)
    assert not any(word in str([each.parts for each in stored]) for word in ("E-unnamed", "Unnamedsson"))
