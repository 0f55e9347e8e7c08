"""Opens what the hub sends to one agency: disclosures, notices of changes, and receipts. Never talks to a broker.

`Receiver(credentials).read(message)` gives one of the models of `hub.contract.relayed`, or refuses the message.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

import orjson
from pydantic import ValidationError

from hub.broker.port import Message
from hub.contract.envelope import explain
from hub.contract.relayed import RELAYED, Relayed
from hub.contract.topics import HUB, wire_type
from hub.errors import PoisonError, UsageError
from hub.signing.credentials import Credentials, key_id_of
from hub.signing.keys import SigningKey
from hub.signing.message import MessageReader, Opened
from hub.signing.sealing import PayloadOpener

_ALWAYS = datetime(2000, 1, 1, tzinfo=UTC)
_MODELS = {wire_type(name): model for name, model in RELAYED.items()}


@dataclass(frozen=True, slots=True)
class FromHub:
    """A message that the hub sent: its id, the same whenever it is sent again, and what it says."""

    id: str
    content: Relayed


class Receiver:
    """Verifies and opens with one agency's credentials; raises `UsageError` where these cannot open anything."""

    def __init__(self, credentials: Credentials) -> None:
        if not credentials.opening or not credentials.hub_signing:
            raise UsageError(
                "These credentials have no key to open what the hub sends: ask the hub's operator for new ones.",
                code="no-opening-key",
            )
        keys = {key_id_of(raw): SigningKey(key_id_of(raw), HUB, raw, _ALWAYS) for raw in credentials.hub_signing}
        self._readers = [MessageReader(PayloadOpener(private), keys) for private in credentials.opening]

    def read(self, message: Message) -> FromHub:
        """Return what a message says; raises `PoisonError` where it is not from the hub to this agency."""
        opened = self._open(message)
        attributes = opened.attributes
        model = _MODELS.get(attributes.type)
        if model is None:
            raise PoisonError("This type of message is not known here.", code="unknown-type")
        payload = orjson.loads(opened.payload)
        if (payload["id"], payload["source"]) != (attributes.id, HUB):
            raise PoisonError("The payload belongs to another message.", code="not-an-event")
        try:
            return FromHub(attributes.id, model.model_validate_json(orjson.dumps(payload["data"])))
        except ValidationError as error:
            place, reason = explain(error)
            raise PoisonError(f"The content is not by the contract: {reason}.", code="contract", place=place) from error

    def _open(self, message: Message) -> Opened:
        """Try each opening key: which of them a message was sealed to is not written on it."""
        for reader in self._readers[:-1]:
            try:
                return reader.read(message)
            except PoisonError as error:
                if error.code != "cannot-open":
                    raise
        return self._readers[-1].read(message)
