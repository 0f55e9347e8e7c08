"""Takes the body of a request up to a limit, and refuses a larger one before it is held. Reads no word of it."""

import asyncio
from collections.abc import Sequence

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class BodyLimit:
    """Hands a request on once its body is there, or answers that it is too large, or that it does not come in time."""

    def __init__(
        self, app: ASGIApp, most: int, refusal: ASGIApp, seconds: float | None = None, late: ASGIApp | None = None
    ) -> None:
        self._app = app
        self._most = most
        self._refusal = refusal
        self._seconds = seconds
        self._late = late or refusal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            async with asyncio.timeout(self._seconds):
                messages = await self._taken(receive)
        except TimeoutError:
            await self._late(scope, receive, send)
            return
        if not messages:
            await self._refusal(scope, receive, send)
            return
        taken = iter(messages)

        async def again() -> Message:
            return next(taken, None) or await receive()

        await self._app(scope, again, send)

    async def _taken(self, receive: Receive) -> Sequence[Message]:
        """Return the messages of a body, none where it is too large."""
        messages: list[Message] = []
        left = self._most
        while not messages or messages[-1].get("more_body"):
            messages.append(await receive())
            left -= len(messages[-1].get("body", b""))
            if left < 0:
                return ()
        return messages
