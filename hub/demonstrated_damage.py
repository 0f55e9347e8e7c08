"""Change one byte of the log as only a superuser can who switches the triggers off; for the demonstration alone.

Works on the embedded server only, and puts back what was there: the demonstration's hub can be used afterwards.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

from hub.settings import Settings
from hub.store import postgres_server
from hub.store.database_errors import database_errors

_OFF = sql.SQL("ALTER TABLE public.dcb_events_tt_main DISABLE TRIGGER only_added_to")
_ON = sql.SQL("ALTER TABLE public.dcb_events_tt_main ENABLE ALWAYS TRIGGER only_added_to")
_TURNED_OVER = "UPDATE public.dcb_events_tt_main SET data = set_byte(data, %s, 255 - get_byte(data, %s)) WHERE id = %s"
_LENGTH = "SELECT length(data) FROM public.dcb_events_tt_main WHERE id = %s"


@contextmanager
def damaged(settings: Settings, position: int) -> Iterator[None]:
    """Turn over the last byte of the row at a position, and over again at the end."""
    superuser = postgres_server.start(settings.home).superuser
    _turn_over(superuser, position)
    try:
        yield
    finally:
        _turn_over(superuser, position)


def _turn_over(superuser: str, position: int) -> None:
    with database_errors(), psycopg.connect(superuser) as connection:
        found = connection.execute(_LENGTH, [position]).fetchone()
        last = found[0] - 1 if found else 0
        connection.execute(_OFF)
        connection.execute(_TURNED_OVER, [last, last, position])
        connection.execute(_ON)
