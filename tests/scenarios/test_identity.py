"""Which agencies' records are one child: by rule where all agrees, by a person where it does not, and never twins."""

import threading
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from hub.application.linking import Held, IdentitySteward
from hub.contract.person import IdentifierSystem
from hub.errors import HubError
from hub.identity.numbers import STRONG
from tests.hub_under_test import ANALYST, OFFICER, STEWARD, HubUnderTest, Mash, asks, day, new_nhs_number, told

HOME = {"addresses": [{"postcode": "ZZ11 2QT"}]}
UPN = "J930123456001"


def reasons_for(hub: HubUnderTest, person: UUID) -> set[str]:
    """Return why a data steward should look at a person."""
    return {
        reason
        for review in hub.hub.reviews.open(asks(STEWARD))
        if review["person"] == str(person)
        for reason in review["reasons"]
    }


def code(work: Callable[[], object]) -> str:
    with pytest.raises(HubError) as caught:
        work()
    return caught.value.code


def named(name: str) -> dict[str, Any]:
    """Return who a child of one test is, so that no other test's child looks like them."""
    return {"given": name, "family": f"Of-{name}", "born": "2016-05-02"}


class TestByRule:
    def test_verified_nhs_number_names_and_birth_date_link(self, shared_hub: HubUnderTest) -> None:
        nhs, who = new_nhs_number(), named("Nerys")

        first = shared_hub.hears("hospital-trust", told("H-nerys", nhs=nhs, **who))
        second = shared_hub.hears("community-health", told("C-nerys", nhs=nhs, **who))

        assert first == second
        (child,) = shared_hub.hub.finder.show(first, asks(ANALYST))["children"]
        evidence = {each["agency"]: each["link"]["decided_by"] for each in child["subjects"]}
        assert evidence == {"hospital-trust": "rule:first", "community-health": "rule:nhs-number"}

    def test_a_upn_with_names_and_birth_date_links(self, shared_hub: HubUnderTest) -> None:
        assert STRONG[IdentifierSystem.UPN](UPN)
        who = named("Una")

        first = shared_hub.hears("schools-trust", told("S-una", upn=UPN, **who))
        second = shared_hub.hears("childrens-social-care", told("CSC-una", upn=UPN, **who))

        assert first == second

    @pytest.mark.parametrize(
        ("other", "reason"),
        [
            ({"given": "Ceri"}, "nhs-number-contradicted"),
            ({"born": "2011-01-01"}, "nhs-number-contradicted"),
            ({"born": None}, "nhs-number-not-enough"),
            ({"given": None}, "nhs-number-not-enough"),
        ],
    )
    def test_the_same_number_with_less_or_other_is_for_a_person_to_review(
        self, shared_hub: HubUnderTest, other: dict[str, Any], reason: str
    ) -> None:
        nhs, who = new_nhs_number(), named(f"Rhys{reason}{'-'.join(other)}")

        first = shared_hub.hears("hospital-trust", told(f"H-{nhs}", nhs=nhs, **who))
        second = shared_hub.hears("community-health", told(f"C-{nhs}", nhs=nhs, **{**who, **other}))

        assert first != second
        assert reason in reasons_for(shared_hub, second)

    def test_a_number_that_nobody_verified_does_not_link(self, shared_hub: HubUnderTest) -> None:
        nhs, who = new_nhs_number(), named("Vera")
        unverified = {"identifiers": [{"system": "nhs-number", "value": nhs}]}

        first = shared_hub.hears("hospital-trust", told("H-vera", nhs=nhs, **who))
        second = shared_hub.hears("police", told("P-vera", person=unverified, **who))

        assert first != second
        assert "nhs-number-not-enough" in reasons_for(shared_hub, second)

    def test_twins_are_not_merged(self, shared_hub: HubUnderTest) -> None:
        who: dict[str, Any] = {"family": "Example-Okafor", "born": "2018-05-02", "person": HOME}

        amara = shared_hub.hears("hospital-trust", told("H-amara", given="Amara", nhs=new_nhs_number(), **who))
        abena = shared_hub.hears("hospital-trust", told("H-abena", given="Abena", nhs=new_nhs_number(), **who))

        assert amara != abena
        assert "possible-twins" in reasons_for(shared_hub, abena)

    def test_an_unborn_child_is_never_linked_by_its_mothers_number(self, shared_hub: HubUnderTest) -> None:
        nhs = new_nhs_number()
        mother: dict[str, Any] = {"given": "Mam", "family": "Of-Bump", "born": "1996-08-21"}
        unborn: dict[str, Any] = {
            "given": None,
            "family": "Of-Bump",
            "born": None,
            "person": {"expected": {"date": "2024-06-01"}},
        }

        adult = shared_hub.hears(
            "hospital-trust", told("H-mam", "health-encounter", nhs=nhs, kind="parent-or-carer", **mother)
        )
        bump = shared_hub.hears(
            "hospital-trust", told("H-bump", "health-encounter", nhs=nhs, kind="unborn-child", **unborn)
        )
        born = shared_hub.hears("community-health", told("C-mam", "health-encounter", nhs=nhs, **mother))

        assert len({adult, bump, born}) == 3

    def test_arriving_again_changes_nothing(self, shared_hub: HubUnderTest) -> None:
        shared_hub.hears("police", told("P-again", **named("Again")))
        before = shared_hub.hub.log.head()

        assert shared_hub.hub.identify().persons == 0
        assert shared_hub.hub.log.head() == before

    def test_two_children_found_under_one_name_are_both_shown(self, shared_hub: HubUnderTest) -> None:
        who = named("Dau")
        shared_hub.hears("police", told("P-dau", nhs=new_nhs_number(), **who))
        shared_hub.hears("housing", told("HO-dau", nhs=new_nhs_number(), **who))

        found = shared_hub.hub.finder.find(
            asks(ANALYST), family=who["family"], given=who["given"], born=day(who["born"])
        )

        assert len(found["children"]) == 2


