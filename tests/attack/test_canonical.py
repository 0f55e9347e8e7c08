"""What is forgiven between two transcripts, and what is not."""

from uuid import UUID

from tests.attack.canonical import canonical_lines, differences

ONE, OTHER, THIRD = (str(UUID(int=number << 96)) for number in (0xA1, 0xB2, 0xC3))


def test_ids_of_chance_are_numbered_as_they_come() -> None:
    assert canonical_lines(f"a {OTHER} b {ONE} c {OTHER}", [ONE, OTHER]) == [
        "a <id 1, 36 letters> b <id 2, 36 letters> c <id 1, 36 letters>"
    ]


def test_the_start_of_an_id_has_its_number() -> None:
    assert canonical_lines(f"{ONE} {OTHER[:8]} {ONE[:8]}", [ONE, OTHER]) == [
        "<id 1, 36 letters> <id 2, 8 letters> <id 1, 8 letters>"
    ]


def test_any_other_id_stays() -> None:
    assert canonical_lines(f"{THIRD} {THIRD[:8]}", [ONE]) == [f"{THIRD} {THIRD[:8]}"]


def test_the_same_id_twice_is_not_two_ids() -> None:
    assert differences(canonical_lines(f"{ONE} {ONE}", [ONE]), canonical_lines(f"{ONE} {OTHER}", [ONE, OTHER]))


def test_times_sizes_spaces_and_order_are_not_forgiven() -> None:
    for one, other in (
        ("at 2024-01-01T09:00:00+00:00", "at 2024-01-01T09:00:00.000001+00:00"),
        ("a", "a "),
        ("a\nb", "b\na"),
        ("a", "a\n"),
        ("a\nb", "a\r\nb"),
    ):
        assert differences(canonical_lines(one, []), canonical_lines(other, []))


def test_a_line_more_is_found_wherever_it_stands() -> None:
    assert differences(["a", "b"], ["a"]) == ["only in one: 'b'"]
    assert differences(["a"], ["a", "b"]) == ["only in one: 'b'"]
    assert len(differences(["a", "b"], ["b"])) == 2


def test_the_same_is_the_same() -> None:
    assert differences(canonical_lines(f"{ONE}\nb", [ONE]), canonical_lines(f"{OTHER}\nb", [OTHER])) == []
