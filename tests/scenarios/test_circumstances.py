"""What people record on a child beside agencies' records, and whom it opens or hides them from."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from hub.application.linking import Held
from hub.application.review_desk import Answering
from hub.contract.ids import event_id
from hub.errors import ConflictError, HubError, RefusedError, UsageError
from hub.events.circumstances import HiddenIdentity, HolderAnswer, Mark
from hub.events.directory import PartnerKind, UserRegistered
from tests.hub_under_test import (
    ANALYST,
    NURSE,
    OFFICER,
    STEWARD,
    TEACHER,
    HubUnderTest,
    Mash,
    asks,
    day,
    new_nhs_number,
    told,
)
from tests.reviews import decide, waiting

MANAGER, WORKER, DOCTOR, OWNER, ELSEWHERE, ADOPTION = (
    "mash.manager", "csc.worker", "hospital.doctor", "hospital.owner", "elsewhere.duty", "csc.adoption",
)  # fmt: skip
SINCE_S16LA = datetime(2026, 11, 2, 9, tzinfo=UTC)
MOTHER = {"kind": "parent-or-carer", "reference": "P-mother"}
TEACHES = {"kind": "worker", "reference": "P-worker"}


def users() -> list[UserRegistered]:
    agency = "childrens-social-care"
    registered = [
        (WORKER, agency, ["allocated-social-worker", "practitioner"]),
        (ADOPTION, agency, ["adoption-records-officer"]),
        (DOCTOR, "hospital-trust", ["designated-doctor"]),
        (ELSEWHERE, "next-area", ["practitioner"]),
    ]
    return [UserRegistered(id=id, name=id, agency=of, roles=roles, by="tester") for id, of, roles in registered]


@pytest.fixture(scope="module")
def hub(shared_hub: HubUnderTest) -> HubUnderTest:
    directory = shared_hub.hub.directory
    directory.register_agency("next-area", "Next Area", PartnerKind.OTHER_AREA, by="tester")
    for user in users():
        directory.register_user(user)
    return shared_hub


def items(hub: HubUnderTest, child: UUID, viewer: str, purpose: str = "s47", **asked: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = hub.hub.chronologies.read(child, asks(viewer, purpose=purpose, **asked))["items"]
    return found


def verdicts(hub: HubUnderTest, child: UUID, viewer: str, purpose: str = "s47") -> list[str]:
    return [item["verdict"] for item in items(hub, child, viewer, purpose)]


def confided(hub: HubUnderTest) -> UUID:
    return hub.hears("hospital-trust", told(f"H-{uuid4().hex[:8]}", "health-encounter", labels=["substance-misuse"]))


def code_of(error: pytest.ExceptionInfo[HubError]) -> str:
    return error.value.code


class TestReasonableCause:
    """Rows 11 and 16."""

    def test_what_was_confided_opens_to_the_social_worker_once_it_is_recorded_and_shuts_when_it_ends(
        self, hub: HubUnderTest
    ) -> None:
        child = confided(hub)
        before = verdicts(hub, child, WORKER)

        recorded = hub.hub.recorder.reasonable_cause(child, asks(WORKER))
        (item,) = items(hub, child, WORKER)
        hub.clock.advance(timedelta(minutes=1))
        then = hub.clock.now()
        hub.clock.advance(timedelta(minutes=1))
        hub.hub.recorder.end(recorded, asks(MANAGER, reason="The enquiry is closed"))

        assert before == ["REVIEW"]
        assert set(item["facets"]) == {"what", "when", "detail"}
        assert "record-why-no-consent" in item["obligations"]
        assert verdicts(hub, child, WORKER) == ["REVIEW"]
        as_then = hub.hub.chronologies.read(child, asks(WORKER), as_of=then)["items"]
        assert [each["verdict"] for each in as_then] == ["REVIEW"]

    def test_it_ends_with_its_last_day(self, hub: HubUnderTest) -> None:
        child = confided(hub)
        hub.hub.recorder.reasonable_cause(child, asks(WORKER), until=hub.clock.now().date())

        assert verdicts(hub, child, WORKER) == ["PERMIT"]
        hub.clock.advance(timedelta(days=1))
        assert verdicts(hub, child, WORKER) == ["REVIEW"]

    def test_it_holds_for_the_person_and_never_follows_a_record_that_was_parted(self, hub: HubUnderTest) -> None:
        nhs = new_nhs_number()
        child = hub.hears("police", told(f"P-{nhs}", nhs=nhs))
        held = Held("hospital-trust", f"H-{nhs}")
        hub.hears(held.agency, told(held.reference, "health-encounter", nhs=nhs, labels=["substance-misuse"]))
        hub.hub.recorder.reasonable_cause(child, asks(WORKER))
        together = verdicts(hub, child, WORKER)

        hub.hub.steward.unlink(held, asks(STEWARD))

        assert "REVIEW" not in together
        assert verdicts(hub, hub.person(held.agency, held.reference), WORKER) == ["REVIEW"]

    def test_it_holds_for_whoever_all_the_childs_records_have_moved_to(self, hub: HubUnderTest) -> None:
        other = hub.hears("police", told(f"P-{uuid4().hex[:8]}", given="Moved"))
        held = Held("hospital-trust", f"H-{uuid4().hex[:8]}")
        child = hub.hears(held.agency, told(held.reference, "health-encounter", labels=["substance-misuse"]))
        hub.hub.recorder.reasonable_cause(child, asks(WORKER))

        hub.hub.steward.link(held, other, asks(STEWARD))

        assert "REVIEW" not in verdicts(hub, other, WORKER)


class TestStrategyDiscussion:
    """Row 43."""

    def test_suspected_fabricated_illness_is_for_its_members_and_as_absent_to_others(self, hub: HubUnderTest) -> None:
        nhs = new_nhs_number()
        child = hub.hears("hospital-trust", told(f"H-{nhs}", "ae-attendance", nhs=nhs, words="No cause was found"))
        hub.hears("police", told(f"P-{nhs}", nhs=nhs))
        (item,) = [each for each in items(hub, child, DOCTOR, "own-service") if "narrative" in each["facets"]]
        hub.hub.recorder.mark(child, item["id"], Mark.FABRICATED_ILLNESS, asks(DOCTOR, purpose="own-service"))
        hidden_from = (ANALYST, MANAGER, WORKER, OFFICER)
        before = {viewer: str(items(hub, child, viewer)) for viewer in hidden_from}

        hub.hub.recorder.strategy_discussion(child, [WORKER, OFFICER], asks(MANAGER))

        assert not any("No cause was found" in told_to for told_to in before.values())
        (seen,) = [each for each in items(hub, child, WORKER) if each["facets"].get("narrative")]
        assert "do-not-tell-the-family" in seen["obligations"]
        assert "No cause was found" in str(items(hub, child, OFFICER))
        assert "No cause was found" not in str(items(hub, child, ANALYST))
        assert "No cause was found" not in str(items(hub, child, WORKER, "lateral-check"))

    def test_nobody_is_made_a_member_whom_the_directory_does_not_know(self, hub: HubUnderTest) -> None:
        with pytest.raises(UsageError) as refused:
            hub.hub.recorder.strategy_discussion(uuid4(), ["nobody"], asks(MANAGER))
        assert code_of(refused) == "unknown-user"


def test_another_area_is_answered_once_its_caller_was_rung_back(hub: HubUnderTest) -> None:
    """Row 44."""
    child = hub.hears("police", told(f"P-{uuid4().hex[:8]}", words="Seen on the stairs"))
    before = items(hub, child, ELSEWHERE)

    number = "Next Area's page on GOV.UK"
    hub.hub.recorder.call_back(child, ELSEWHERE, number, asks(ANALYST), until=hub.clock.now().date())

    (item,) = items(hub, child, ELSEWHERE)
    assert before == []
    assert set(item["facets"]) == {"what", "when", "detail", "voice", "people"}
    assert items(hub, child, ELSEWHERE, "lateral-check") == []
    assert items(hub, hub.hears("police", told("P-not-called", given="Other")), ELSEWHERE) == []


class TestConflictOfInterest:
    """Row 25."""

    def test_it_hides_child_siblings_and_household_from_that_user_and_nobody_else(self, hub: HubUnderTest) -> None:
        child = hub.hears("police", told("P-kin", given="Kin", others=[MOTHER, TEACHES]), ce_id="kin-1")
        sibling = hub.hears("police", told("P-sibling", given="Sib", born="2018-01-01", others=[MOTHER]))
        stranger = hub.hears("police", told("P-stranger", given="Str", born="2012-01-01", others=[TEACHES]))
        mother = hub.hears("police", told("P-mother", kind="parent-or-carer", given="Mum", born="1985-01-01"))

        hub.hub.recorder.conflict(OFFICER, [child], asks(MANAGER, reason="Her sister's child"))

        for hidden in (child, sibling, mother):
            assert items(hub, hidden, OFFICER, "own-service") == []
            assert hub.hub.finder.show(hidden, asks(OFFICER, purpose="own-service"))["children"] == []
            assert items(hub, hidden, ANALYST)
        assert hub.hub.finder.find(asks(OFFICER, purpose="own-service"), identifier="P-kin")["children"] == []
        assert items(hub, stranger, OFFICER, "own-service")

    def test_a_sibling_who_is_born_later_is_hidden_too(self, hub: HubUnderTest) -> None:
        grandmother = {"kind": "parent-or-carer", "reference": "P-gran"}
        child = hub.hears("police", told("P-first", given="First", others=[grandmother]))
        hub.hub.recorder.conflict(OFFICER, [child], asks(MANAGER))

        later = hub.hears("police", told("P-later", given="Later", born="2023-12-01", others=[grandmother]))

        assert items(hub, later, OFFICER, "own-service") == []
        assert items(hub, later, ANALYST)

    def test_it_follows_the_records_wherever_they_are_linked(self, hub: HubUnderTest) -> None:
        held = Held("police", f"P-{uuid4().hex[:8]}")
        child = hub.hears(held.agency, told(held.reference, given="Follows"))
        other = hub.hears("hospital-trust", told(f"H-{uuid4().hex[:8]}", given="Elsewhere"))
        hub.hub.recorder.conflict(NURSE, [child], asks(MANAGER))
        before = items(hub, other, NURSE, "own-service")

        hub.hub.steward.link(held, other, asks(STEWARD))

        assert before
        assert items(hub, other, NURSE, "own-service") == []

    def test_a_steward_with_a_conflict_is_not_shown_the_record_in_a_review(self, hub: HubUnderTest) -> None:
        first = hub.hears("police", told("P-likeness", given="Likeness", family="Reviewed"))
        hub.hears("housing", told("HO-likeness", given="Likeness", family="Reviewed"))
        before = str(hub.hub.reviews.open(asks(STEWARD)))

        hub.hub.recorder.conflict(STEWARD, [first], asks(MANAGER))

        assert "P-likeness" in before
        assert "P-likeness" not in str(hub.hub.reviews.open(asks(STEWARD)))

    def test_when_it_ends_the_child_is_there_again(self, hub: HubUnderTest) -> None:
        child = hub.hears("police", told("P-ended", given="Ended"))
        recorded = hub.hub.recorder.conflict(OFFICER, [child], asks(MANAGER))
        hidden = items(hub, child, OFFICER, "own-service")

        hub.hub.recorder.end(recorded, asks(MANAGER, reason="It was another family"))

        assert hidden == []
        assert items(hub, child, OFFICER, "own-service")
        with pytest.raises(ConflictError) as again:
            hub.hub.recorder.end(recorded, asks(MANAGER))
        assert code_of(again) == "circumstance-ended"

    def test_where_its_key_was_destroyed_it_still_hides(self, hub: HubUnderTest) -> None:
        child = hub.hears("police", told("P-erased-conflict", given="Erased"))
        recorded = hub.hub.recorder.conflict(OFFICER, [child], asks(MANAGER))

        hub.hub.vault.destroy([recorded])

        assert items(hub, child, OFFICER, "own-service") == []
        assert items(hub, child, ANALYST)

    def test_what_was_known_before_it_was_recorded_is_hidden_too(self, hub: HubUnderTest) -> None:
        child = hub.hears("police", told("P-earlier", given="Earlier"))
        hub.clock.advance(timedelta(minutes=1))
        then = hub.clock.now()
        hub.clock.advance(timedelta(minutes=1))
        hub.hub.recorder.conflict(OFFICER, [child], asks(MANAGER))

        asked = asks(OFFICER, purpose="own-service")
        assert hub.hub.chronologies.read(child, asked, as_of=then)["items"] == []


class TestHiddenIdentities:
    """Rows 23 and 24."""

    def both(self, hub: HubUnderTest, name: str) -> tuple[UUID, Held]:
        home = {"addresses": [{"lines": ["9 Specimen Road"], "postcode": "ZZ8 1WN"}]}
        child = hub.hears("schools-trust", told(f"S-{name}", given=f"New{name}", person=home, words="New school"))
        old = Held("police", f"P-{name}")
        hub.hears(old.agency, told(old.reference, given=f"Old{name}", words="Old life"))
        hub.hub.steward.link(old, child, asks(STEWARD, reason="One person"))
        return child, old

    def test_of_a_protected_person_the_old_identity_is_absent_and_no_place_is_shown(self, hub: HubUnderTest) -> None:
        child, old = self.both(hub, "protected")
        before = str(items(hub, child, ANALYST))

        hub.hub.recorder.hide(HiddenIdentity.PROTECTED, [old], asks(MANAGER))

        assert "Old life" in before
        assert "ZZ8 1WN" in before
        for viewer, purpose in ((ANALYST, "s47"), (MANAGER, "s47"), (OFFICER, "own-service"), (ADOPTION, "court")):
            told_to = str(items(hub, child, viewer, purpose))
            assert "Old life" not in told_to
            assert "ZZ8 1WN" not in told_to
        assert "New school" in str(items(hub, child, ANALYST))
        shown = str(hub.hub.finder.show(child, asks(STEWARD)))
        assert old.reference not in shown
        assert hub.hub.finder.find(asks(ANALYST), identifier=old.reference)["children"] == []

    def test_parted_from_it_the_new_identity_shows_its_place_and_the_old_one_nothing(self, hub: HubUnderTest) -> None:
        child, old = self.both(hub, "parted")
        hub.hub.steward.unlink(old, asks(STEWARD))

        hub.hub.recorder.hide(HiddenIdentity.PROTECTED, [old], asks(MANAGER))

        assert "ZZ8 1WN" in str(items(hub, child, ANALYST))
        assert items(hub, hub.person(old.agency, old.reference), ANALYST) == []

    def test_a_hidden_one_is_parted_by_nobody_who_may_not_know_of_it(self, hub: HubUnderTest) -> None:
        child, old = self.both(hub, "probed")
        hub.hub.recorder.hide(HiddenIdentity.PROTECTED, [old], asks(MANAGER))

        with pytest.raises(UsageError) as refused:
            hub.hub.steward.unlink(old, asks(STEWARD))

        assert code_of(refused) == "unknown-record"
        assert "ZZ8 1WN" not in str(items(hub, child, ANALYST))

    def test_the_birth_identity_of_an_adopted_child_is_for_the_named_officer_alone(self, hub: HubUnderTest) -> None:
        child, old = self.both(hub, "adopted")

        hub.hub.recorder.hide(HiddenIdentity.BIRTH, [old], asks(ADOPTION))

        assert "Old life" not in str(items(hub, child, ANALYST))
        assert "Old life" in str(items(hub, child, ADOPTION, "looked-after"))
        assert "ZZ8 1WN" in str(items(hub, child, ANALYST))

    def test_records_that_are_not_there_cannot_be_hidden(self, hub: HubUnderTest) -> None:
        with pytest.raises(UsageError) as refused:
            hub.hub.recorder.hide(HiddenIdentity.BIRTH, [Held("police", "P-nobody")], asks(ADOPTION))
        assert code_of(refused) == "unknown-record"


class TestDeterminations:
    """Rows 18, 19, 20 and 36."""

    @pytest.fixture
    def since(self, new_hub: HubUnderTest) -> HubUnderTest:
        new_hub.clock.advance(SINCE_S16LA - new_hub.clock.now())
        for user in users()[:-1]:
            new_hub.hub.directory.register_user(user)
        return new_hub

    def answered(self, hub: HubUnderTest, answer: HolderAnswer | None, **options: Any) -> UUID:
        nhs = new_nhs_number()
        child = hub.hears("hospital-trust", told("H-1", "ae-attendance", nhs=nhs), ce_id="held-1")
        hub.hears("schools-trust", told("S-1", "school-attendance", nhs=nhs))
        (item,) = items(hub, child, OWNER, "own-service")
        if answer is not None:
            hub.hub.recorder.determine(child, item["id"], answer, asks(OWNER, reason="Weighed"), **options)
        return child

    def held(self, hub: HubUnderTest, child: UUID, viewer: str, purpose: str) -> list[tuple[str, set[str]]]:
        """Return verdict and facets of what the hospital holds, as a school's or another's viewer gets it."""
        found = [each for each in items(hub, child, viewer, purpose) if "source" not in each["facets"]]
        return [(each["verdict"], set(each["facets"])) for each in found]

    @pytest.mark.parametrize(
        ("answer", "s17", "s47"),
        [
            (None, [("REVIEW", set())], [("REVIEW", set())]),
            (HolderAnswer.RELEVANT_AND_HELPS, [("PERMIT", {"what", "when", "detail"})], None),
            (HolderAnswer.NOT_RELEVANT, [], []),
            (HolderAnswer.DOES_NOT_HELP, [], []),
            (HolderAnswer.MORE_DETRIMENTAL, [], [("REVIEW", set())]),
        ],
    )
    def test_the_holders_answer_opens_or_shuts_what_a_partner_asks_for(
        self,
        since: HubUnderTest,
        answer: HolderAnswer | None,
        s17: list[tuple[str, set[str]]],
        s47: list[tuple[str, set[str]]] | None,
    ) -> None:
        child = self.answered(since, answer)

        assert self.held(since, child, TEACHER, "s17") == s17
        assert self.held(since, child, TEACHER, "s47") == (s17 if s47 is None else s47)

    def test_more_detrimental_is_decided_by_the_manager_and_the_guardian_in_section_47(
        self, since: HubUnderTest
    ) -> None:
        child = self.answered(since, HolderAnswer.MORE_DETRIMENTAL, review_on=day("2027-01-01"))

        assert self.held(since, child, TEACHER, "s47") == [("REVIEW", set())]
        (task,) = waiting(since, MANAGER)
        guardian = UserRegistered(
            id="hospital.guardian", name="Gail", agency="hospital-trust", roles=["caldicott-guardian"], by="tester"
        )
        since.hub.directory.register_user(guardian)

        decide(since, MANAGER, Answering("released", ("what", "when")))
        assert self.held(since, child, TEACHER, "s47") == [("REVIEW", set())]
        decide(since, guardian.id, Answering("released", ("what", "detail")))
        assert self.held(since, child, TEACHER, "s47") == [("PERMIT", {"what"})]
        assert task["for"] == ["caldicott-guardian+mash-manager"]

    def test_who_recorded_that_it_is_more_detrimental_is_asked_to_look_again_when_somebody_needs_it(
        self, since: HubUnderTest
    ) -> None:
        child = self.answered(since, HolderAnswer.MORE_DETRIMENTAL, review_on=day("2027-01-01"))

        assert self.held(since, child, TEACHER, "s17") == []
        (task,) = waiting(since, OWNER)
        assert (task["kind"], task["asker"]) == ("review-again", None)

    def test_on_the_day_that_was_named_the_owner_is_asked_to_look_again_and_then_on_the_next(
        self, since: HubUnderTest
    ) -> None:
        desk, clock = since.hub.review_desk, since.clock
        child = self.answered(since, HolderAnswer.MORE_DETRIMENTAL, review_on=day("2026-12-01"))
        (item,) = items(since, child, OWNER, "own-service")

        def asked_on(date: str) -> list[str]:
            clock.advance(datetime.fromisoformat(f"{date}T00:00Z") - clock.now())
            desk.escalate()
            desk.escalate()
            return [each["purpose_class"] for each in waiting(since, OWNER) if each["kind"] == "review-again"]

        assert asked_on("2026-11-30") == []
        assert asked_on("2026-12-01") == ["its day has come"]
        (task,) = waiting(since, OWNER)
        assert (task["asker"], [each["id"] for each in task["items"]]) == (None, [item["id"]])
        assert waiting(since, MANAGER) == waiting(since, TEACHER) == []
        decide(since, OWNER, Answering("seen", until=day("2027-03-01")))
        assert asked_on("2027-03-01") == []
        assert asked_on("2027-03-02") == ["its day has come"]
        decide(since, OWNER, Answering("seen"))
        assert asked_on("2028-01-01") == []
        since.hub.recorder.determine(
            child, item["id"], HolderAnswer.MORE_DETRIMENTAL, asks(OWNER), review_on=day("2028-02-01")
        )
        since.hub.recorder.determine(child, item["id"], HolderAnswer.RELEVANT_AND_HELPS, asks(OWNER))
        assert asked_on("2028-02-01") == []

    def test_an_answer_may_speak_of_one_recipient_alone(self, since: HubUnderTest) -> None:
        child = self.answered(since, HolderAnswer.RELEVANT_AND_HELPS, recipient="childrens-social-care")

        assert self.held(since, child, TEACHER, "s17") == [("REVIEW", set())]
        assert ("PERMIT", {"what", "when", "detail"}) in self.held(since, child, WORKER, "s17")

    def test_the_latest_answer_counts_and_stays_with_a_record_that_is_corrected(self, since: HubUnderTest) -> None:
        child = self.answered(since, HolderAnswer.RELEVANT_AND_HELPS)
        (item,) = items(since, child, OWNER, "own-service")
        since.hub.recorder.determine(child, item["id"], HolderAnswer.MORE_DETRIMENTAL, asks(OWNER))
        corrected = told("H-1", "ae-attendance", corrects=str(event_id("hospital-trust", "held-1")))
        since.hears("hospital-trust", corrected)

        assert self.held(since, child, TEACHER, "s17") == []

    def test_what_came_before_commencement_opens_nothing(self, hub: HubUnderTest) -> None:
        nhs = new_nhs_number()
        child = hub.hears("hospital-trust", told(f"H-{nhs}", "ae-attendance", nhs=nhs))
        hub.hears("schools-trust", told(f"S-{nhs}", "school-attendance", nhs=nhs))
        (item,) = items(hub, child, OWNER, "own-service")
        hub.hub.recorder.determine(child, item["id"], HolderAnswer.RELEVANT_AND_HELPS, asks(OWNER))

        assert self.held(hub, child, TEACHER, "s17") == [("REVIEW", set())]

    def test_only_the_holder_answers_and_of_a_record_that_it_was_shown(self, since: HubUnderTest) -> None:
        child = self.answered(since, None)
        schools = next(
            each for each in items(since, child, ANALYST) if each["facets"]["what"]["type"] != "ae-attendance"
        )
        for asked_of, person in ((schools["id"], child), ("no-such-id", child), (schools["id"], uuid4())):
            with pytest.raises(UsageError) as refused:
                since.hub.recorder.determine(person, asked_of, HolderAnswer.NOT_RELEVANT, asks(OWNER))
            assert code_of(refused) == "unknown-item"


def test_the_other_household_waits_for_the_manager_and_is_absent_to_partners(hub: HubUnderTest) -> None:
    """Row 45."""
    nhs = new_nhs_number()
    child = hub.hears("police", told(f"P-{nhs}", "police-incident", nhs=nhs, level=1, words="The other flat"))
    hub.hears("hospital-trust", told(f"H-{nhs}", "ae-attendance", nhs=nhs))
    (item,) = [each for each in items(hub, child, MANAGER) if each["facets"]["what"]["type"] == "police-incident"]

    hub.hub.recorder.mark(child, item["id"], Mark.OTHER_HOUSEHOLD, asks(MANAGER))

    assert [each["verdict"] for each in items(hub, child, ANALYST)].count("REVIEW") == 1
    assert [each["for"] for each in waiting(hub, MANAGER) if each["person"] == str(child)] == [["mash-manager"]]
    assert "The other flat" not in str(items(hub, child, ANALYST))
    assert len(items(hub, child, WORKER)) == 1
    assert "The other flat" in str(items(hub, child, OFFICER, "own-service"))


ANYONE = (ANALYST, NURSE, "auditor", "administrator")


@pytest.mark.parametrize("viewer", ANYONE)
def test_who_may_not_record_is_refused_alike_of_a_known_child_and_of_nobody(hub: HubUnderTest, viewer: str) -> None:
    known = hub.hears("police", told(f"P-{viewer}", given="Known"))
    for child in (known, uuid4()):
        with pytest.raises(RefusedError) as refused:
            hub.hub.recorder.reasonable_cause(child, asks(viewer))
        (record,) = hub.hub.decisions.newest(1)
        assert code_of(refused) == "not-for-this-role"
        assert (record.kind, record.refusal) == ("circumstance", "not-for-this-role")
        assert record.question["change"] == "ReasonableCauseRecorded"


def test_recording_on_nobody_looks_like_recording_on_a_child(hub: HubUnderTest) -> None:
    recorder = hub.hub.recorder

    assert isinstance(recorder.reasonable_cause(uuid4(), asks(WORKER)), UUID)
    assert isinstance(recorder.conflict(OFFICER, [uuid4()], asks(MANAGER)), UUID)
    (record,) = hub.hub.decisions.newest(1)
    assert (record.kind, record.refusal, record.reason) == ("circumstance", None, "Strategy discussion on Monday")


def test_no_event_of_a_circumstance_names_anybody_in_the_clear(hub: HubUnderTest) -> None:
    child = hub.hears("police", told("P-clear", given="Clear"))
    before = hub.hub.log.head()
    hub.hub.recorder.conflict(OFFICER, [child], asks(MANAGER, reason="Her sister's child"))

    tags = " ".join(tag for each in hub.hub.log.after(before, 10) for tag in each.tags)

    assert "conflict:" in tags
    assert OFFICER not in tags


def recorded(mash: Mash, *arguments: str, viewer: str = MANAGER) -> str:
    ran = mash("record", *arguments, "--as", viewer, "--purpose", "s47", "--reason", "Strategy discussion", "--json")
    assert ran.status == 0, ran.err
    return str(ran.json["recorded"])


def test_each_is_recorded_by_a_command(hub: HubUnderTest, mash_here: Mash) -> None:
    nhs = new_nhs_number()
    child = str(hub.hears("hospital-trust", told(f"H-{nhs}", "ae-attendance", nhs=nhs)))
    hub.hears("police", told(f"P-{nhs}", nhs=nhs))
    (item,) = items(hub, UUID(child), OWNER, "own-service")
    (of_manager, *_) = items(hub, UUID(child), MANAGER)
    commands: Sequence[tuple[str, tuple[str, ...]]] = [
        (MANAGER, ("reasonable-cause", child, "--until", "2099-01-01")),
        (MANAGER, ("strategy", child, "--member", WORKER, "--member", OFFICER)),
        (MANAGER, ("call-back", child, "--user", ELSEWHERE, "--number-from", "GOV.UK")),
        (MANAGER, ("conflict", OFFICER, "--child", child)),
        (MANAGER, ("mark", child, of_manager["id"], "--about", "other-household")),
        (OWNER, ("determination", child, item["id"], "--answer", "more-detrimental", "--review-on", "2027-01-01")),
        (MANAGER, ("hide", "identity", "--record", f"police/P-{nhs}")),
    ]
    for viewer, arguments in commands:
        made = recorded(mash_here, *arguments, viewer=viewer)
        recorded(mash_here, "end", made, viewer=viewer)

    wrong = mash_here("record", "end", "abc", "--as", MANAGER, "--purpose", "s47", "--reason", "Why", "--json")
    assert wrong.error["code"] == "bad-id"


def test_a_decision_is_the_same_when_taken_again_after_what_it_rested_on_has_ended(hub: HubUnderTest) -> None:
    child = confided(hub)
    cause = hub.hub.recorder.reasonable_cause(child, asks(WORKER), until=hub.clock.now().date())
    conflict = hub.hub.recorder.conflict(NURSE, [child], asks(MANAGER))
    assert verdicts(hub, child, WORKER) == ["PERMIT"]
    (opened,) = hub.hub.decisions.newest(1)
    assert items(hub, child, NURSE, "own-service") == []
    (hidden,) = hub.hub.decisions.newest(1)

    hub.hub.recorder.end(cause, asks(MANAGER))
    hub.hub.recorder.end(conflict, asks(MANAGER))
    hub.clock.advance(timedelta(days=2))

    for decision in (opened, hidden):
        assert hub.hub.replayer.replay(decision).ending == "same"


def test_what_stands_is_listed_for_those_who_may_record_it_and_are_shown_the_child(
    hub: HubUnderTest, mash_here: Mash
) -> None:
    """Row 20 among others: the refusal to share and its day stay on record, for the holder."""
    nhs = new_nhs_number()
    child = hub.hears("hospital-trust", told(f"H-{nhs}", "ae-attendance", nhs=nhs), ce_id=f"listed-{nhs}")
    hub.hears("police", told(f"P-{nhs}", nhs=nhs))
    (own,) = items(hub, child, OWNER, "own-service")
    recorder, recorded = hub.hub.recorder, hub.hub.recorded
    recorder.determine(child, own["id"], HolderAnswer.MORE_DETRIMENTAL, asks(OWNER), review_on=day("2027-01-01"))
    recorder.reasonable_cause(child, asks(WORKER, reason="Two breaks in a month"), until=day("2030-01-01"))
    ended = recorder.reasonable_cause(child, asks(WORKER))
    recorder.end(ended, asks(WORKER))
    recorder.conflict(NURSE, [child], asks(MANAGER))
    (doctors,) = items(hub, child, DOCTOR, "own-service")
    recorder.mark(child, doctors["id"], Mark.FABRICATED_ILLNESS, asks(DOCTOR, purpose="own-service"))
    recorder.hide(HiddenIdentity.PROTECTED, [Held("police", f"P-{nhs}")], asks(MANAGER, reason="At risk"))

    def listed(viewer: str, purpose: str = "s47", person: UUID = child) -> list[str]:
        return [each["what"] for each in recorded.on(person, asks(viewer, purpose=purpose))]

    (refusal,) = recorded.on(child, asks(OWNER, purpose="own-service"))
    assert refusal["about"] == {"answer": "more-detrimental", "review_on": "2027-01-01"}
    assert listed(OWNER, "own-service") == ["determination"]
    assert listed(DOCTOR, "own-service") == ["mark"]
    assert listed(WORKER) == listed(ANALYST) == listed(MANAGER, "performance") == []
    assert listed(MANAGER, person=uuid4()) == []

    other = hub.hears("police", told(f"P-other-{nhs}", given="Other"))
    for each in (MANAGER, WORKER):
        recorder.reasonable_cause(other, asks(each, reason="Seen running"), until=day("2030-01-01"))
    recorder.conflict(NURSE, [other], asks(MANAGER))
    recorder.call_back(other, ELSEWHERE, "GOV.UK", asks(ANALYST))
    assert listed(MANAGER, person=other) == ["reasonable-cause", "reasonable-cause", "conflict", "call-back"]
    assert listed(ANALYST, person=other) == ["call-back"]
    by_command = mash_here(
        "record", "list", str(other), "--as", ANALYST, "--purpose", "s47", "--reason", "So", "--json"
    )
    assert [each["about"] for each in by_command.json["recorded"]] == [{"user": ELSEWHERE, "number_from": "GOV.UK"}]
    with pytest.raises(RefusedError) as refused:
        listed("auditor")
    assert code_of(refused) == "not-for-this-role"