NOBODYS = Held("police", "P-0")
WRONG_CHANGES: dict[str, tuple[str, Callable[[IdentitySteward, Held, UUID], object]]] = {
    "linked already": ("already-linked", lambda s, h, p: s.link(h, p, asks(STEWARD))),
    "to nobody": ("unknown-person", lambda s, h, p: s.link(h, uuid4(), asks(STEWARD))),
    "a record of nobody": ("unknown-record", lambda s, h, p: s.link(NOBODYS, p, asks(STEWARD))),
    "a record of no agency": ("unknown-record", lambda s, h, p: s.link(Held("nobody", "P-0"), p, asks(STEWARD))),
    "alone already": ("not-linked", lambda s, h, p: s.unlink(h, asks(STEWARD))),
    "itself": ("same-record", lambda s, h, p: s.forbid(h, h, asks(STEWARD))),
    "forbidding nobody": ("unknown-record", lambda s, h, p: s.forbid(h, NOBODYS, asks(STEWARD))),
    "a reason too long": (
        "bad-value",
        lambda s, h, p: s.forbid(h, Held("housing", "HO-lone"), asks(STEWARD, reason="r" * 400)),
    ),
}


class TestByAPerson:
    def test_forbidden_records_are_kept_apart_whatever_comes(self, shared_hub: HubUnderTest) -> None:
        nhs, who = new_nhs_number(), named("Forbidden")
        shared_hub.hears("police", told("P-forbid", **who))
        shared_hub.hears("hospital-trust", told("H-forbid", **{**who, "given": "Someone"}))
        shared_hub.hub.steward.forbid(Held("police", "P-forbid"), Held("hospital-trust", "H-forbid"), asks(STEWARD))

        first = shared_hub.hears("police", told("P-forbid", nhs=nhs, **who))
        second = shared_hub.hears("hospital-trust", told("H-forbid", nhs=nhs, **who))

        assert first != second

    def test_forbidding_splits_records_that_are_linked(self, shared_hub: HubUnderTest) -> None:
        nhs, who = new_nhs_number(), named("Split")
        first = shared_hub.hears("police", told("P-split", nhs=nhs, **who))
        assert shared_hub.hears("housing", told("HO-split", nhs=nhs, **who)) == first

        shared_hub.hub.steward.forbid(Held("police", "P-split"), Held("housing", "HO-split"), asks(STEWARD))

        assert shared_hub.person("police", "P-split") == first
        assert shared_hub.person("housing", "HO-split") != first
        assert agencies(shared_hub, first) == ["police"]
        assert agencies(shared_hub, shared_hub.person("housing", "HO-split")) == ["housing"]

    def test_what_was_forbidden_cannot_be_linked_by_hand_and_nothing_is_lost(self, shared_hub: HubUnderTest) -> None:
        first = shared_hub.hears("police", told("P-hand", **named("Hand")))
        second = shared_hub.hears("housing", told("HO-hand", **named("Handtwo")))
        steward = shared_hub.hub.steward
        steward.forbid(Held("police", "P-hand"), Held("housing", "HO-hand"), asks(STEWARD))

        assert code(lambda: steward.link(Held("housing", "HO-hand"), first, asks(STEWARD))) == "link-forbidden"

        assert shared_hub.person("housing", "HO-hand") == second
        assert agencies(shared_hub, second) == ["housing"]

    def test_what_was_unlinked_is_not_linked_again_by_rule_but_may_be_by_hand(self, shared_hub: HubUnderTest) -> None:
        nhs, who = new_nhs_number(), named("Again-and-again")
        person = shared_hub.hears("police", told("P-again2", nhs=nhs, **who))
        shared_hub.hears("housing", told("HO-again2", nhs=nhs, **who))
        held, steward = Held("housing", "HO-again2"), shared_hub.hub.steward
        steward.unlink(held, asks(STEWARD))

        by_rule = shared_hub.hears("housing", told("HO-again2", nhs=nhs, person=HOME, **who))
        steward.link(held, person, asks(STEWARD))

        assert by_rule != person
        assert set(agencies(shared_hub, person)) == {"housing", "police"}

    def test_what_was_unlinked_stays_apart_when_the_other_record_moves_until_a_person_links_them(
        self, shared_hub: HubUnderTest
    ) -> None:
        nhs, who = new_nhs_number(), named("Parted")
        first = shared_hub.hears("police", told("P-parted", nhs=nhs, **who))
        assert shared_hub.hears("hospital-trust", told("H-parted", nhs=nhs, **who)) == first
        other = shared_hub.hears("schools-trust", told("S-parted", **named("Elsewhere")))
        parted, steward = Held("hospital-trust", "H-parted"), shared_hub.hub.steward
        steward.unlink(parted, asks(STEWARD))
        alone = shared_hub.person("hospital-trust", "H-parted")
        steward.link(Held("police", "P-parted"), other, asks(STEWARD))

        by_rule = shared_hub.hears("hospital-trust", told("H-parted", nhs=nhs, person=HOME, **who))
        the_other_way = shared_hub.hears("police", told("P-parted", nhs=nhs, person=HOME, **who))
        steward.link(parted, other, asks(STEWARD))

        assert (by_rule, the_other_way) == (alone, other)
        assert shared_hub.person("hospital-trust", "H-parted") == other

    def test_unlinking_lists_every_disclosure_that_rested_on_the_link(self, shared_hub: HubUnderTest) -> None:
        nhs, who = new_nhs_number(), named("Disclosed")
        child = shared_hub.hears("police", told("P-told", nhs=nhs, **who))
        shared_hub.hears("housing", told("HO-told", nhs=nhs, **who))
        other = shared_hub.hears("schools-trust", told("S-told", **who))
        assert other != child
        finder, born = shared_hub.hub.finder, day(who["born"])
        rested = [
            shared_hub.chronology(child)["decision"],
            finder.show(child, asks(ANALYST))["decision"],
            finder.find(asks(ANALYST), family=who["family"], given=who["given"], born=born)["decision"],
        ]
        shared_hub.chronology(child, OFFICER)
        shared_hub.chronology(other)

        listed = shared_hub.hub.steward.unlink(Held("housing", "HO-told"), asks(STEWARD))

        assert [str(each.id) for each in listed] == rested

    def test_the_old_id_of_a_person_who_moved_leads_to_the_current_one(self, shared_hub: HubUnderTest) -> None:
        who = named("Moved")
        first = shared_hub.hears("police", told("P-moved", **who))
        old = shared_hub.hears("housing", told("HO-moved", **who))
        shared_hub.hub.steward.link(Held("housing", "HO-moved"), first, asks(STEWARD))
        finder = shared_hub.hub.finder

        answer = shared_hub.chronology(old)
        (shown,) = finder.show(old, asks(ANALYST))["children"]

        assert (answer["person"], shown["person"]) == (str(first), str(first))
        assert answer["items"] == shared_hub.items(first)
        (record, _) = shared_hub.hub.decisions.newest(2)
        assert (record.person, record.question["person"]) == (first, str(first))

    def test_whoever_may_see_nothing_does_not_learn_that_a_person_moved(self, shared_hub: HubUnderTest) -> None:
        who = named("Movedunseen")
        first = shared_hub.hears("police", told("P-unseen", **who))
        old = shared_hub.hears("refuge", told("R-unseen", **who))
        shared_hub.hub.steward.link(Held("refuge", "R-unseen"), first, asks(STEWARD))

        answer = shared_hub.chronology(old, "housing.officer")
        shown = shared_hub.hub.finder.show(old, asks("housing.officer"))

        assert (answer["person"], answer["items"], shown["children"]) == (str(old), [], [])
        assert {record.person for record in shared_hub.hub.decisions.newest(2)} == {old}

    def test_unlinking_lists_no_disclosure_from_before_the_link(self, shared_hub: HubUnderTest) -> None:
        who = named("Before")
        first = shared_hub.hears("police", told("P-before", **who))
        second = shared_hub.hears("housing", told("HO-before", **who))
        held, steward, finder = Held("housing", "HO-before"), shared_hub.hub.steward, shared_hub.hub.finder
        both = {"family": who["family"], "given": who["given"], "born": day(who["born"])}
        assert len(finder.find(asks(ANALYST), **both)["children"]) == 2
        shared_hub.chronology(first)
        shared_hub.chronology(second)
        steward.link(held, first, asks(STEWARD))
        rested = [shared_hub.chronology(first)["decision"], finder.find(asks(ANALYST), **both)["decision"]]

        listed = steward.unlink(held, asks(STEWARD))
        steward.link(held, first, asks(STEWARD))

        assert [str(each.id) for each in listed] == rested
        assert steward.unlink(held, asks(STEWARD)) == []

    def test_a_review_is_decided_once_and_then_gone(self, shared_hub: HubUnderTest) -> None:
        who = named("Decided")
        first = shared_hub.hears("police", told("P-decide", **who))
        second = shared_hub.hears("housing", told("HO-decide", **who))
        assert reasons_for(shared_hub, second) == {"names-and-birth-date"}

        shared_hub.hub.steward.link(Held("housing", "HO-decide"), first, asks(STEWARD))

        assert reasons_for(shared_hub, first) == set()
        assert agencies(shared_hub, first) == ["housing", "police"]

    @pytest.mark.parametrize("viewer", [ANALYST, OFFICER, "auditor", "administrator"])
    def test_only_a_steward_decides_and_a_refusal_is_recorded(self, shared_hub: HubUnderTest, viewer: str) -> None:
        name = viewer.replace(".", "-")
        child = shared_hub.hears("police", told(f"P-{name}", **named(f"For{name}")))
        steward, held = shared_hub.hub.steward, Held("police", f"P-{name}")

        for change in (
            lambda: steward.link(held, child, asks(viewer)),
            lambda: steward.unlink(held, asks(viewer)),
            lambda: steward.forbid(held, held, asks(viewer)),
            lambda: shared_hub.hub.reviews.open(asks(viewer)),
            lambda: steward.record_look(asks(viewer), child),
        ):
            assert code(change) == "not-a-steward"
            (record,) = shared_hub.hub.decisions.newest(1)
            assert (record.viewer, record.refusal) == (viewer, "not-a-steward")

    def test_whoever_is_no_steward_learns_nothing_of_what_is_held(self, shared_hub: HubUnderTest) -> None:
        shared_hub.hears("police", told("P-probe", **named("Probe")))
        steward = shared_hub.hub.steward

        known = code(lambda: steward.unlink(Held("police", "P-probe"), asks(ANALYST)))
        unknown = code(lambda: steward.unlink(Held("police", "P-nobody"), asks(ANALYST)))

        assert known == unknown

    @pytest.mark.parametrize("name", WRONG_CHANGES)
    def test_what_cannot_be_is_refused_and_changes_nothing(self, shared_hub: HubUnderTest, name: str) -> None:
        expected, change = WRONG_CHANGES[name]
        person = shared_hub.hears("police", told("P-lone", **named("Lone")))
        shared_hub.hears("housing", told("HO-lone", **named("Lonetwo")))
        before = shared_hub.events("SubjectLinked", "SubjectUnlinked", "LinkForbidden", "IdentityReviewResolved")

        assert code(lambda: change(shared_hub.hub.steward, Held("police", "P-lone"), person)) == expected

        types = ("SubjectLinked", "SubjectUnlinked", "LinkForbidden", "IdentityReviewResolved")
        assert shared_hub.events(*types) == before


