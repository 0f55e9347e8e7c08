-- What people have in hand on the pages: episodes of work, what they looked for, which child a page is about. In a schema
-- of its own, which no backup holds: it is of no use without the session that it belongs to.

create schema pages;
grant usage on schema pages to mash_app;

-- id = the unguessable name in a page's address; sealed = what it stands for, bound to id and session
create table pages.kept (
    id bytea primary key check (length(id) = 16),
    session uuid not null,
    kept_at timestamptz not null,
    sealed bytea not null check (length(sealed) <= 100000)
);
create index on pages.kept (kept_at);

grant select, insert, delete on pages.kept to mash_app;
