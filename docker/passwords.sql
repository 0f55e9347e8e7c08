-- Gives the hub's roles the passwords of docker-compose.yml, once, when the database is made. Run by psql.
-- mash_reader is given none and so cannot sign in, until somebody needs it and an administrator sets one.

\getenv owner OWNER_PASSWORD
\getenv app APP_PASSWORD
\getenv keys KEYS_PASSWORD

ALTER ROLE mash_owner PASSWORD :'owner';
ALTER ROLE mash_app PASSWORD :'app';
ALTER ROLE mash_keys PASSWORD :'keys';
