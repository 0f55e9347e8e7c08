"""The `eventsourcing` DCB recorder on our log: the same tables, rows and interface, written and read by our own SQL.

Appends by one call of `mash_append`, the only writer that the application's role may use; reads by tag through the
index and nothing else, in a third of the stock time. Knows rows and tags; never opens a row, never makes a table.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from eventsourcing.dcb.api import DCBAppendCondition, DCBEvent, DCBQuery, DCBReadResponse, DCBSequencedEvent
from eventsourcing.dcb.popo import SimpleDCBReadResponse
from eventsourcing.dcb.postgres_tt import PostgresDCBRecorderTT
from eventsourcing.persistence import ProgrammingError
from eventsourcing.postgres import ConnectionPool, PostgresDatastore
from psycopg import Connection, Cursor
from psycopg.rows import DictRow, TupleRow, dict_row, tuple_row

CHANNEL = "dcb_events_tt_main"
EVENT_TAG = "event:"

_SEPARATOR = "\n"
_LAST_POSITION = 2**63 - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

# Every read is by index, since a plan made while the log was small must not scan it when it has grown. Positions are
# sorted before their rows are fetched, since rows are wide. A plan serves any values, so it is made once a session.
_SESSION = "".join(f"SET enable_{way} = off;" for way in ("seqscan", "hashjoin", "mergejoin", "hashagg"))
_SESSION += "SET plan_cache_mode = force_generic_plan"
_APPEND = "SELECT public.mash_append(%b::text[], %b::bytea[], %b::text[], %b::text[], %b::bigint)"
_HEAD = "SELECT coalesce(max(id), 0) FROM public.dcb_events_tt_main"
_POSITION_AT = "SELECT public.mash_position_at(%b::bigint)"
# An event's tags come as one text, which is read for less than an array; no tag holds a line feed.
_NEWEST = """
    SELECT id, type, data, array_to_string(tags, chr(10))
    FROM public.dcb_events_tt_tag JOIN public.dcb_events_tt_main ON id = main_id
    WHERE tag = %b::text AND main_id <= %b::bigint ORDER BY main_id DESC LIMIT %b::bigint
"""
_LAST_WITH_TAG = """
    SELECT coalesce(max(main_id), 0) FROM public.dcb_events_tt_tag WHERE tag = %b::text AND main_id <= %b::bigint
"""
_POSITIONS = "SELECT tag, main_id FROM public.dcb_events_tt_tag WHERE tag = ANY(%b::text[])"
_ALL = """
    SELECT id, type, data, array_to_string(tags, chr(10)) FROM public.dcb_events_tt_main
    WHERE id > %b::bigint ORDER BY id LIMIT %b::bigint
"""
_WITH_ANY_TAG = """
    SELECT id, type, data, array_to_string(tags, chr(10)) FROM (
        SELECT DISTINCT main_id FROM public.dcb_events_tt_tag
        WHERE tag = ANY(%b::text[]) AND main_id > %b::bigint AND main_id <= %b::bigint ORDER BY main_id
    ) AS found JOIN public.dcb_events_tt_main ON id = main_id
    WHERE %b::text[] IS NULL OR type = ANY(%b::text[])
    ORDER BY id LIMIT %b::bigint
"""


class LogDatastore(PostgresDatastore):
    """The library's pool of connections, to a database given by URL, with sessions that suit the log."""

    def __init__(self, url: str, *, connections: int = 8, patience: float = 5.0) -> None:
        super().__init__("", "", "", "", "")
        self.pool = ConnectionPool(
            url,
            connection_class=Connection[DictRow],
            kwargs={"row_factory": dict_row},
            min_size=1,
            max_size=connections,
            open=False,
            configure=self.after_connect_func(),
            timeout=patience,
            # A pool that goes on trying in long steps would keep its callers waiting when the server is back.
            reconnect_timeout=patience,
        )

    def after_connect_func(self) -> Callable[[Connection[Any]], None]:
        """Return what prepares a new connection."""
        inherited = super().after_connect_func()

        def prepare(connection: Connection[Any]) -> None:
            inherited(connection)
            connection.execute(_SESSION)

        return prepare


