"""Whatever a superuser does to the log is found and named, and what is still good is said."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from hub.application.proving import LogTree
from hub.application.verifying import Verified, verify_log
from hub.errors import HubError
from hub.proof.comparing import Kind
from hub.store.log import EventLog
from hub.store.mapper import DraftEvent
from hub.store.postgres_server import ServerUrls
from tests.log_rows import PlainSealer

NOW = datetime(2026, 3, 4, tzinfo=UTC)
ROWS = 6
MAIN, TAG = "public.dcb_events_tt_main", "public.dcb_events_tt_tag"
_FLIPPED = "set_byte({0}, %s, get_byte({0}, %s) # %s)"
_TAGS = "convert_to(array_to_string(tags, chr(10)), 'UTF8')"
FLIP = {
    "data": f"UPDATE {MAIN} SET data = {_FLIPPED.format('data')} WHERE id = %s",
    "type": f"UPDATE {MAIN} SET type = convert_from({_FLIPPED.format('type::bytea')}, 'UTF8') WHERE id = %s",
    "tags": (
        f"UPDATE {MAIN} SET tags = string_to_array(convert_from({_FLIPPED.format(_TAGS)}, 'UTF8'), chr(10))"
        " WHERE id = %s"
    ),
}
FORGED = "decode('4d4153480101000100000000000000010000', 'hex')"


class Attacked:
    """A log of a few events, its tree, and a superuser who has disabled the triggers."""

    def __init__(self, url: str, tree: LogTree, ids: list[UUID]) -> None:
        self.tree = tree
        self.ids = ids
        self._connection = psycopg.connect(url, autocommit=True)
        for table in (MAIN, TAG):
            self._connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER only_added_to")

    def does(self, statement: str, *values: Any) -> None:
        assert self._connection.execute(statement, values).rowcount != 0

    def positions(self) -> list[int]:
        """Return the rows' positions."""
        return [position for (position,) in self._connection.execute(f"SELECT id FROM {MAIN} ORDER BY id")]

    def columns(self) -> list[tuple[int, dict[str, int]]]:
        """Return each row's position, and how many bytes each of its columns has."""
        found = self._connection.execute(
            f"SELECT id, length(data), octet_length(type), length({_TAGS}) FROM {MAIN} ORDER BY id"
        )
        return [(position, {"data": data, "type": type, "tags": tags}) for position, data, type, tags in found]

    def verified(self) -> Verified:
        """Return what is found once the triggers are enabled again."""
        for table in (MAIN, TAG):
            self._connection.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER only_added_to")
        return verify_log(self.tree)

    def close(self) -> None:
        self._connection.close()
        self.tree.close()


@pytest.fixture
def attacked(new_database: ServerUrls, tmp_path: Path) -> Iterator[Attacked]:
    """Six events at positions 1 to 6, all in the tree and under its checkpoint."""
    log, ids = EventLog.connect(new_database.app, PlainSealer()), [uuid4() for _ in range(ROWS)]
    for number, each in enumerate(ids):
        log.append([DraftEvent(each, "referral", (f"subject:{number}", "agency:police"), ())], at=NOW)
    log.close()
    tree = LogTree(new_database.app, tmp_path / "log", tmp_path / "key")
    tree.grow()
    tree.checkpoint()
    assert verify_log(tree).whole
    attack = Attacked(new_database.superuser, tree, ids)
    yield attack
    attack.close()


def told(found: Verified) -> list[tuple[int, Kind]]:
    return [(fault.position, fault.kind) for fault in found.faults]


def test_every_byte_of_every_row_is_watched(attacked: Attacked) -> None:
    """Flip each byte of the data, the type and the tags of every row of a small log in turn, and put it back."""
    flipped = 0
    for position, sizes in attacked.columns():
        for column, size in sizes.items():
            for at in range(size):
                attacked.does(FLIP[column], at, at, 1, position)
                found = verify_log(attacked.tree)
                assert (told(found), found.good) == ([(position, Kind.ALTERED)], ROWS - 1), (column, at)
                if column != "tags":
                    assert found.faults[0].event == str(attacked.ids[position - 1])
                attacked.does(FLIP[column], at, at, 1, position)
                flipped += 1
    assert flipped > ROWS * 100
    assert attacked.verified().whole


