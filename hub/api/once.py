"""Does what a client asks for once, however often it sends it: by the key that the client gives (Idempotency-Key).

The answer is kept sealed for a day. What was refused was not done, and its key is free again; whatever the key, the log
itself takes no fact twice.
"""

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Annotated, Any, Final

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from fastapi import Header
from pydantic import BaseModel

from hub.clock import Clock
from hub.errors import ConflictError, HubError, UsageError
from hub.store.answered import AnsweredTable

PURPOSE: Final = "api-answered"
LASTING: Final = timedelta(days=1)
_NONCE_BYTES: Final = 12
IdempotencyKey = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[A-Za-z0-9_-]{16,100}$",
        description="The client's own id of what it wants done once, such as a UUID.",
        examples=["5f0c2f7a-6f0e-4a55-9d3c-1e2c6b8a7d10"],
    ),
]


class Once:
    """Keeps what was answered."""

    def __init__(self, table: AnsweredTable, key: bytes, clock: Clock) -> None:
        self._table = table
        self._cipher = AESGCM(key)
        self._clock = clock

    def done(self, client: str, key: str, operation: str, form: BaseModel, work: Callable[[], Any]) -> Any:
        """Return what `work` does, or did when the same was sent before.

        Raises `UsageError` for a key that stands for something else, `ConflictError` while the same is being done.
        """
        what = _hash([client, key])
        request = _hash([operation, form.model_dump(mode="json")])
        now = self._clock.now()
        held = self._table.begin(what, request, now=now, until=now + LASTING)
        if held is not None:
            return self._before(held.request == request, held.answer, what)
        try:
            answer = work()
        except BaseException:
            with suppress(HubError):
                self._table.free(what)
            raise
        nonce = os.urandom(_NONCE_BYTES)
        self._table.keep(what, nonce + self._cipher.encrypt(nonce, orjson.dumps(answer, default=str), what))
        return answer

    def _before(self, same: bool, answer: bytes | None, what: bytes) -> Any:
        if not same:
            raise UsageError("This idempotency key was used for something else.", code="key-reused")
        if answer is None:
            raise ConflictError("This is being done already.", code="in-progress")
        return orjson.loads(self._cipher.decrypt(answer[:_NONCE_BYTES], answer[_NONCE_BYTES:], what))


def _hash(told: list[Any]) -> bytes:
    return hashlib.sha256(orjson.dumps(told)).digest()
