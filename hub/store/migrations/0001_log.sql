-- The event log: two tables that are only ever added to, and the one function that adds to them.
-- All of it belongs to mash_log, that nobody signs in as; mash_app reads, and appends through mash_append alone.

SET LOCAL ROLE mash_log;

-- The types and tables of the library's recorder (eventsourcing.dcb.postgres_tt), so that the stock recorder reads this
-- log; a test compares them with the library's. Its append functions are not made. Two differences: main_id has no
-- REFERENCES (checking each tag costs a third of an append, and mash_append is the only writer), and data is sealed, so
-- nothing tries to compress it.

CREATE TYPE public.dcb_event_tt AS (
    type text,
    data bytea,
    tags text[]
);

CREATE TYPE public.dcb_query_item_tt AS (
    types text[],
    tags text[]
);

CREATE TABLE public.dcb_events_tt_main (
    id bigserial,
    type text NOT NULL,
    data bytea,
    tags text[] NOT NULL
) WITH (
    autovacuum_enabled = true,
    autovacuum_vacuum_threshold = 100000000,
    autovacuum_vacuum_scale_factor = 0.5,
    autovacuum_analyze_threshold = 1000,
    autovacuum_analyze_scale_factor = 0.01
);
ALTER TABLE public.dcb_events_tt_main ALTER COLUMN data SET STORAGE EXTERNAL;

CREATE UNIQUE INDEX dcb_events_tt_main_idx_id_type ON public.dcb_events_tt_main (id) INCLUDE (type);

CREATE TABLE public.dcb_events_tt_tag (
    tag text,
    main_id bigint
) WITH (
    autovacuum_enabled = true,
    autovacuum_vacuum_threshold = 100000000,
    autovacuum_vacuum_scale_factor = 0.5,
    autovacuum_analyze_threshold = 1000,
    autovacuum_analyze_scale_factor = 0.01
);

CREATE INDEX dcb_events_tt_tag_idx_tag_main_id ON public.dcb_events_tt_tag (tag, main_id);

-- Ours from here on. An event is recorded once, whoever asks and however often.
CREATE UNIQUE INDEX dcb_events_tt_tag_once ON public.dcb_events_tt_tag (tag) WHERE tag LIKE 'event:%';

CREATE FUNCTION public.mash_refuse_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'the event log is only ever added to: % of % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON public.dcb_events_tt_main
    FOR EACH STATEMENT EXECUTE FUNCTION public.mash_refuse_change();
CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON public.dcb_events_tt_tag
    FOR EACH STATEMENT EXECUTE FUNCTION public.mash_refuse_change();
ALTER TABLE public.dcb_events_tt_main ENABLE ALWAYS TRIGGER only_added_to;
ALTER TABLE public.dcb_events_tt_tag ENABLE ALWAYS TRIGGER only_added_to;

-- When a sealed row was recorded, in microseconds since 1970: big-endian, 8 bytes from offset 8 of its clear header.
CREATE FUNCTION public.mash_recorded_at(data bytea) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ('x' || encode(substring(data FROM 9 FOR 8), 'hex'))::bit(64)::bigint
$$;

