"""Everything in the hub's schemas besides their rows, as sorted lines of text that can be compared: one line a fact.

Covers `public` and every schema that one of the hub's roles owns; an extension goes into a schema of its own. Reads
only PostgreSQL's own catalogues, which every role may read. Grantors, identifiers of objects and sizes are left out, so
that a database restored from a dump gives the same lines.
"""

from importlib.resources import files
from typing import Any

import psycopg
from psycopg.rows import tuple_row


def catalogue(connection: psycopg.Connection[Any]) -> list[str]:
    """Return the facts of a database, sorted."""
    query = (files("hub.store") / "migrations" / "catalogue.sql").read_bytes()
    with connection.transaction(), connection.cursor(row_factory=tuple_row) as cursor:
        # Names come out qualified or not by the search path, so it is fixed.
        cursor.execute("SET LOCAL search_path = pg_catalog")
        return sorted(fact for (fact,) in cursor.execute(query))


def difference(expected: list[str], found: list[str]) -> list[str]:
    """Return each fact that is missing and each that should not be there."""
    missing = [f"missing: {fact}" for fact in sorted({*expected} - {*found})]
    return missing + [f"not expected: {fact}" for fact in sorted({*found} - {*expected})]