def test_a_flipped_position_is_watched(attacked: Attacked) -> None:
    for position in range(1, ROWS + 1):
        for bit in range(63):
            other = position ^ (1 << bit)
            if 1 <= other <= ROWS:
                continue
            attacked.does(f"UPDATE {MAIN} SET id = %s WHERE id = %s", other, position)
            assert told(verify_log(attacked.tree))[0] in {(position, Kind.REMOVED), (other, Kind.INSERTED)}, bit
            attacked.does(f"UPDATE {MAIN} SET id = %s WHERE id = %s", position, other)
    assert attacked.verified().whole


@pytest.mark.parametrize(
    ("statement", "faults"),
    [
        (f"UPDATE {MAIN} SET type = 'other' WHERE id = 2", [(2, Kind.ALTERED)]),
        (f"UPDATE {MAIN} SET data = NULL WHERE id = 2", [(2, Kind.ALTERED)]),
        (f"UPDATE {MAIN} SET data = data || '\\x00' WHERE id = 2", [(2, Kind.ALTERED)]),
        (f"UPDATE {MAIN} SET tags = '{{}}' WHERE id = 2", [(2, Kind.ALTERED)]),
        (f"UPDATE {MAIN} SET tags = ARRAY[array_to_string(tags, chr(10))] WHERE id = 2", [(2, Kind.ALTERED)]),
        (
            f"UPDATE {MAIN} AS one SET data = (SELECT data FROM {MAIN} WHERE id = 9 - one.id) WHERE id IN (4, 5)",
            [(4, Kind.ALTERED), (5, Kind.ALTERED)],
        ),
        (
            f"UPDATE {MAIN} AS one SET tags = (SELECT tags FROM {MAIN} WHERE id = 9 - one.id) WHERE id IN (4, 5)",
            [(4, Kind.ALTERED), (5, Kind.ALTERED)],
        ),
        (f"UPDATE {MAIN} SET tags = ARRAY[tags] WHERE id = 2", [(2, Kind.ALTERED)]),
        (f"UPDATE {MAIN} SET tags = ('[0:2]=' || tags::text)::text[] WHERE id = 2", [(2, Kind.ALTERED)]),
        (f"UPDATE {MAIN} SET tags = array_fill('x'::text, ARRAY[70000]) WHERE id = 2", [(2, Kind.ALTERED)]),
        (f"UPDATE {MAIN} SET type = repeat('x', 70000) WHERE id = 2", [(2, Kind.ALTERED)]),
        (f"DELETE FROM {MAIN} WHERE id = 3", [(3, Kind.REMOVED)]),
        (f"DELETE FROM {MAIN} WHERE id > 4", [(5, Kind.REMOVED), (6, Kind.REMOVED)]),
        (f"DELETE FROM {MAIN}", [(number, Kind.REMOVED) for number in range(1, 7)]),
        (f"UPDATE {MAIN} SET id = 100 WHERE id = 6", [(6, Kind.REMOVED), (100, Kind.TAGS)]),
        (
            f"INSERT INTO {MAIN} (id, type, data, tags) VALUES (-9223372036854775808, 'x', {FORGED}, '{{}}')",
            [(-(2**63), Kind.INSERTED)],
        ),
        (
            f"INSERT INTO {MAIN} (id, type, data, tags) VALUES (7, 'x', {FORGED}, '{{}}')",
            [(7, Kind.CLOCK)],
        ),
        (f"DELETE FROM {TAG} WHERE main_id = 3 AND tag = 'agency:police'", [(3, Kind.TAGS)]),
        (f"INSERT INTO {TAG} VALUES ('subject:9', 3)", [(3, Kind.TAGS)]),
        (f"UPDATE {TAG} SET main_id = 4 WHERE main_id = 3 AND tag LIKE 'event:%%'", [(3, Kind.TAGS), (4, Kind.TAGS)]),
    ],
    ids=str,
)  # fmt: skip
def test_damage_is_found_and_named(attacked: Attacked, statement: str, faults: list[tuple[int, Kind]]) -> None:
    attacked.does(statement)
    found = attacked.verified()
    assert told(found) == faults
    assert found.about == []
    untouched = {*attacked.positions()} - {position for position, _ in told(found)}
    still_good = len({position for position in untouched if position <= ROWS})
    lost_by_tags = sum(kind is Kind.TAGS and position <= ROWS for position, kind in told(found))
    assert found.good == still_good + lost_by_tags


