-- Who is signed in, and what may be used once only. In a schema of their own, which no backup holds: a session that was
-- ended must not come back with a restored database.

create schema sign_in;
grant usage on schema sign_in to mash_app;

-- token = SHA-256 of the secret in the browser's cookie; standing = SHA-256 of the user's agency and roles at sign-in
create table sign_in.session (
    id uuid primary key,
    token bytea not null unique check (length(token) = 32),
    "user" text not null,
    standing bytea not null,
    began_at timestamptz not null,
    authenticated_at timestamptz not null,
    seen_at timestamptz not null
);
create index on sign_in.session ("user");
create index on sign_in.session (began_at);

-- what = the kind of the thing and SHA-256 of it
create table sign_in.used (
    what bytea primary key,
    until timestamptz not null
);
create index on sign_in.used (until);

grant select, insert, delete on sign_in.session, sign_in.used to mash_app;
grant update (token, authenticated_at, seen_at) on sign_in.session to mash_app;
