-- A database of Keycloak's own beside the hub's, once, when the server is made. Run by psql. Neither role reaches the other's.

\getenv keycloak KEYCLOAK_PASSWORD

CREATE ROLE keycloak LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'keycloak';
CREATE DATABASE keycloak TEMPLATE template0 OWNER keycloak;
REVOKE ALL ON DATABASE keycloak FROM PUBLIC;
