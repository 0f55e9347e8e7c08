"""Run the policy service over the versions that the log holds."""

from pathlib import Path

from hub.application.policy_in_force import RecordedTexts
from hub.errors import UsageError
from policies.client import PolicyError, Shelf
from policies.service.running import Door, serve


def serve_policy(texts: RecordedTexts, host: str, port: int, certificate: Path | None, key: Path | None) -> None:
    """Serve until SIGTERM or SIGINT; raises `UsageError` where the door is not one to open."""
    try:
        serve(Shelf(texts), Door(host, port, certificate, key))
    except PolicyError as error:
        raise UsageError(error.message, code=error.code) from error
