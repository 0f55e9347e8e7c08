"""The log's rows as they lie in the table, for whoever compares or hashes them: nothing is opened, no key is needed.

A row comes as (position, type, tags joined by line feeds, how many tags, data). What only a hand at the database could
make of it comes as something that no recorded row is: NULL as empty, a type or a list of tags beyond all measure cut
short, an array of tags of another shape as PostgreSQL writes it.
"""

from collections.abc import Iterator
from typing import Any

import psycopg
from psycopg.rows import tuple_row

BareRow = tuple[int, str, str, int, bytes]

FIRST_POSITION, LAST_POSITION = -(2**63), 2**63 - 1
_FROM = """
    SELECT id, left(coalesce(type, ''), 10000),
        CASE WHEN array_ndims(tags) = 1 AND array_lower(tags, 1) = 1 THEN array_to_string(tags, chr(10), '')
            ELSE coalesce(tags::text, '') END,
        least(coalesce(cardinality(tags), 0), 65535), coalesce(data, '')
    FROM public.dcb_events_tt_main WHERE id >= %b::bigint AND id <= %b::bigint ORDER BY id LIMIT %b::bigint
"""
_OTHER_TAGS = """
    WITH told AS (
        SELECT id, unnest(tags) AS tag FROM public.dcb_events_tt_main WHERE id >= %b::bigint AND id <= %b::bigint
    ), held AS (
        SELECT main_id AS id, tag FROM public.dcb_events_tt_tag
        WHERE (main_id >= %b::bigint AND main_id <= %b::bigint) OR main_id IS NULL
    )
    SELECT DISTINCT coalesce(id, 0) FROM (
        (TABLE told EXCEPT ALL TABLE held) UNION ALL (TABLE held EXCEPT ALL TABLE told)
    ) AS differing ORDER BY 1 LIMIT 1000
"""


def rows_after(connection: psycopg.Connection[Any], position: int, limit: int) -> list[BareRow]:
    """Return the first rows after a position, in log order."""
    return _rows(connection, position + 1, LAST_POSITION, limit)


def row_at(connection: psycopg.Connection[Any], position: int) -> BareRow | None:
    """Return the row at a position, None where there is none."""
    return next(iter(_rows(connection, position, position, 1)), None)


def all_rows(
    connection: psycopg.Connection[Any], first: int = FIRST_POSITION, last: int = LAST_POSITION, page: int = 2000
) -> Iterator[list[BareRow]]:
    """Yield all rows from one position to another in pages, those that only a hand put before position 1 too."""
    while first <= last and (rows := _rows(connection, first, last, page)):
        yield rows
        first = rows[-1][0] + 1


def _rows(connection: psycopg.Connection[Any], first: int, last: int, limit: int) -> list[BareRow]:
    with connection.cursor(binary=True, row_factory=tuple_row) as cursor:
        return cursor.execute(_FROM, (first, last, limit), prepare=True).fetchall()


def otherwise_tagged(
    connection: psycopg.Connection[Any], first: int = FIRST_POSITION, last: int = LAST_POSITION
) -> list[int]:
    """Return the positions whose tags, by which events are found, are not those of their rows."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        return [position for (position,) in cursor.execute(_OTHER_TAGS, (first, last, first, last), binary=True)]
