"""The plan: what is missing is made, what differs is set, what is too much is kept unless deletion is allowed."""

from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.broker.kafka_plan import Action, Change, Difference, Settings, plan, to_do
from hub.broker.kafka_topology import Grant, Kind, Topic, Topology, User, needed, needed_topic, principal
from hub.contract.topics import RELAY, concerns_topic

NOTHING = Topology({}, frozenset(), frozenset())
WANTED = needed(["police", "school"], 1)
POLICE = principal("police")


def after(found: Topology, changes: Iterable[Change]) -> Topology:
    """Return what a broker has after some changes."""
    topics, users, grants = dict(found.topics), set(found.users), set(found.grants)
    for change in changes:
        match change.action, change.subject:
            case Action.ADD, Topic() as topic:
                topics[topic.name] = topic
            case Action.CHANGE, Settings() as settings:
                topic = topics[settings.topic]
                topics[topic.name] = replace(topic, settings={**topic.settings, **settings.wanted})
            case Action.REMOVE, Topic() as topic:
                del topics[topic.name]
            case Action.ADD, User() as user:
                users.add(user)
            case Action.REMOVE, User() as user:
                users.remove(user)
            case Action.ADD, Grant() as grant:
                grants.add(grant)
            case Action.REMOVE, Grant() as grant:
                grants.remove(grant)
    return Topology(topics, frozenset(users), frozenset(grants))


def beside(found: Topology, *grants: Grant, topics: Iterable[Topic] = (), users: Iterable[str] = ()) -> Topology:
    """Return a topology with more in it."""
    return Topology(
        {**found.topics, **{topic.name: topic for topic in topics}},
        found.users | frozenset(map(User, users)),
        found.grants | frozenset(grants),
    )


def test_an_empty_broker_gets_everything_and_then_nothing() -> None:
    changes = plan(WANTED, NOTHING)
    assert {change.action for change in changes} == {Action.ADD}
    assert after(NOTHING, changes) == WANTED
    assert plan(WANTED, WANTED) == []


def test_topics_come_before_users_and_users_before_access() -> None:
    kinds = [type(change.subject) for change in plan(WANTED, NOTHING)]
    assert kinds == sorted(kinds, key=[Topic, User, Grant].index)


SIZES = st.sets(st.sampled_from(["police", "school", "school-2", "refuge", "gp"]))


@given(before=SIZES, now=SIZES, replicas=st.sampled_from([1, 3]), allow=st.booleans())
def test_from_any_partnership_to_any_other_a_second_plan_has_nothing_to_do(
    before: set[str], now: set[str], replicas: int, allow: bool
) -> None:
    found, wanted = needed(before, replicas), needed(now, replicas)
    changes = plan(wanted, found, allow_delete=allow)
    reached = after(found, changes)
    assert to_do(plan(wanted, reached, allow_delete=allow)) == []
    assert reached == wanted if allow else set(reached.topics) == set(wanted.topics) | set(found.topics)
    if not allow:
        assert Action.REMOVE not in {change.action for change in changes}


def test_an_agency_that_left_is_shown_and_kept_until_deletion_is_allowed() -> None:
    left = needed(["police", "school", "gone"], 1)
    kept = plan(WANTED, left)
    assert {change.action for change in kept} == {Action.KEEP}
    removed = plan(WANTED, left, allow_delete=True)
    assert [replace(change, action=Action.KEEP) for change in removed] == kept
    assert after(left, removed) == WANTED


def test_who_left_loses_access_first_and_its_topics_last() -> None:
    subjects = [type(each.subject) for each in plan(WANTED, needed(["police", "school", "gone"], 1), allow_delete=True)]
    assert subjects == sorted(subjects, key=[Grant, User, Topic].index)


def test_an_interrupted_removal_goes_on() -> None:
    found = needed(["police", "school", "gone"], 1)
    changes = plan(WANTED, found, allow_delete=True)
    for done in range(len(changes) + 1):
        between = after(found, changes[:done])
        assert plan(WANTED, between, allow_delete=True) == changes[done:]


