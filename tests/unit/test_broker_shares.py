"""Every partition is somebody's, nobody's twice, and shares are even."""

from itertools import chain

from hypothesis import given
from hypothesis import strategies as st

from hub.broker.shares import share

TOPICS = st.sets(st.integers(1, 5), min_size=1)
MEMBERS = st.dictionaries(st.integers(1, 10_000), TOPICS, min_size=1, max_size=6)
COUNTS = st.dictionaries(st.integers(1, 5), st.integers(1, 8), min_size=1)


def numbered(counts: dict[int, int]) -> dict[int, list[int]]:
    return {topic: list(range(topic * 100, topic * 100 + count)) for topic, count in counts.items()}


def test_the_example_of_the_docstring() -> None:
    assert share({1: {7}, 2: {7}}, {7: [0, 1, 2]}) == {1: {0, 2}, 2: {1}}


@given(MEMBERS, COUNTS)
def test_each_partition_with_a_reader_belongs_to_exactly_one_of_its_readers(
    members: dict[int, set[int]], counts: dict[int, int]
) -> None:
    partitions = numbered(counts)
    shares = share(members, partitions)
    read = {topic for topics in members.values() for topic in topics}
    assert sorted(chain(*shares.values())) == sorted(
        chain(*(partitions[topic] for topic in partitions if topic in read))
    )
    for member, held in shares.items():
        assert all(partition // 100 in members[member] for partition in held)


@given(st.sets(st.integers(1, 10_000), min_size=1, max_size=6), COUNTS)
def test_members_of_the_same_topics_hold_the_same_number_give_or_take_one(
    members: set[int], counts: dict[int, int]
) -> None:
    sizes = [len(held) for held in share({member: set(counts) for member in members}, numbered(counts)).values()]
    assert max(sizes) - min(sizes) <= 1


@given(MEMBERS, COUNTS)
def test_every_member_works_out_the_same_shares(members: dict[int, set[int]], counts: dict[int, int]) -> None:
    partitions = {topic: list(reversed(numbers)) for topic, numbers in numbered(counts).items()}
    reordered = dict(reversed(members.items()))
    assert share(reordered, dict(reversed(partitions.items()))) == share(members, numbered(counts))