def test_rows_in_another_order_are_found(attacked: Attacked) -> None:
    for old, new in ((2, 50), (3, 2), (50, 3)):
        attacked.does(f"UPDATE {MAIN} SET id = %s WHERE id = %s", new, old)
        attacked.does(f"UPDATE {TAG} SET main_id = %s WHERE main_id = %s", new, old)
    assert told(attacked.verified()) == [(2, Kind.ALTERED), (3, Kind.ALTERED)]


def test_a_row_without_tags_is_found(attacked: Attacked) -> None:
    attacked.does(f"ALTER TABLE {MAIN} ALTER tags DROP NOT NULL, ALTER type DROP NOT NULL")
    attacked.does(f"UPDATE {MAIN} SET tags = NULL, type = NULL WHERE id = 2")
    assert told(attacked.verified()) == [(2, Kind.ALTERED)]


def test_a_clock_that_ran_backwards_is_found_in_the_tree_too(attacked: Attacked) -> None:
    attacked.does(f"INSERT INTO {MAIN} (id, type, data, tags) VALUES (7, 'x', {FORGED}, '{{}}')")
    attacked.tree.grow()
    found = attacked.verified()
    assert (told(found), found.good) == ([(7, Kind.CLOCK)], ROWS)


def test_a_trigger_left_disabled_is_said(attacked: Attacked) -> None:
    assert [each.code for each in verify_log(attacked.tree).about] == ["schema-changed"]


def test_a_part_can_be_verified_alone(attacked: Attacked) -> None:
    attacked.does(f"DELETE FROM {MAIN} WHERE id = 3")
    assert [told(verify_log(attacked.tree, *part)) for part in ((1, 2), (3, 3), (4, None), (1, 3))] == [
        [], [(3, Kind.REMOVED)], [], [(3, Kind.REMOVED)],
    ]  # fmt: skip


def test_a_tree_made_anew_from_a_rewritten_log_is_not_what_was_signed(attacked: Attacked) -> None:
    attacked.does(FLIP["data"], 20, 20, 1, 2)
    attacked.does("DELETE FROM hub.follower")
    (attacked.tree.folder / "leaves").unlink()
    anew = LogTree(attacked.tree._url, attacked.tree.folder, attacked.tree._key)
    anew.grow()
    assert [each.code for each in verify_log(anew).about if each.code != "schema-changed"] == ["log-forked"]
    with pytest.raises(Exception, match="does not continue"):
        anew.checkpoint()
    anew.close()


@pytest.mark.parametrize("name", ["leaves", "checkpoint"])
def test_damage_to_the_trees_own_files_is_found(attacked: Attacked, name: str) -> None:
    path = attacked.tree.folder / name
    content = bytearray(path.read_bytes())
    for at in range(len(content)):
        content[at] ^= 1
        path.write_bytes(content)
        assert not verify_log(attacked.tree).whole, at
        content[at] ^= 1
    path.write_bytes(content)
    assert attacked.verified().whole


def test_a_proof_that_would_not_hold_is_not_handed_out(attacked: Attacked) -> None:
    with (attacked.tree.folder / "leaves").open("r+b") as file:
        file.seek(4 * 44 + 20)
        file.write(b"!")
    with pytest.raises(HubError, match="not in the tree"):
        attacked.tree.prove(attacked.ids[0], 1)


def test_a_checkpoint_kept_elsewhere_tells_a_history_that_was_made_anew(attacked: Attacked) -> None:
    """All that the hub's own machine holds is rewritten, and signed with its key: only an outsider's copy differs."""
    elsewhere = attacked.tree.kept()
    assert elsewhere is not None
    assert verify_log(attacked.tree, against=elsewhere).about[0].code == "schema-changed"
    attacked.does(FLIP["data"], 20, 20, 1, 2)
    for name in ("leaves", "checkpoint"):
        (attacked.tree.folder / name).unlink()
    anew = LogTree(attacked.tree._url, attacked.tree.folder, attacked.tree._key)
    anew.grow()
    anew.checkpoint()
    assert attacked.verified().whole is False
    assert verify_log(anew).whole
    assert [each.code for each in verify_log(anew, against=elsewhere).about] == ["log-forked"]
    anew.close()


def test_a_last_row_that_was_rewritten_is_not_grown_over(attacked: Attacked) -> None:
    attacked.does(FLIP["data"], 20, 20, 1, ROWS)
    with pytest.raises(Exception, match=f"position {ROWS} is not what was recorded"):
        attacked.tree.grow()
