"""The transparency log as static files (tlog-tiles): checkpoint and tiles, hashes alone and no event.

For auditors, and for witnesses by their own credential; to everybody else it is not there.
"""

import hmac
import re
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Path, Request
from starlette.responses import Response

from hub.api.forms import Answer
from hub.api.shared import HubOf, PathId, answered, example
from hub.bootstrap import Hub
from hub.errors import HubError
from hub.problems import NotFoundError
from hub.proof.checkpoint import read_checkpoint
from hub.proof.files import tile_hashes
from hub.sign_in.person import SignedIn
from hub.unchanged import tagged

_IMMUTABLE: Final = "private, max-age=31536000, immutable"
_LATEST: Final = "private, no-cache"
_AS_HELD: Final[dict[str, Any]] = {"description": "It is what the client holds (If-None-Match)."}
_BEARER: Final = "Bearer "
_TILE: Final = re.compile(r"(?:x[0-9]{3}/){0,4}[0-9]{3}(?:\.p/[0-9]{1,3})?")


def _refuse_others(request: Request, hub: HubOf, authorization: Annotated[str, Header()] = "") -> None:
    """Pass for an auditor and for a witness; raises `NotFoundError`."""
    token: str = request.app.state.witness_token
    if hmac.compare_digest(authorization.encode(), f"{_BEARER}{token}".encode()):
        return
    person = getattr(request.state, "signed_in", None)
    user = hub.directory.load().users.get(person.user) if isinstance(person, SignedIn) else None
    if user is None or "auditor" not in user.roles:
        raise NotFoundError


router = APIRouter(tags=["proofs"], prefix="/log", dependencies=[Depends(_refuse_others)])


@router.get(
    "/checkpoint",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}, 304: _AS_HELD},
)
def show_checkpoint(request: Request, hub: HubOf) -> Response:
    """Show the log's latest checkpoint, as its witnesses see it."""
    return tagged(request, _kept(hub).encode(), "text/plain; charset=utf-8", {"Cache-Control": _LATEST})


@router.get(
    "/tile/{level}/{number:path}",
    response_class=Response,
    responses={
        200: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}},
        304: _AS_HELD,
    },
)
def show_tile(
    request: Request, hub: HubOf, level: Annotated[int, Path(ge=0, le=8)], number: Annotated[str, Path(max_length=40)]
) -> Response:
    """Show a tile of the latest checkpoint's tree: 256 hashes, or as many as its path says."""
    if not _TILE.fullmatch(number):
        raise NotFoundError
    size = read_checkpoint(hub.tree.kept() or _none()).size
    hashes = tile_hashes(hub.tree.tree, size, level, number)
    if hashes is None:
        raise NotFoundError
    return tagged(request, hashes, "application/octet-stream", {"Cache-Control": _IMMUTABLE})


@router.get("/proof/{event}", response_model=Answer, responses=example({"index": 0, "proof": "", "leaf": ""}))
def prove_event(event: PathId, hub: HubOf) -> Response:
    """Prove that an event is in the log: the proof, and the bytes that it proves, in hexadecimal digits."""
    asked = UUID(event)
    position = hub.log.existing([asked]).get(asked)
    if position is None:
        raise NotFoundError
    proof, leaf = hub.tree.prove(asked, position)
    told: dict[str, Any] = {"index": proof.index, "proof": str(proof), "leaf": leaf.hex()}
    return answered(told)


def _kept(hub: Hub) -> str:
    return str(hub.tree.kept() or _none())


def _none() -> Any:
    raise HubError("There is no checkpoint yet.", code="not-found")