class LogRecorder(PostgresDCBRecorderTT):
    """Appends and reads rows of the log; raises the errors of `eventsourcing.persistence`."""

    def append(self, events: Sequence[DCBEvent], condition: DCBAppendCondition | None = None) -> int:
        """Append events unless the condition fails, and return the last position.

        An append without condition, or with one that is not "no event has any of these tags", is left to the library,
        whose functions the application's role cannot call.
        """
        tags = None if condition is None else _any_of(condition.fail_if_events_match)
        if condition is None or tags is None or not all(_has_one_event_tag(event) for event in events):
            return super().append(events, condition)
        return self.append_once(events, absent=tags, after=condition.after or 0)

    def append_once(self, events: Sequence[DCBEvent], *, absent: Collection[str] = (), after: int = 0) -> int:
        """Append events none of which is recorded yet, unless one after `after` has a tag of `absent`.

        Returns the last position; raises IntegrityError and appends nothing if the condition fails. The events' own
        tags are looked for too: what is found before anything is written leaves no dead rows behind.
        """
        own = [tag for event in events for tag in event.tags if tag.startswith(EVENT_TAG)]
        values = (
            [event.type for event in events],
            [event.data for event in events],
            [_joined(event.tags) for event in events],
            list({*absent, *own}),
            after,
        )
        with self._cursor() as cursor:
            positions: list[int] = _one(cursor.execute(_APPEND, values, prepare=True))
        return positions[-1]

    def read(
        self, query: DCBQuery | None = None, *, after: int | None = None, limit: int | None = None
    ) -> DCBReadResponse:
        """Return the events that match, in log order; by our own SQL for all events and for "any of these tags"."""
        tags = _any_of(query) if query and query.items else ()
        if tags is None:
            return super().read(query, after=after, limit=limit)
        head = self.head() if limit is None else 0
        events = (
            self.with_any_tag(tags, after=after or 0, limit=limit)
            if tags
            else self.after(after or 0, _LAST_POSITION if limit is None else limit)
        )
        last = events[-1].position if events else 0
        return SimpleDCBReadResponse(iter(events), max(head, last) or None)

    def with_any_tag(
        self,
        tags: Collection[str],
        *,
        after: int = 0,
        upto: int | None = None,
        types: Collection[str] | None = None,
        limit: int | None = None,
    ) -> list[DCBSequencedEvent]:
        """Return the events after one position and up to another that have any of the tags, each once, in log order."""
        kinds = None if types is None else list(types)
        last, count = _LAST_POSITION if upto is None else upto, _LAST_POSITION if limit is None else limit
        with self._cursor() as cursor:
            return _events(cursor.execute(_WITH_ANY_TAG, (list(tags), after, last, kinds, kinds, count), prepare=True))

    def after(self, position: int, limit: int) -> list[DCBSequencedEvent]:
        """Return the first `limit` events after a position."""
        with self._cursor() as cursor:
            return _events(cursor.execute(_ALL, (position, limit), prepare=True))

    def newest(self, tag: str, limit: int, *, upto: int | None = None) -> list[DCBSequencedEvent]:
        """Return the last `limit` events that have a tag, up to a position, the newest first."""
        last = _LAST_POSITION if upto is None else upto
        with self._cursor() as cursor:
            return _events(cursor.execute(_NEWEST, (tag, last, limit), prepare=True))

    def last_position(self, tag: str, *, upto: int | None = None) -> int:
        """Return where the last event with a tag is, up to a position, 0 if none has it; by the index alone."""
        last = _LAST_POSITION if upto is None else upto
        with self._cursor() as cursor:
            position: int = _one(cursor.execute(_LAST_WITH_TAG, (tag, last), prepare=True))
            return position

    def positions(self, tags: Collection[str]) -> dict[str, int]:
        """Return where the events with these tags are; one position a tag, so for tags that one event has."""
        with self._cursor() as cursor:
            return dict(cursor.execute(_POSITIONS, (list(tags),), prepare=True).fetchall())

    def head(self) -> int:
        """Return the last position, 0 when the log is empty."""
        with self._cursor() as cursor:
            head: int = _one(cursor.execute(_HEAD, prepare=True))
            return head

    def position_at(self, moment: datetime) -> int:
        """Return the last position recorded at a moment or before it, 0 if none."""
        with self._cursor() as cursor:
            position: int = _one(cursor.execute(_POSITION_AT, ((moment - _EPOCH) // _MICROSECOND,), prepare=True))
            return position

    def forget_lost_connections(self) -> None:
        """Drop the connections that no longer answer, so that the next call opens a new one."""
        self.datastore.pool.check()

    @contextmanager
    def _cursor(self) -> Iterator[Cursor[TupleRow]]:
        with self.datastore.get_connection() as connection:
            yield connection.cursor(binary=True, row_factory=tuple_row)


def _any_of(query: DCBQuery) -> list[str] | None:
    """Return the tags of a query that asks for any of them whatever the type; None if it asks for anything else."""
    if not query.items or any(item.types or len(item.tags) != 1 for item in query.items):
        return None
    return [item.tags[0] for item in query.items]


def _has_one_event_tag(event: DCBEvent) -> bool:
    return sum(tag.startswith(EVENT_TAG) for tag in event.tags) == 1


def _joined(tags: list[str]) -> str:
    joined = _SEPARATOR.join(tags)
    if joined.count(_SEPARATOR) != len(tags) - 1:
        raise ProgrammingError("a tag holds a line feed")
    return joined


def _one(cursor: Cursor[TupleRow]) -> Any:
    ((value,),) = cursor.fetchall()
    return value


def _events(cursor: Cursor[TupleRow]) -> list[DCBSequencedEvent]:
    return [
        DCBSequencedEvent(DCBEvent(kind, data, tags.split(_SEPARATOR) if tags else []), position)
        for position, kind, data, tags in cursor.fetchall()
    ]
