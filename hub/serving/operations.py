"""What whoever runs the hub asks of a server: does it live, can it answer, what does it count. Told of no person.

The counts are for whoever holds the credential in the hub's home; to everybody else that address is not there.
"""

import hmac
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Final

import structlog
from fastapi import APIRouter, Header
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from hub.application.policy_in_force import asked_about_nothing
from hub.bootstrap import Hub
from hub.errors import ConflictError, HubError
from hub.metrics import WatchCollector
from hub.problems import NotFoundError
from hub.serving.guards import Counted
from hub.store.secret_file import create_secret, read_secret

METRICS: Final = "metrics-token"
WITNESSES: Final = "witness-token"
_log = structlog.get_logger(__name__)


class Health(BaseModel):
    """How the server is."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"status": "ok"}})

    status: str


def credential(home: Path, name: str) -> str:
    """Return a credential that the hub gives to others, from its file; made where there is none yet."""
    path = home / "secrets" / name
    if not path.exists():
        with suppress(ConflictError):
            create_secret(path, f"{secrets.token_urlsafe(32)}\n".encode())
    return read_secret(path).decode("ascii", "replace").strip()


def operations_router(hub: Hub, token: str) -> tuple[APIRouter, Counted]:
    """Return the routes, and what counts requests for them."""
    router, registry = APIRouter(tags=["operation"]), CollectorRegistry()
    registry.register(WatchCollector(hub.watched))

    @router.get("/health/live")
    async def live() -> Health:
        """Say that the server runs."""
        return Health(status="ok")

    @router.get("/health/ready", responses={503: {"description": "The hub cannot answer now."}})
    def ready() -> Health:
        """Say that the hub can answer: its database is there, and a policy by which it decides."""
        try:
            asked_about_nothing(hub.policy, hub.log.head(), hub.clock.now())
        except HubError as error:
            _log.warning("not-ready", code=error.code)
            raise
        return Health(status="ok")

    @router.get("/metrics", include_in_schema=False)
    def metrics(authorization: Annotated[str, Header()] = "") -> Response:
        """Tell an operator's Prometheus the counts."""
        if not hmac.compare_digest(authorization.encode(), f"Bearer {token}".encode()):
            raise NotFoundError
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return router, Counted(registry)
