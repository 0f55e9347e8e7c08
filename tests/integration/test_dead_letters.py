"""What is kept aside is told on the dead-letter topic: why and where, and nothing of what it says."""

from contextlib import closing
from dataclasses import replace

from hub.contract.topics import DEAD_LETTERS, concerns_topic
from tests.hub_under_test import HubUnderTest, told


def letters(hub: HubUnderTest) -> list[dict[str, str]]:
    with closing(hub.hub.broker.consumer("watch", [DEAD_LETTERS])) as consumer:
        found = consumer.poll(100, 1.0)
    assert all(each.message.value == b"" for each in found)
    return [{name: value.decode() for name, value in each.message.headers} for each in found]


def test_a_refused_message_is_told_with_its_reason_and_its_place(new_hub: HubUnderTest) -> None:
    good = new_hub.message("police", told("P-1", words="Jane was seen at 1 High Street."), ce_id="e-1")
    odd = replace(good, key=b"Jane", headers=(*good.headers, ("Jane", b"999 000 0018")), value=b"Jane is at home")
    new_hub.publishes("police", odd, good)

    new_hub.consumes()

    (letter,) = letters(new_hub)
    (kept,) = new_hub.hub.quarantine.all()
    assert letter["mash-quarantine"] == str(kept.id)
    assert (letter["mash-reason"], letter["mash-topic"]) == (kept.reason, concerns_topic("police"))
    assert (int(letter["mash-partition"]), int(letter["mash-offset"])) == (kept.partition, kept.offset)
    assert "Jane" not in str(letter)
    assert "High Street" not in str(letter)


def test_good_messages_behind_many_bad_ones_arrive_and_leave_no_letters(new_hub: HubUnderTest) -> None:
    good = [new_hub.message("police", told(f"P-{n}"), ce_id=f"e-{n}") for n in range(3)]
    bad = [replace(good[0], value=b"%d" % n) for n in range(200)]
    new_hub.publishes("police", *bad, *good)

    taken = new_hub.consumes()

    assert (sum(taken.stored.values()), sum(taken.quarantined.values())) == (3, 200)
    assert len(letters(new_hub)) == 100, "one poll of a hundred"
