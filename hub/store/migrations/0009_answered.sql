-- What a client's idempotency key was answered with, sealed, for as long as the key is good.
-- what = the client and its key, request = what it sent, each as SHA-256; answer is null until there is one.

create table sign_in.answered (
    what bytea primary key check (length(what) = 32),
    request bytea not null check (length(request) = 32),
    answer bytea check (length(answer) <= 2000000),
    until timestamptz not null
);
create index on sign_in.answered (until);

grant select, insert, delete on sign_in.answered to mash_app;
grant update (answer) on sign_in.answered to mash_app;
