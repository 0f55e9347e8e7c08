-- The roles of the hub and what each may do in this database. Run once, as a superuser, in the hub's own database;
-- running it again changes nothing. The embedded server runs this same file.
--
--   createdb --template=template0 --locale-provider=builtin --builtin-locale=C.UTF-8 --locale=C --encoding=UTF8 mash
--   psql --dbname=mash --file=roles.sql
--   psql --dbname=mash --command='\password mash_owner'      (and mash_app, mash_reader, mash_keys)
--
-- mash_log    signs in never; owns the log's tables and the function that appends to them
-- mash_owner  runs migrations; owns the operational tables; becomes mash_log by SET ROLE only
-- mash_app    reads the log, appends by that function, works on operational tables
-- mash_reader reads the log
-- mash_keys   works on the subject keys, knows nothing of the log

DO $$
DECLARE
    needed record;
BEGIN
    FOR needed IN
        SELECT * FROM (VALUES
            ('mash_log', 'NOLOGIN'), ('mash_owner', 'LOGIN'), ('mash_app', 'LOGIN'),
            ('mash_reader', 'LOGIN'), ('mash_keys', 'LOGIN')
        ) AS roles(name, login)
    LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = needed.name) THEN
            EXECUTE format('CREATE ROLE %I', needed.name);
        END IF;
        EXECUTE format('ALTER ROLE %I %s NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS INHERIT',
                       needed.name, needed.login);
    END LOOP;
END
$$;

GRANT mash_log TO mash_owner WITH INHERIT FALSE, SET TRUE, ADMIN FALSE;

DO $$
DECLARE
    here text := current_database();
BEGIN
    EXECUTE format('ALTER DATABASE %I OWNER TO mash_owner', here);
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', here);
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO mash_app, mash_reader, mash_keys', here);
END
$$;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO mash_owner, mash_log;
GRANT USAGE ON SCHEMA public TO mash_app, mash_reader;

-- What a migration makes is for nobody until that migration grants it.
ALTER DEFAULT PRIVILEGES FOR ROLE mash_log REVOKE ALL ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE mash_owner REVOKE ALL ON FUNCTIONS FROM PUBLIC;
