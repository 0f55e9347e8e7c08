-- The keys of subjects and purposes, wrapped by the master key, and which subject a reference is. Backed up apart from
-- the log: what is destroyed here is gone from every copy of the log.

create schema keys;
grant usage on schema keys to mash_keys;

-- The versions of the master key. Keys are wrapped under the newest that is not retired.
create table keys.master (
    version integer primary key check (version > 0),
    check_value bytea not null,
    began_at timestamptz not null,
    retired_at timestamptz
);

-- A destroyed key leaves its row, without the key, so that no new key is ever made for the subject.
create table keys.subject_key (
    subject uuid primary key,
    wrapped bytea,
    master_version integer not null,
    created_at timestamptz not null,
    destroyed_at timestamptz,
    check ((wrapped is null) = (destroyed_at is not null))
);
create index on keys.subject_key (created_at);

-- token = HMAC-SHA256("lookup" key, agency | 0x1f | reference). No foreign key: both rows are made by one statement, and
-- checking each of them costs a quarter of making a thousand.
create table keys.lookup (
    token bytea primary key,
    subject uuid not null unique
);

create table keys.purpose_key (
    name text primary key,
    wrapped bytea not null,
    master_version integer not null,
    created_at timestamptz not null
);

-- Raised in the transaction that destroys keys: a process that sees another number than before forgets what it cached.
create table keys.generation (
    one boolean primary key default true check (one),
    number bigint not null
);
insert into keys.generation (number) values (0);

grant select, insert, update on keys.master, keys.subject_key, keys.purpose_key to mash_keys;
grant select, insert, delete on keys.lookup to mash_keys;
grant select, update on keys.generation to mash_keys;
