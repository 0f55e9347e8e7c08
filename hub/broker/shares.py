"""Who of a group reads which partition. Pure: every member computes the same shares from the same membership.

Each partition goes to the subscribed member that has fewest so far: none is left over, and among members of the same
topics nobody has two more than another. Members 1 and 2 of a topic of three partitions get {0, 2} and {1}.
"""

from collections.abc import Collection, Mapping


def share(members: Mapping[int, Collection[int]], partitions: Mapping[int, Collection[int]]) -> dict[int, set[int]]:
    """Return the partitions of each member, from the topics of each member and the partitions of each topic."""
    shares: dict[int, set[int]] = {member: set() for member in members}
    for topic in sorted(partitions):
        subscribed = sorted(member for member, topics in members.items() if topic in topics)
        for partition in sorted(partitions[topic]) if subscribed else ():
            shares[min(subscribed, key=lambda member: len(shares[member]))].add(partition)
    return shares