def test_settings_that_differ_are_set_and_no_other_touched() -> None:
    name = concerns_topic("police")
    topic = WANTED.topics[name]
    found = replace(topic, settings={**topic.settings, "retention.ms": "1000", "segment.ms": "5"})
    (change,) = plan(WANTED, beside(WANTED, topics=[found]))
    assert change == Change(Action.CHANGE, Settings(name, {"retention.ms": "1209600000"}, {"retention.ms": "1000"}))


def test_partitions_are_never_added() -> None:
    (change,) = plan(WANTED, beside(WANTED, topics=[replace(WANTED.topics[concerns_topic("police")], partitions=3)]))
    assert change.action is Action.KEEP
    assert isinstance(change.subject, Difference)


def test_a_topic_of_one_replica_is_not_told_to_wait_for_two() -> None:
    wanted = needed(["police"], 3)
    found = beside(wanted, topics=[needed_topic(RELAY, 1)])
    (change,) = plan(wanted, found)
    assert isinstance(change.subject, Difference)
    assert "1 replicas, not 3" in change.subject.words


def test_a_password_changes_only_when_asked() -> None:
    assert plan(WANTED, WANTED, rotate=["police"]) == [Change(Action.CHANGE, User("police"))]
    assert [each.action for each in plan(WANTED, NOTHING, rotate=["police"]) if each.subject == User("police")] == [
        Action.ADD
    ]


@pytest.mark.parametrize(
    "grant",
    [
        Grant(POLICE, "read", Kind.TOPIC, concerns_topic("school")),
        Grant(POLICE, "read", Kind.TOPIC, "orders"),
        Grant(POLICE, "alter", Kind.CLUSTER, "kafka-cluster"),
        Grant(POLICE, "write", Kind.TOPIC, concerns_topic("police"), host="10.0.0.1"),
        Grant(POLICE, "read", Kind.GROUP, "school.", prefixed=True),
        Grant("User:stranger", "read", Kind.TOPIC, "mash.", prefixed=True),
        Grant("User:stranger", "read", Kind.GROUP, "police.records"),
        Grant("User:*", "describe", Kind.TOPIC, RELAY),
        Grant("User:stranger", "write", Kind.TRANSACTIONAL_ID, "mash.relay"),
    ],
    ids=str,
)
def test_access_too_much_is_shown_and_removed_only_when_allowed(grant: Grant) -> None:
    found = beside(WANTED, grant)
    assert plan(WANTED, found) == [Change(Action.KEEP, grant)]
    assert plan(WANTED, found, allow_delete=True) == [Change(Action.REMOVE, grant)]


@pytest.mark.parametrize(
    "grant",
    [
        Grant(POLICE, "write", Kind.TOPIC, concerns_topic("police"), denied=True),
        Grant("User:backup", "read", Kind.TOPIC, "*"),
        Grant("User:backup", "read", Kind.TOPIC, "ma", prefixed=True),
        Grant("User:backup", "read", Kind.GROUP, "police", prefixed=True),
    ],
    ids=str,
)
def test_a_refusal_set_by_hand_and_a_strangers_wide_access_are_shown_and_never_removed(grant: Grant) -> None:
    for allow in (False, True):
        assert plan(WANTED, beside(WANTED, grant), allow_delete=allow) == [Change(Action.KEEP, grant)]


def test_what_is_none_of_ours_is_not_even_shown() -> None:
    strangers = (
        Grant("User:shop", "read", Kind.TOPIC, "orders"),
        Grant("User:shop", "read", Kind.GROUP, "shop", prefixed=True),
        Grant("User:shop", "alter", Kind.CLUSTER, "kafka-cluster"),
    )
    assert plan(WANTED, beside(WANTED, *strangers, users=["shop", "admin"]), allow_delete=True) == []
