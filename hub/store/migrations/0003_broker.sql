-- The embedded broker: topics, partitions, messages, and how far each group of consumers has read.

create schema broker;
grant usage on schema broker to mash_app;

create table broker.topic (
    id integer generated always as identity primary key,
    name text not null unique check (name ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$')
);

-- A producer locks the rows of its partitions until it commits: offsets are dense and never appear out of order.
-- next_offset only grows, so offsets do not restart when all messages are gone.
create table broker.partition (
    id integer generated always as identity primary key,
    topic_id integer not null references broker.topic,
    number integer not null check (number >= 0),
    next_offset bigint not null default 0,
    unique (topic_id, number)
) with (fillfactor = 50);

-- Apart from broker.partition, so that consumers that delete do not wait for producers.
create table broker.retained (
    partition_id integer primary key references broker.partition,
    first_offset bigint not null default 0
) with (fillfactor = 50);

-- No foreign key: partition ids come from the rows that the producer has locked, and a check for each message is dear.
create table broker.message (
    partition_id integer not null,
    "offset" bigint not null,
    time timestamptz not null,
    key bytea not null,
    headers bytea not null,
    value bytea not null,
    primary key (partition_id, "offset")
);
-- Values are sealed, so compressing them is wasted work.
alter table broker.message alter column value set storage external;

-- A group's id is also the first half of its advisory locks' keys: far from the small numbers that others may use.
create table broker.consumer_group (
    id integer generated always as identity (start with 1828716545) primary key,
    name text not null unique
);

-- The groups a topic must wait for before a message is deleted.
create table broker.subscription (
    topic_id integer not null references broker.topic,
    group_id integer not null references broker.consumer_group,
    primary key (topic_id, group_id)
);

create table broker.committed (
    group_id integer not null references broker.consumer_group,
    partition_id integer not null references broker.partition,
    next_offset bigint not null check (next_offset >= 0),
    primary key (group_id, partition_id)
) with (fillfactor = 50);

grant select, insert on broker.topic, broker.consumer_group, broker.subscription to mash_app;
grant select, insert, update on broker.partition, broker.retained, broker.committed to mash_app;
grant select, insert, delete on broker.message to mash_app;