-- Appends rows in the order given and returns their positions; all or nothing. Each row has one tag event:<uuid> that no
-- other event has, and its tags come joined by line feeds. The rows are stamped here, each one microsecond after the row
-- before: from the stamp that the first one brings, or from the log's last row if that is later. Fails with
-- unique_violation when an event is recorded already or an event after `after_position` has one of the tags `absent`.
CREATE FUNCTION public.mash_append(
    types text[],
    datas bytea[],
    tags text[],
    absent text[],
    after_position bigint
) RETURNS bigint[] LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET lock_timeout = '30s'
SET enable_seqscan = off
AS $$
DECLARE
    size integer := cardinality(types);
    stamp bigint;
    positions bigint[];
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'the log is added to at the isolation level read committed only, which sees the last row'
            USING ERRCODE = 'invalid_transaction_state';
    END IF;
    IF coalesce(size, 0) = 0 OR cardinality(datas) <> size OR cardinality(tags) <> size OR EXISTS (
        SELECT FROM unnest(types, datas, tags) AS item(type, data, tags)
        WHERE item.type IS NULL OR item.tags IS NULL OR octet_length(item.data) < 18
            OR substring(item.data FROM 1 FOR 4) IS DISTINCT FROM 'MASH'::bytea
            OR array_length(string_to_array(E'\n' || item.tags, E'\nevent:'), 1) <> 2
            OR item.tags !~ E'(^|\n)event:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(\n|$)'
            OR public.mash_recorded_at(item.data) NOT BETWEEN 0 AND 7258118400000000
    ) THEN
        RAISE EXCEPTION 'a row of the log needs a type, a sealed event and one event tag' USING ERRCODE = 'data_exception';
    END IF;

    LOCK TABLE public.dcb_events_tt_main IN EXCLUSIVE MODE;

    IF cardinality(absent) > 0 AND EXISTS (
        SELECT FROM unnest(absent) AS wanted(tag), LATERAL (
            SELECT FROM public.dcb_events_tt_tag AS other
            WHERE other.tag = wanted.tag AND other.main_id > after_position LIMIT 1
        ) AS any_event
    ) THEN
        RAISE EXCEPTION 'an event with such a tag is recorded already' USING ERRCODE = 'unique_violation';
    END IF;

    SELECT public.mash_recorded_at(data) + 1 INTO stamp FROM public.dcb_events_tt_main ORDER BY id DESC LIMIT 1;
    stamp := greatest(stamp, public.mash_recorded_at(datas[1]));
    positions := ARRAY(SELECT nextval('public.dcb_events_tt_main_id_seq') FROM generate_series(1, size));

    INSERT INTO public.dcb_events_tt_main (id, type, data, tags)
    SELECT item.id, item.type,
           overlay(item.data PLACING int8send(stamp + item.number - 1) FROM 9 FOR 8),
           string_to_array(item.tags, E'\n')
    FROM unnest(positions, types, datas, tags) WITH ORDINALITY AS item(id, type, data, tags, number);

    INSERT INTO public.dcb_events_tt_tag (tag, main_id)
    SELECT one.tag, item.id
    FROM unnest(positions, tags) AS item(id, tags), unnest(string_to_array(item.tags, E'\n')) AS one(tag);

    NOTIFY dcb_events_tt_main;
    RETURN positions;
END
$$;

-- The last position recorded at `moment` or before, 0 if none: stamps rise with positions, so halving finds it.
CREATE FUNCTION public.mash_position_at(moment bigint) RETURNS bigint LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
DECLARE
    low bigint := 0;
    high bigint := coalesce((SELECT max(id) FROM public.dcb_events_tt_main), 0);
    middle bigint;
    probe record;
BEGIN
    WHILE low < high LOOP
        middle := low + (high - low + 1) / 2;
        SELECT id, public.mash_recorded_at(data) AS stamp INTO probe
        FROM public.dcb_events_tt_main WHERE id >= middle AND id <= high ORDER BY id LIMIT 1;
        IF probe.id IS NOT NULL AND probe.stamp <= moment THEN
            low := probe.id;
        ELSE
            high := middle - 1;
        END IF;
    END LOOP;
    RETURN low;
END
$$;

REVOKE ALL ON FUNCTION
    public.mash_refuse_change(), public.mash_recorded_at(bytea), public.mash_position_at(bigint),
    public.mash_append(text[], bytea[], text[], text[], bigint)
FROM PUBLIC;
GRANT SELECT ON public.dcb_events_tt_main, public.dcb_events_tt_tag TO mash_app, mash_reader;
GRANT EXECUTE ON FUNCTION public.mash_recorded_at(bytea), public.mash_position_at(bigint) TO mash_app, mash_reader;
GRANT EXECUTE ON FUNCTION public.mash_append(text[], bytea[], text[], text[], bigint) TO mash_app;

RESET ROLE;

-- How far each follower of the log has come, moved in the transaction of the follower's own work.
CREATE TABLE hub.follower (
    name text PRIMARY KEY,
    position bigint NOT NULL CHECK (position >= 0)
);
GRANT SELECT, INSERT, UPDATE ON hub.follower TO mash_app;
GRANT SELECT ON hub.follower TO mash_reader;
