"""Turn what the hub tells an agency into a message: sealed to the agency's opening key, signed by the hub."""

import hmac
from datetime import datetime
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from hub.application.directory import OpeningKey
from hub.broker.port import Message
from hub.contract.canonical import canonical
from hub.contract.relayed import Relayed
from hub.contract.topics import HUB
from hub.signing.credentials import Credentials
from hub.signing.message import MessageWriter


class Outbox:
    """Writes messages to agencies; keeps for each opening key the data key in use."""

    def __init__(self, signing: Ed25519PrivateKey, secret: bytes) -> None:
        self._signing = signing
        self._secret = secret
        self._writers: dict[tuple[str, str], MessageWriter] = {}

    def write(
        self, agency: str, key: OpeningKey, kind: str, content: Relayed, *, id: UUID, about: str, now: datetime
    ) -> Message:
        """Return the message; those of one agency about the same have one message key, and so stay in order."""
        data = canonical(content.model_dump(mode="json"))
        writer = self._writers.get((agency, key.id)) or self._new_writer(agency, key)
        return writer.write_data(data, kind, about, now=now, recorded_at=now, ce_id=str(id))

    def _new_writer(self, agency: str, key: OpeningKey) -> MessageWriter:
        secret = hmac.digest(self._secret, b"relay\x1f" + agency.encode(), "sha256")
        credentials = Credentials(HUB, self._signing, secret, X25519PublicKey.from_public_bytes(key.public))
        return self._writers.setdefault((agency, key.id), MessageWriter(credentials))
