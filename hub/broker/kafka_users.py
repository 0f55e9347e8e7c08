"""The files that hand out passwords for Kafka: one for each user, for its owner alone, never shown and never lost.

A password is on the disk before Kafka hears of it, and a change of password keeps the old file until Kafka has taken
the new one: whoever is interrupted runs the same command again, and nobody is locked out.
"""

import json
import secrets
from dataclasses import dataclass
from pathlib import Path

from hub.broker.kafka_connection import SCRAM
from hub.errors import UsageError
from hub.store.secret_file import create_secret, read_secret, replace_secret


@dataclass(frozen=True, slots=True)
class SecretFolder:
    """The folder in which new passwords are handed out."""

    folder: Path

    def file(self, user: str) -> Path:
        """Return where a user's password is."""
        return self.folder / f"{user}.json"

    def made(self, user: str) -> str:
        """Return the password for a new user: that of the file, where one is there already."""
        return _made(self.file(user), user)

    def renewed(self, user: str) -> str:
        """Return another password for a user, beside the one that is in use until `settle`."""
        return _made(self._next(user), user)

    def settle(self, user: str) -> None:
        """Put the renewed password in the place of the old one."""
        replace_secret(self.file(user), read_secret(self._next(user)))
        self._next(user).unlink()

    def _next(self, user: str) -> Path:
        return self.folder / f"{user}.json.next"


def _made(path: Path, user: str) -> str:
    if not path.exists():
        secret = {"user": user, "password": secrets.token_urlsafe(32), "mechanism": SCRAM}
        create_secret(path, json.dumps(secret).encode())
    return _password(path, user)


def _password(path: Path, user: str) -> str:
    try:
        match json.loads(read_secret(path)):
            case {"user": named, "password": str(password), "mechanism": str(mechanism)} if (named, mechanism) == (
                user,
                SCRAM,
            ):
                return password
    except ValueError as error:
        raise _not_of(user, path) from error
    raise _not_of(user, path)


def _not_of(user: str, path: Path) -> UsageError:
    return UsageError(f"The file does not hold the password of {user}.", code="secret-file", place=str(path))
