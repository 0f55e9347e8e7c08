"""The truth behind invented families against the identity rules: children are never taken for each other."""

from collections import defaultdict
from collections.abc import Iterable
from uuid import NAMESPACE_URL, UUID, uuid5

import pytest

from hub.contract.details.records import Correction, Retraction
from hub.identity.linking import Candidate, Link, decide_link
from hub.identity.profile import Profile, merge, profile_of
from producers.synthetic import ChildKey, Fault, Record, StoryKind, Told, families, family
from producers.synthetic.demo import Story, story
from producers.synthetic.partnership import CSC, HOSPITAL, SCHOOLS
from producers.synthetic.wire import data_of

KEPT_ASIDE = {Fault.WRONG_SIGNATURE, Fault.CONFLICTING_ID}


def stated(told: Told) -> Profile:
    data = data_of(told.event)
    addresses = [*data["subject"].get("person", {}).get("addresses", ()), *data.get("locations", ())]
    sections = {"subject": data["subject"], "location": {"addresses": addresses}, "sharing": data["sharing"]}
    record = Record(told.agency, told.event.subject.reference)
    return profile_of(*record, uuid5(NAMESPACE_URL, ":".join(record)), sections)


def persons(sendings: Iterable[Told]) -> dict[Record, UUID]:
    """Return the person of each record after linking by rule alone, nobody having reviewed anything."""
    profiles: dict[Record, Profile] = {}
    found: dict[Record, UUID] = {}
    for told in sendings:
        if told.fault in KEPT_ASIDE or isinstance(told.event.detail, (Correction, Retraction)):
            continue
        record, profile = Record(told.agency, told.event.subject.reference), stated(told)
        profiles[record] = merge(profiles[record], profile) if record in profiles else profile
        if found.get(record, profile.subject) == profile.subject:
            others = [Candidate(profiles[other], person) for other, person in found.items() if other != record]
            decided = decide_link(profiles[record], others, frozenset())
            found[record] = decided.person if isinstance(decided, Link) else profile.subject
    return found


def mixed(found: dict[Record, UUID], children: Iterable[ChildKey]) -> list[set[str]]:
    labels = defaultdict(set)
    owners = {record: key.label for key in children for record in key.records}
    for record, person in found.items():
        labels[person].add(owners.get(record, record.reference))
    return [group for group in labels.values() if len(group) > 1]


@pytest.mark.parametrize("kind", StoryKind)
def test_no_rule_takes_one_child_for_another(kind: StoryKind) -> None:
    for seed in range(6):
        one = family(kind, seed)
        assert mixed(persons(one.told), one.children) == []


def test_many_records_are_linked_all_the_same() -> None:
    records = linked = 0
    for one in families(60, seed=13):
        found = persons(one.told)
        records += len(found)
        linked += len(found) - len(set(found.values()))
    assert linked > records / 8


@pytest.fixture(scope="module")
def tale() -> Story:
    return story()


def test_the_childs_three_agencies_are_one_and_the_others_wait_for_a_person(tale: Story) -> None:
    found = persons(told for told in tale.told if told.arrived_at <= tale.moment_before_correction)
    linked = {record.agency for record in tale.child if record in found and found[record] == found[tale.child[0]]}
    assert linked >= {CSC, HOSPITAL, SCHOOLS}
    assert {record.agency for record in tale.child if record in found} > linked


def test_in_the_fixed_story_each_of_a_pair_stays_apart(tale: Story) -> None:
    found = persons(tale.told)
    for first, second in (tale.twins, tale.adopted_pair, tale.unborn):
        assert {found[record] for record in first.records}.isdisjoint(found[record] for record in second.records)
    for twin in tale.twins:
        assert len({found[record] for record in twin.records}) == 1
