"""What is cached of the key table counts only beside the table's generation of the moment."""

from hub.store.key_cache import KeyCache


class Table:
    """A key table with a generation, that counts what was read of it."""

    def __init__(self, **rows: int | None) -> None:
        self.generation = 0
        self.rows = rows
        self.asked: list[list[str]] = []

    def fetch(self, keys: list[str]) -> tuple[int, dict[str, int | None]]:
        self.asked.append(sorted(keys))
        return self.generation, {key: self.rows[key] for key in keys if key in self.rows}


def test_only_what_is_not_held_is_fetched() -> None:
    table, cache = Table(a=1, b=2), KeyCache[str, int | None](10)
    assert cache.read(["a"], table.fetch) == {"a": 1}
    assert cache.read(["a", "b"], table.fetch) == {"a": 1, "b": 2}
    assert table.asked == [["a"], ["b"]]


def test_what_is_not_in_the_table_is_left_out() -> None:
    table, cache = Table(a=1), KeyCache[str, int | None](10)
    assert cache.read(["a", "x"], table.fetch) == {"a": 1}


def test_the_generation_is_asked_even_when_all_is_held() -> None:
    table, cache = Table(a=1), KeyCache[str, int | None](10)
    cache.read(["a"], table.fetch)
    cache.read(["a"], table.fetch)
    assert table.asked == [["a"], []]


def test_a_new_generation_drops_everything() -> None:
    table, cache = Table(a=1, b=2), KeyCache[str, int | None](10)
    cache.read(["a", "b"], table.fetch)
    table.generation, table.rows = 1, {"a": None, "b": 2}
    assert cache.read(["a", "b"], table.fetch) == {"a": None, "b": 2}
    assert table.asked == [["a", "b"], [], ["a", "b"]]


def test_what_was_read_before_a_destruction_is_not_held_after_it() -> None:
    """A slow reader comes back with a key that another reader already knows to be destroyed."""
    table, cache = Table(a=1), KeyCache[str, int | None](10)
    cache.read(["a"], table.fetch)
    table.generation, table.rows = 1, {"a": None}
    cache.read(["a"], table.fetch)
    cache.add(0, {"a": 1})
    assert cache.read(["a"], table.fetch) == {"a": None}


def test_the_longest_unused_is_forgotten_first() -> None:
    table, cache = Table(a=1, b=2, c=3), KeyCache[str, int | None](2)
    for keys in (["a"], ["b"], ["a"], ["c"], ["a", "b"]):
        cache.read(keys, table.fetch)
    assert table.asked[-1] == ["b"]


def test_more_than_it_holds_are_all_returned() -> None:
    table, cache = Table(a=1, b=2, c=3), KeyCache[str, int | None](2)
    assert cache.read(["a", "b", "c"], table.fetch) == {"a": 1, "b": 2, "c": 3}