NUMBERED_LOCKS = (0x6D617360, 0x6D617370)


class KilledError(Exception):
    """The process dies here."""


def killed(*_: object) -> None:
    raise KilledError


def dies(work: Callable[[], object]) -> None:
    with pytest.raises(KilledError):
        work()


def found(hub: HubUnderTest, who: dict[str, Any]) -> list[str]:
    """Return the persons found under a name and birth date."""
    finder = hub.hub.finder
    answer = finder.find(asks(ANALYST), family=who["family"], given=who["given"], born=day(who["born"]))
    return [child["person"] for child in answer["children"]]


class TestTheTableOfWhoIsWho:
    def two(self, hub: HubUnderTest, name: str) -> tuple[Held, UUID, dict[str, Any]]:
        """Return a record, another's person that it shall be linked to, and who the record is about."""
        who = named(name)
        hub.hears("police", told(f"P-{name}", **who))
        return Held("police", f"P-{name}"), hub.hears("housing", told(f"HO-{name}", **named(f"{name}-other"))), who

    def test_who_is_linked_by_a_person_is_found_at_once(self, shared_hub: HubUnderTest) -> None:
        held, person, who = self.two(shared_hub, "Atonce")

        shared_hub.hub.steward.link(held, person, asks(STEWARD))

        assert found(shared_hub, who) == [str(person)]

    def test_a_change_whose_process_died_is_taken_over_from_the_log(
        self, shared_hub: HubUnderTest, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        held, person, who = self.two(shared_hub, "Killed")
        with monkeypatch.context() as patch:
            patch.setattr(shared_hub.hub.identity_index, "moved", killed)
            dies(lambda: shared_hub.hub.steward.link(held, person, asks(STEWARD)))

        shared_hub.hub.identify()

        assert found(shared_hub, who) == [str(person)]

    def test_a_later_change_rests_on_the_one_whose_process_died(
        self, shared_hub: HubUnderTest, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        held, person, _ = self.two(shared_hub, "Killedtwice")
        with monkeypatch.context() as patch:
            patch.setattr(shared_hub.hub.identity_index, "moved", killed)
            dies(lambda: shared_hub.hub.steward.link(held, person, asks(STEWARD)))

        shared_hub.hub.steward.unlink(held, asks(STEWARD))

        assert agencies(shared_hub, person) == ["housing"]
        assert agencies(shared_hub, shared_hub.person("police", "P-Killedtwice")) == ["police"]

    def test_a_rule_whose_process_died_decides_nothing_twice(
        self, shared_hub: HubUnderTest, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        nhs, who = new_nhs_number(), named("Killedrule")
        first = shared_hub.hears("police", told("P-killedrule", nhs=nhs, **who))
        with monkeypatch.context() as patch:
            patch.setattr(shared_hub.hub.identity_index, "put", killed)
            dies(lambda: shared_hub.hears("housing", told("HO-killedrule", nhs=nhs, **who)))
        before = shared_hub.events("SubjectLinked")

        shared_hub.hub.identify()

        assert shared_hub.person("housing", "HO-killedrule") == first
        assert shared_hub.events("SubjectLinked") == before

    def test_a_person_waits_for_the_rules_and_has_the_last_word(
        self, shared_hub: HubUnderTest, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        held, person, who = self.two(shared_hub, "Race")
        shared_hub.at_door("police", shared_hub.message("police", told("P-Race", person=HOME, **who)))
        compare = shared_hub.hub.identifier._compare
        change = threading.Thread(target=lambda: shared_hub.hub.steward.link(held, person, asks(STEWARD)))

        def compare_meanwhile(*arguments: Any) -> UUID:
            decided = compare(*arguments)
            change.start()
            change.join(timeout=0.5)
            assert change.is_alive()
            return decided

        with monkeypatch.context() as patch:
            patch.setattr(shared_hub.hub.identifier, "_compare", compare_meanwhile)
            shared_hub.hub.identify()
        change.join(timeout=120)

        assert found(shared_hub, who) == [str(person)]

    def test_whoever_is_not_let_in_is_told_to_try_again(self, shared_hub: HubUnderTest) -> None:
        follower = shared_hub.hub.identity_follower

        def enter() -> None:
            with follower.alone(patience=0.1):
                raise AssertionError("two are in")

        with follower.alone():
            assert code(enter) == "follower-busy"

    @pytest.mark.parametrize("role", ["reader", "keys"])
    def test_who_may_not_move_the_follower_cannot_hold_it_up(self, shared_hub: HubUnderTest, role: str) -> None:
        query = "select from hub.follower where name = 'identity' for update"

        with psycopg.connect(getattr(shared_hub.urls, role)) as other:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                other.execute(query)
            other.rollback()
            other.execute("select pg_advisory_lock(key) from generate_series(%s, %s) key", NUMBERED_LOCKS)
            shared_hub.hears("police", told(f"P-held-{role}", **named(f"Held{role}")))

    def test_emptied_it_is_made_again_from_the_log_and_nothing_is_decided_again(self, shared_hub: HubUnderTest) -> None:
        held, person, who = self.two(shared_hub, "Rebuilt")
        shared_hub.hub.steward.link(held, person, asks(STEWARD))
        shared_hub.hears("police", told("P-Rebuilt", person=HOME, **who))
        shared_hub.hub.identify()
        before, head = rows(shared_hub), shared_hub.hub.log.head()

        with psycopg.connect(shared_hub.urls.app) as connection:
            connection.execute("delete from hub.identity")
            connection.execute("update hub.follower set position = 0 where name = 'identity'")
        made = shared_hub.hub.identify()

        assert rows(shared_hub) == before
        assert shared_hub.hub.log.head() == head
        assert (made.persons, made.links, made.reviews) == (0, 0, 0)
        assert found(shared_hub, who) == [str(person)]

    def test_a_decided_review_stays_decided_where_all_positions_are_lost(self, shared_hub: HubUnderTest) -> None:
        who = named("Reopened")
        first = shared_hub.hears("police", told("P-reopen", **who))
        shared_hub.hears("schools-trust", told("S-reopen", **who))
        shared_hub.hears("housing", told("HO-reopen", **who))
        held = Held("housing", "HO-reopen")
        shared_hub.hub.steward.link(held, first, asks(STEWARD))
        for agency, reference in (("police", "P-reopen"), ("schools-trust", "S-reopen"), ("housing", "HO-reopen")):
            shared_hub.hears(agency, told(reference, person=HOME, **who))
        assert open_for(shared_hub, held) == []
        raised = shared_hub.events("IdentityReviewRaised")

        with psycopg.connect(shared_hub.urls.app) as connection:
            connection.execute("update hub.follower set position = 0 where name in ('identity', 'identity-compared')")
        shared_hub.hub.identify()

        assert open_for(shared_hub, held) == []
        assert shared_hub.events("IdentityReviewRaised") == raised


def open_for(hub: HubUnderTest, held: Held) -> list[list[str]]:
    """Return the reasons of each open review of a record."""
    own = {"agency": held.agency, "reference": held.reference}
    listed = hub.hub.reviews.open(asks(STEWARD))
    return [each["reasons"] for each in listed if each["record"] and own.items() <= each["record"].items()]


def rows(hub: HubUnderTest) -> list[tuple[Any, ...]]:
    """Return the table that says to whom each subject is linked."""
    with psycopg.connect(hub.urls.app) as connection:
        return connection.execute("select subject, person, seen from hub.identity order by subject").fetchall()


def test_the_commands_say_what_they_did(shared_hub: HubUnderTest, mash_here: Mash) -> None:
    first = shared_hub.hears("police", told("P-cmd", **named("Command")))
    shared_hub.hears("housing", told("HO-cmd", **named("Commandtwo")))
    question = ("--as", STEWARD, "--purpose", "s47", "--reason", "One child", "--json")

    linked = mash_here("identity", "link", "housing/HO-cmd", str(first), *question)
    shared_hub.chronology(first)
    unlinked = mash_here("identity", "unlink", "housing/HO-cmd", *question)
    forbidden = mash_here("identity", "forbid", "housing/HO-cmd", "police/P-cmd", *question)

    assert linked.json == {"linked": "housing/HO-cmd", "person": str(first)}
    assert [each["viewer"] for each in unlinked.json["disclosures"]] == [ANALYST]
    assert forbidden.json == {"forbidden": ["housing/HO-cmd", "police/P-cmd"]}


def agencies(hub: HubUnderTest, person: UUID) -> list[str]:
    """Return whose records are taken for a person's; what may be the person's only waits."""
    return sorted(item["facets"]["source"]["agency"] for item in hub.items(person) if item["facets"])
