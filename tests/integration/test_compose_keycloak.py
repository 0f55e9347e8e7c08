"""The database that the compose file makes for Keycloak, made on a real server by the same file."""

import os
import subprocess
from collections.abc import Iterator

import psycopg
import pytest

from hub.store.postgres_programs import program
from tests.compose import CHECKOUT
from tests.postgres import DatabaseServer


@pytest.fixture
def keycloak_url(database_server: DatabaseServer) -> Iterator[str]:
    superuser = database_server.urls.of("postgres").superuser
    script = CHECKOUT / "docker" / "keycloak.sql"
    command = [str(program("psql")), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", f"--file={script}", superuser]
    subprocess.run(command, check=True, env={**os.environ, "KEYCLOAK_PASSWORD": "open 'sesame"}, timeout=60)
    yield psycopg.conninfo.make_conninfo(superuser, user="keycloak", password="open 'sesame", dbname="keycloak")
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute("DROP DATABASE keycloak WITH (FORCE)")
        connection.execute("DROP ROLE keycloak")


def test_keycloak_has_its_own_and_neither_reaches_the_others(
    database_server: DatabaseServer, keycloak_url: str
) -> None:
    with psycopg.connect(keycloak_url) as connection:
        connection.execute("CREATE TABLE public.realm (id int)")
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        psycopg.connect(psycopg.conninfo.make_conninfo(keycloak_url, dbname="mash"))
    for role in ("app", "owner", "keys"):
        url = getattr(database_server.urls.of("keycloak"), role)
        with pytest.raises(psycopg.OperationalError, match="permission denied"):
            psycopg.connect(url)
