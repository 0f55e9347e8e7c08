"""The list of tasks where there are many: the most urgent first, a page at a time."""

import re

import pytest

from tests.hub_under_test import ANALYST, HubUnderTest, asks, new_nhs_number, told
from tests.pages import browsing
from tests.reviews import DUTY, GUARDIAN, OWNER, POLICE_OWNER, ask, confided, waiting

TASK = r"/tasks/[0-9a-f]{8}-[0-9a-f-]{27}"


def listed(page: str) -> list[str]:
    """Return the tasks that a page leads to, in its order."""
    return [address.removeprefix("/tasks/") for address in dict.fromkeys(re.findall(TASK, page))]


@pytest.fixture(scope="module")
def tasks(shared_hub: HubUnderTest) -> list[str]:
    """Twenty-seven tasks or more, by how urgent they are."""
    for _ in range(27):
        ask(shared_hub, confided(shared_hub))
    return [task["id"] for task in waiting(shared_hub, OWNER)]


def test_many_tasks_are_on_pages_in_order(tasks: list[str], shared_hub: HubUnderTest) -> None:
    with browsing(shared_hub, OWNER) as owner:
        start = owner.get("/")
        first = owner.opens("/tasks")
        second = owner.opens(r"/tasks\?page=2")

        assert set(listed(start)) == set(tasks[:10])
        assert f"See all tasks: {len(tasks) - 10} more" in start
        assert listed(first) == tasks[:25]
        assert "Previous page" not in first
        assert listed(second) == tasks[25:50]
        assert "page 2 of" in second
        assert listed(owner.opens(r"/tasks\?page=1")) == tasks[:25]


@pytest.mark.parametrize("page", ["0", "-1", "9999", "2 OR 1", "1e9", "%00", ""])
def test_a_page_that_is_none_is_not_there(page: str, shared_hub: HubUnderTest) -> None:
    with browsing(shared_hub, OWNER) as owner:
        owner.get(f"/tasks?page={page}")
        assert owner.status == 404


def test_a_look_at_one_task_records_that_task_alone(tasks: list[str], shared_hub: HubUnderTest) -> None:
    with browsing(shared_hub, OWNER) as owner:
        owner.get(f"/tasks/{tasks[26]}")
        assert owner.status == 200

    asked = [each.question for each in shared_hub.hub.decisions.newest(2)]
    assert [each["tasks"] for each in asked if "tasks" in each] == [[tasks[26]]]


def test_where_emergencies_fill_the_first_page_it_does_not_say_that_nothing_else_waits(
    shared_hub: HubUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.web.start._MOST_TASKS", 1)
    ask(shared_hub, shared_hub.hears("police", told("P-now", nhs=new_nhs_number())), DUTY, "emergency")
    with browsing(shared_hub, GUARDIAN) as guardian:
        start = guardian.get("/")

    assert "Emergencies to review" in start
    assert "See all tasks" in start
    assert "Nothing waits for you." not in start


def test_what_somebody_asks_of_an_owner_is_no_emergency(shared_hub: HubUnderTest) -> None:
    child = shared_hub.hears("police", told("P-1", nhs=new_nhs_number()))
    (item,) = shared_hub.items(child)
    shared_hub.hub.asking_owners.ask(child, item["id"], asks(ANALYST, reason="Please ring me about the visit"))
    with browsing(shared_hub, POLICE_OWNER) as owner:
        start = owner.get("/")

    assert "Somebody asks you to share more of this record" in start
    assert "Emergency</strong>" not in start
    assert "Emergencies to review" not in start
