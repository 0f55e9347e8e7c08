"""Headers come back as they were packed."""

from hypothesis import given
from hypothesis import strategies as st

from hub.broker.headers import pack_headers, unpack_headers

NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@given(st.lists(st.tuples(NAMES, st.binary(max_size=300)), max_size=12))
def test_order_repeats_and_odd_bytes_are_kept(headers: list[tuple[str, bytes]]) -> None:
    assert unpack_headers(pack_headers(tuple(headers))) == tuple(headers)


def test_a_message_without_headers_has_none() -> None:
    assert unpack_headers(pack_headers(())) == ()
