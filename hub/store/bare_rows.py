"""The log's rows as they lie in the table, for whoever compares or hashes them: nothing is opened, no key is needed.

A row comes as (position, type, tags joined by line feeds, how many tags, data); what is NULL, which only a hand at the
database could make it, comes as empty.
"""

from collections.abc import Iterator
from typing import Any

import psycopg
from psycopg.rows import tuple_row

BareRow = tuple[int, str, str, int, bytes]

LAST_POSITION = 2**63 - 1
_AFTER = """
    SELECT id, coalesce(type, ''), array_to_string(tags, chr(10), ''), cardinality(tags), coalesce(data, '')
    FROM public.dcb_events_tt_main WHERE id > %b::bigint AND id <= %b::bigint ORDER BY id LIMIT %b::bigint
"""
_OTHER_TAGS = """
    WITH told AS (
        SELECT id, unnest(tags) AS tag FROM public.dcb_events_tt_main WHERE id > %b::bigint AND id <= %b::bigint
    ), held AS (
        SELECT main_id AS id, tag FROM public.dcb_events_tt_tag
        WHERE (main_id > %b::bigint AND main_id <= %b::bigint) OR main_id IS NULL
    )
    SELECT DISTINCT coalesce(id, 0) FROM (
        (TABLE told EXCEPT ALL TABLE held) UNION ALL (TABLE held EXCEPT ALL TABLE told)
    ) AS differing ORDER BY 1 LIMIT 1000
"""


def rows_after(
    connection: psycopg.Connection[Any], position: int, limit: int, upto: int = LAST_POSITION
) -> list[BareRow]:
    """Return the first rows after a position, in log order."""
    with connection.cursor(binary=True, row_factory=tuple_row) as cursor:
        return cursor.execute(_AFTER, (position, upto, limit), prepare=True).fetchall()


def all_rows(
    connection: psycopg.Connection[Any], after: int = 0, upto: int = LAST_POSITION, page: int = 2000
) -> Iterator[list[BareRow]]:
    """Yield all rows after one position up to another, in pages."""
    while rows := rows_after(connection, after, page, upto):
        yield rows
        after = rows[-1][0]


def otherwise_tagged(connection: psycopg.Connection[Any], after: int = 0, upto: int = LAST_POSITION) -> list[int]:
    """Return the positions whose tags, by which events are found, are not those of their rows."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        return [position for (position,) in cursor.execute(_OTHER_TAGS, (after, upto, after, upto), binary=True)]
