"""What a data steward does about messages kept aside: look, fix, send again, or discard with a reason."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from hub.application.admission import agency_of_topic
from hub.application.checked import checked_start
from hub.broker.port import Message, Producer
from hub.clock import Clock
from hub.contract.envelope import Attributes, explain, instant
from hub.contract.event import ConcernEvent
from hub.contract.jsontext import read_json
from hub.contract.reasons import SENTENCES, QuarantineReason
from hub.errors import ConflictError, PoisonError, UsageError
from hub.signing.credentials import Credentials
from hub.signing.message import MessageReader, MessageWriter
from hub.store.quarantine import Kept, Quarantine, Step, StepTaken

__all__ = ["Kept", "QuarantineDesk", "kept_json"]
_CE_ID = re.compile(r"[A-Za-z0-9_.:-]{1,100}")
_CLOSED = frozenset({Step.RESENT.value, Step.DISCARDED.value})


class QuarantineDesk:
    """The use cases of the quarantine; every change needs who and why, and stays on record."""

    def __init__(
        self,
        quarantine: Quarantine,
        reader: MessageReader,
        producer_of: Callable[[str], Producer],
        credentials: Callable[[str], Path],
        clock: Clock,
    ) -> None:
        self._quarantine = quarantine
        self._reader = reader
        self._producer_of = producer_of
        self._credentials = credentials
        self._clock = clock

    def all(self) -> list[Kept]:
        """Return everything kept aside, the oldest first."""
        return self._quarantine.all()

    def one(self, start_of_id: str) -> tuple[Kept, list[StepTaken]]:
        """Return one message and what was done about it; raises `UsageError` where no id or several start so."""
        found = self._quarantine.one(checked_start(start_of_id))
        if len(found) != 1:
            raise UsageError(f"{len(found)} records have an id that starts so.", code="unknown-record")
        return found[0], self._quarantine.steps(found[0].id)

    def content(self, kept: Kept) -> Any:
        """Return what the message says, where it can be verified and opened; raises `PoisonError` where it cannot."""
        return read_json(self._reader.read(self._quarantine.original(kept.id)).payload)

    def fix(self, kept: Kept, data: bytes, *, by: str, reason: str) -> None:
        """Keep corrected data beside the original; raises `PoisonError` where that breaks the contract too."""
        self._still_open(kept)
        _event(data)
        self._record(kept.id, Step.FIXED, by, reason, data)

    def resend(self, kept: Kept, *, by: str, reason: str) -> None:
        """Send the corrected data, signed anew for the agency, or else the message as it came."""
        self._still_open(kept)
        _refuse_no_reason(reason)
        original = self._quarantine.original(kept.id)
        corrected = self._quarantine.corrected(kept.id)
        message = original if corrected is None else self._signed_anew(kept, original, corrected)
        producer = self._producer_of(agency_of_topic(kept.topic))
        try:
            producer.send(kept.topic, [message])
        finally:
            producer.close()
        self._record(kept.id, Step.RESENT, by, reason)

    def discard(self, kept: Kept, *, by: str, reason: str) -> None:
        """Say that nothing more will be done; the message and the reason stay."""
        self._still_open(kept)
        self._record(kept.id, Step.DISCARDED, by, reason)

    def _signed_anew(self, kept: Kept, original: Message, corrected: bytes) -> Message:
        credentials = Credentials.load(self._credentials(agency_of_topic(kept.topic)))
        ce_id, recorded_at = _id_and_time(original.headers)
        if kept.reason == QuarantineReason.CONFLICT:
            # Its id is that of an event which stays as it is: under the same id it would be refused for ever.
            ce_id = None
        message = MessageWriter(credentials).write(
            _event(corrected), now=self._clock.now(), recorded_at=recorded_at, ce_id=ce_id
        )
        return replace(message, key=original.key or message.key)

    def _record(self, kept: UUID, step: Step, by: str, reason: str, corrected: bytes | None = None) -> None:
        _refuse_no_reason(reason)
        self._quarantine.record(kept, step, at=self._clock.now(), by=by, reason=reason, corrected=corrected)

    def _still_open(self, kept: Kept) -> None:
        if kept.state in _CLOSED:
            raise ConflictError(f"The record was {kept.state} already.", code="record-closed")


def kept_json(kept: Kept) -> dict[str, Any]:
    """Return a message kept aside in the documented shape of `mash quarantine list --json`."""
    return {
        "id": str(kept.id),
        "received_at": kept.received_at.isoformat(),
        "agency": kept.agency,
        "topic": kept.topic,
        "partition": kept.partition,
        "offset": kept.offset,
        "reason": kept.reason,
        "sentence": SENTENCES[QuarantineReason(kept.reason)],
        "place": kept.place,
        "state": kept.state,
    }


def _event(data: bytes) -> ConcernEvent:
    read_json(data)
    try:
        return ConcernEvent.model_validate_json(data)
    except ValidationError as error:
        place, reason = explain(error)
        raise PoisonError(
            f"The corrected event breaks the contract: {reason}", code="breaks-contract", place=place
        ) from error


def _id_and_time(headers: tuple[tuple[str, bytes], ...]) -> tuple[str | None, datetime | None]:
    """Return the id and the agency's own time of a message, each where it can be read and kept."""
    try:
        attributes = Attributes.from_headers(headers)
        ce_id = attributes.id if _CE_ID.fullmatch(attributes.id) else None
        return ce_id, instant(attributes.time)
    except PoisonError:
        return None, None


def _refuse_no_reason(reason: str) -> None:
    if not any(letter.isalpha() for letter in reason):
        raise UsageError("A reason in words is missing.", code="no-reason")
