"""DSSE v1 pre-authentication encoding: the exact bytes that are signed (secure-systems-lab/dsse, protocol.md)."""

PAYLOAD_TYPE = b"application/vnd.mash.event.v1"


def pre_authentication_encoding(payload_type: bytes, body: bytes) -> bytes:
    """Return `DSSEv1 <len> <type> <len> <body>`, so that type and body cannot be mistaken for one another."""
    return b"DSSEv1 %d %b %d %b" % (len(payload_type), payload_type, len(body), body)


def message_bytes(attributes: bytes, value: bytes) -> bytes:
    """Return what a message's signature covers: its attributes as canonical JSON, a newline, and the value as sent."""
    return pre_authentication_encoding(PAYLOAD_TYPE, attributes + b"\n" + value)
