"""Compresses pages on their way, without the length telling what they say. Never the API's answers.

What a page says and what somebody else wrote into it are compressed together, so its length could betray a guess
(BREACH). So each is longer by a number of bytes drawn anew (the file's name in gzip's header), forms' tokens are masked
anew, and a page that another site leads to is not compressed. docs/security.md has the reasoning.
"""

import gzip
import io
import secrets
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.encodings import GZIP, takes_gzip

MOST_PADDING: Final = 256
_LEAST: Final = 1000
_LEVEL: Final = 1
_OUR_OWN: Final = frozenset({"", "same-origin", "none"})


class PageCompression:
    """Compresses what is HTML and sent whole."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or not _may(Headers(scope=scope)):
            await self._app(scope, receive, send)
            return
        held: Message | None = None

        async def sent(message: Message) -> None:
            nonlocal held
            if message["type"] == "http.response.start" and _is_page(message):
                held = message
                return
            if held is not None:
                start, held = held, None
                message = await _compressed(start, message)
                await send(start)
            await send(message)

        await self._app(scope, receive, sent)


async def _compressed(start: Message, message: Message) -> Message:
    """Return the body of a page compressed, and say so in its start; as it is where it is short or not whole."""
    headers, body = MutableHeaders(scope=start), message.get("body", b"")
    headers.add_vary_header("Accept-Encoding")
    if message.get("more_body") or len(body) < _LEAST:
        return message
    packed = await run_in_threadpool(padded, body)
    headers["Content-Encoding"], headers["Content-Length"] = GZIP, str(len(packed))
    return {**message, "body": packed}


def padded(body: bytes) -> bytes:
    """Return a body in gzip, longer than need be by up to `MOST_PADDING` bytes, another number each time."""
    packed = io.BytesIO()
    name = "-" * secrets.randbelow(MOST_PADDING)
    with gzip.GzipFile(filename=name, mode="wb", compresslevel=_LEVEL, fileobj=packed, mtime=0) as writing:
        writing.write(body)
    return packed.getvalue()


def _may(headers: Headers) -> bool:
    return takes_gzip(headers) and headers.get("sec-fetch-site", "") in _OUR_OWN


def _is_page(start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    return headers.get("content-type", "").startswith("text/html") and "content-encoding" not in headers
