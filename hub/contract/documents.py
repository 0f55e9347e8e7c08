"""The contract as documents for agencies: a JSON Schema for each type of message, and an AsyncAPI 3 description.

Both are generated from the models, checked in under `docs/contract`, and compared with the models by a test.
"""

import json
from collections.abc import Sequence
from typing import Any, Final

from pydantic import BaseModel

from hub.contract.details import DETAILS
from hub.contract.envelope import ATTRIBUTES, CONTENT_TYPE, MAX_HEADER_BYTES, MAX_VALUE_BYTES, PAYLOAD, SIGNATURE
from hub.contract.relayed import CHANGE_NOTICE, DISCLOSURE, RECEIPT, RELAYED, Relayed
from hub.contract.topics import CONCERNS, DISCLOSURES, RECEIPTS, WIRE_VERSION, schema_name, wire_type

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
SHARED: Final = f"event.v{WIRE_VERSION}.schema.json"
_DISCLOSURES: Final = (DISCLOSURE, CHANGE_NOTICE)
_HEADER_NOTES: Final = {
    "ce_specversion": "CloudEvents version, always 1.0.",
    "ce_id": "The agency's id of the event: opaque, the same whenever the event is sent again.",
    "ce_source": "The agency's id in the partnership's directory.",
    "ce_type": "The event's type, `uk.mash.<type>.v1`.",
    "ce_time": "When the agency recorded it (RFC 3339).",
    "ce_dataschema": "The schema of the sealed payload's data.",
    "content-type": f"Always {CONTENT_TYPE}.",
    "mash-key-id": "The id of the signing key.",
    "mash-signed-at": "When the message was signed (RFC 3339).",
    "mash-data-key": "The data key, sealed to the hub by HPKE (RFC 9180), base64.",
    SIGNATURE: "Ed25519 (RFC 8032) over the DSSE pre-authentication encoding of attributes and value, base64.",
}


def documents() -> dict[str, str]:
    """Return every document by file name, as text that ends in a newline."""
    shared = _shared()
    made = {SHARED: shared, "asyncapi.json": _asyncapi()}
    for event_type in sorted(DETAILS):
        made[f"{event_type}.v{WIRE_VERSION}.schema.json"] = _schema(event_type, shared["$defs"])
    for name, model in RELAYED.items():
        made[f"{name}.v{WIRE_VERSION}.schema.json"] = _relayed_schema(name, model)
    return {name: _text(document) for name, document in made.items()}


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _shared() -> dict[str, Any]:
    return {
        **PAYLOAD.json_schema(mode="validation"),
        "$schema": DIALECT,
        "$id": SHARED,
        "title": "Payload of any event",
    }


def _schema(event_type: str, definitions: dict[str, Any]) -> dict[str, Any]:
    """Return the shared payload with `detail` narrowed to one type."""
    detail = {"$ref": f"{SHARED}#/$defs/{_definition(event_type, definitions)}"}
    return {
        "$schema": DIALECT,
        "$id": f"{event_type}.v{WIRE_VERSION}.schema.json",
        "title": f"Payload of {wire_type(event_type)} ({schema_name(event_type)})",
        "allOf": [{"$ref": SHARED}, {"properties": {"data": {"properties": {"detail": detail}}}}],
    }


def _relayed_schema(name: str, model: type[Relayed]) -> dict[str, Any]:
    """Return the schema of the data of a message that the hub sends."""
    return {
        **model.model_json_schema(),
        "$schema": DIALECT,
        "$id": f"{name}.v{WIRE_VERSION}.schema.json",
        "title": f"Data of {wire_type(name)} ({schema_name(name)})",
    }


def _definition(event_type: str, definitions: dict[str, Any]) -> str:
    return next(
        name
        for name, definition in definitions.items()
        if definition.get("properties", {}).get("type", {}).get("const") == event_type
    )


def _asyncapi() -> dict[str, Any]:
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Concern events to a multi-agency safeguarding hub",
            "version": f"{WIRE_VERSION}.0.0",
            "description": "Agencies publish signed, sealed CloudEvents 1.0 (Kafka binary mode) to their own topics.",
        },
        "defaultContentType": CONTENT_TYPE,
        "channels": {
            "concerns": {
                "address": f"{CONCERNS}{{agency}}",
                "title": "One agency's concern events",
                "parameters": {"agency": {"description": "The agency's id in the partnership's directory."}},
                "messages": {
                    event_type: {"$ref": f"#/components/messages/{event_type}"} for event_type in sorted(DETAILS)
                },
                "bindings": {"kafka": {"bindingVersion": "0.5.0"}},
            },
            "disclosures": _sent(DISCLOSURES, "What one agency may see, and what has changed of it", _DISCLOSURES),
            "receipts": _sent(RECEIPTS, "What was shown of one agency's records", (RECEIPT,)),
        },
        "operations": {
            "publish": {
                "action": "send",
                "channel": {"$ref": "#/channels/concerns"},
                "summary": "An agency publishes.",
            },
            "ingest": {"action": "receive", "channel": {"$ref": "#/channels/concerns"}, "summary": "The hub ingests."},
            "disclose": {
                "action": "send",
                "channel": {"$ref": "#/channels/disclosures"},
                "summary": "The hub discloses.",
            },
            "acknowledge": {
                "action": "send",
                "channel": {"$ref": "#/channels/receipts"},
                "summary": "The hub receipts.",
            },
        },
        "components": {
            "messages": {
                **{name: _message(name, DETAILS[name]) for name in sorted(DETAILS)},
                **{name: _message(name, model) for name, model in RELAYED.items()},
            },
            "schemas": {"headers": _headers()},
        },
    }


def _sent(topic: str, title: str, names: Sequence[str]) -> dict[str, Any]:
    return {
        "address": f"{topic}{{agency}}",
        "title": title,
        "parameters": {"agency": {"description": "The agency's id in the partnership's directory."}},
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
        "bindings": {"kafka": {"bindingVersion": "0.5.0"}},
    }


def _message(event_type: str, model: type[BaseModel]) -> dict[str, Any]:
    return {
        "name": wire_type(event_type),
        "summary": (model.__doc__ or "").splitlines()[0],
        "contentType": CONTENT_TYPE,
        "headers": {"$ref": "#/components/schemas/headers"},
        "payload": {
            "type": "string",
            "format": "binary",
            "maxLength": MAX_VALUE_BYTES,
            "description": "12 bytes of nonce, then AES-256-GCM of the payload under the data key.",
        },
        "x-sealed-payload": {"$ref": f"./{event_type}.v{WIRE_VERSION}.schema.json"},
        "bindings": {
            "kafka": {
                "key": {"type": "string", "format": "binary", "description": "HMAC of the child's reference."},
                "bindingVersion": "0.5.0",
            }
        },
    }


def _headers() -> dict[str, Any]:
    names = (*ATTRIBUTES, SIGNATURE)
    properties = {
        name: {"type": "string", "maxLength": MAX_HEADER_BYTES, "description": _HEADER_NOTES[name]} for name in names
    }
    return {"type": "object", "required": list(names), "properties": properties}
