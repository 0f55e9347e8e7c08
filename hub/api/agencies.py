"""What agencies' systems send: the same signed and sealed messages as on Kafka, in the form of CloudEvents over HTTP.

Nothing is opened here. That a message was received is said by a receipt; whether it was recorded, by the receipt's own
address, to the agency that sent it.
"""

from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from hub.api.forms import Answer, Purge
from hub.api.shared import HubOf, PathId, System, answered, example
from hub.broker.port import Message
from hub.contract.envelope import ATTRIBUTES, CONTENT_TYPE, MAX_VALUE_BYTES, SIGNATURE, Attributes
from hub.contract.ids import event_id
from hub.errors import PoisonError, RefusedError
from hub.problems import NotFoundError, problem, response_of

router = APIRouter(tags=["agencies"])
MESSAGE_KEY: Final = "mash-message-key"
_RECEIPT: Final[dict[str, Any]] = {"receipt": "6c9b1c7e-58a4-5b0e-8f3f-2f1d9a6e4c11", "state": "received"}
_HEADERS: Final = {name.replace("_", "-"): name for name in (*ATTRIBUTES, SIGNATURE)}
_LONGEST_KEY: Final = 128
_SENT: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": "The sealed payload; its attributes and signature are headers (docs/wire.md).",
        "content": {CONTENT_TYPE: {"schema": {"type": "string", "format": "binary", "maxLength": MAX_VALUE_BYTES}}},
    },
    "parameters": [
        {"in": "header", "name": name, "required": True, "schema": {"type": "string", "maxLength": 1000}}
        for name in (*_HEADERS, MESSAGE_KEY)
        if name != "content-type"
    ],
}


@router.post(
    "/events",
    status_code=202,
    response_model=Answer,
    openapi_extra=_SENT,
    responses={202: {"description": "Received.", "content": {"application/json": {"example": _RECEIPT}}}},
)
async def submit_event(request: Request, agency: System) -> Response:
    """Send one event; the same event sent twice is recorded once."""
    if request.headers.get("content-type") != CONTENT_TYPE:
        return response_of(problem(415, f"The body is to be {CONTENT_TYPE}.", "wrong-content-type"))
    message = _message(request, await request.body())
    attributes = Attributes.from_headers(message.headers)
    if attributes.source != agency.agency:
        raise RefusedError("The message is another agency's.", code="wrong-agency")
    await run_in_threadpool(request.app.state.doors.send, agency.agency, [message])
    return answered({"receipt": str(event_id(attributes.source, attributes.id)), "state": "received"}, 202)


@router.post(
    "/records/purge",
    status_code=202,
    response_model=Answer,
    responses={202: {"description": "Taken.", "content": {"application/json": {"example": {"state": "taken"}}}}},
)
def purge_records(form: Purge, hub: HubOf, agency: System) -> Response:
    """Ask that records of the calling agency be erased: approved by another agency, waited for and held as any other.

    The answer is the same whether there is such a record or not.
    """
    hub.erasing.purge(agency.agency, form.references, authority=form.authority, reason=form.reason)
    return answered({"state": "taken"}, 202)


@router.get("/events/{receipt}", response_model=Answer, responses=example({**_RECEIPT, "state": "recorded"}))
def show_receipt(receipt: PathId, hub: HubOf, agency: System) -> Response:
    """Say whether an event of the calling agency is recorded."""
    stored = hub.log.read([f"event:{UUID(receipt)}"])
    if not any(f"agency:{agency.agency}" in each.tags for each in stored):
        raise NotFoundError
    return answered({"receipt": receipt, "state": "recorded"})


def _message(request: Request, body: bytes) -> Message:
    """Return a message as it would be on Kafka; raises `PoisonError`."""
    if len(body) > MAX_VALUE_BYTES:
        raise PoisonError("The event is larger than a message may be.", code="too-large")
    try:
        key = bytes.fromhex(request.headers.get(MESSAGE_KEY, ""))
    except ValueError:
        key = b""
    if not 0 < len(key) <= _LONGEST_KEY:
        raise PoisonError(f"Header {MESSAGE_KEY} is not the message's key in hexadecimal digits.", code="not-an-event")
    given = request.headers
    named = ((ours, value.encode("latin-1")) for name, ours in _HEADERS.items() for value in given.getlist(name))
    return Message(key, tuple(named), body)
