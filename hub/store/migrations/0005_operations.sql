-- What the hub works with beside the log: messages kept aside, and which person each subject is linked to.
-- The quarantine is not derived from the log; the identity table is, and may be rebuilt from it at any time.

create schema if not exists hub;
grant usage on schema hub to mash_app;

create table hub.quarantine (
    id uuid primary key,
    received_at timestamptz not null,
    agency text not null,
    topic text not null,
    partition integer not null,
    "offset" bigint not null,
    reason text not null,
    place text,
    original bytea not null,
    unique (topic, partition, "offset", received_at)
);
create index on hub.quarantine (received_at);

-- Only ever added to: what was done about a message stays on record.
create table hub.quarantine_step (
    number bigint generated always as identity primary key,
    quarantine uuid not null references hub.quarantine,
    at timestamptz not null,
    by text not null,
    step text not null check (step in ('fixed', 'resent', 'discarded')),
    reason text not null,
    corrected bytea
);
create index on hub.quarantine_step (quarantine);

create table hub.identity (
    subject uuid primary key,
    person uuid not null,
    seen bytea not null
);
create index on hub.identity (person);

grant select, insert on hub.quarantine, hub.quarantine_step to mash_app;
grant select, insert, update, delete on hub.identity to mash_app;
