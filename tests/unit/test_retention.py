"""Since when a record is due: by its longest rule, and never where one of its events has none."""

from datetime import date
from uuid import UUID

import pytest

from hub.application.retention import Due, _Record
from hub.events.directory import CountedFrom, RetentionRule

KNOWN, BIRTHDAY = CountedFrom.KNOWN, CountedFrom.EIGHTEENTH_BIRTHDAY


def rule(kind: str, years: int, counted_from: CountedFrom = KNOWN) -> RetentionRule:
    return RetentionRule(types=[kind], years=years, counted_from=counted_from, authority="A schedule")


@pytest.mark.parametrize(
    ("rules", "born", "since"),
    [
        ([rule("a", 6), rule("b", 1)], None, date(2026, 2, 28)),
        ([rule("a", 1), rule("b", 1)], None, date(2022, 5, 1)),
        ([rule("a", 6)], None, None),
        ([rule("a", 0), rule("b", 7, BIRTHDAY)], date(2004, 2, 29), date(2029, 3, 1)),
        ([rule("a", 0), rule("b", 7, BIRTHDAY)], None, None),
        ([rule("a", 0), rule("b", 0, BIRTHDAY)], date(1980, 1, 1), date(2021, 5, 1)),
    ],
)
def test_a_record_is_due_once_all_of_it_is(rules: list[RetentionRule], born: date | None, since: date | None) -> None:
    record = _Record("police", 2, born, latest={"a": date(2020, 2, 28), "b": date(2021, 5, 1)})
    ruled = {kind: each for each in rules for kind in each.types}
    record.unruled = not record.latest.keys() <= ruled.keys()
    found = record.due(UUID(int=1), ruled)
    assert (found and found.since) == since
    assert found is None or isinstance(found, Due)
