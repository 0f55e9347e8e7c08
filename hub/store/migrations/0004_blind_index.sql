-- Which subjects have a value, by a keyed hash of the value. Derived from the log: it may be emptied and made anew.

create schema if not exists hub;
grant usage on schema hub to mash_app;

-- token = the first 16 bytes of HMAC-SHA256("blind-index" key, kind | 0x1f | value)
create table hub.blind_index (
    kind text not null,
    token bytea not null,
    subject uuid not null,
    primary key (kind, token, subject)
);
create index on hub.blind_index (subject);

grant select, insert, delete on hub.blind_index to mash_app;
