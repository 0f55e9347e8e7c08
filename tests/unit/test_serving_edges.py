"""What the server lets in at its edge: connections that say what they want, and proxies that it was told of."""

import asyncio
import ssl
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from hub.serving.impatience import HEADER_SECONDS, ImpatientProtocol
from hub.serving.running import Serving, config_of
from tests import loops

FORWARD_SECRET = ("TLS_", "ECDHE-", "DHE-")
HALF = b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "
WHOLE = HALF + b"y\r\n\r\n"


async def seen(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with what the application is told of who asks."""
    if scope["type"] == "http":
        request = Request(scope)
        host = request.client.host if request.client else "-"
        await PlainTextResponse(f"{host} {request.url.scheme} {request.url.hostname}")(scope, receive, send)


@dataclass
class Timer:
    """What was to happen later, unless it was cancelled."""

    seconds: float
    then: Callable[[], object]
    cancelled: bool = False

    def cancel(self) -> None:
        self.cancelled = True


@dataclass
class Loop:
    """A loop whose time goes on when it is told to."""

    timers: list[Timer] = field(default_factory=list)

    def call_later(self, seconds: float, then: Callable[..., object], *_: object) -> Timer:
        self.timers.append(Timer(seconds, then))
        return self.timers[-1]

    def create_task(self, work: Coroutine[Any, Any, None], **_: object) -> MagicMock:
        work.close()
        return MagicMock()

    @property
    def waiting(self) -> list[Timer]:
        return [each for each in self.timers if not each.cancelled and each.seconds == HEADER_SECONDS]


def test_a_connection_is_given_so_long_for_a_requests_headers_however_slowly_they_come() -> None:
    config = config_of(Serving(), lambda: seen)
    config.lifespan = "off"
    config.load()
    loop, transport = Loop(), MagicMock()
    transport.get_extra_info.return_value = None
    protocol = ImpatientProtocol(config, ServerState(), {}, loop)  # type: ignore[arg-type]
    protocol.connection_made(transport)
    (timer,) = loop.waiting
    for part in (HALF, b"y", b"y"):
        protocol.data_received(part)
        assert loop.waiting == [timer]
    transport.close.assert_not_called()
    timer.then()
    transport.close.assert_called_once()

    protocol.data_received(b"\r\n\r\n")
    assert loop.waiting == []  # Its request is there: it may take its time.

    again = ImpatientProtocol(config, ServerState(), {}, loop)  # type: ignore[arg-type]
    again.connection_made(transport)
    again.data_received(WHOLE)
    assert loop.waiting == []
    again.connection_lost(None)
    assert loop.waiting == []


def test_tls_is_of_today_and_keeps_what_was_said_from_whoever_gets_the_key_later(tmp_path: Path) -> None:
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hub")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1)).sign(key, SHA256())
    certificate, private = tmp_path / "certificate.pem", tmp_path / "key.pem"
    certificate.write_bytes(made.public_bytes(Encoding.PEM))
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    config = config_of(Serving(certificate=certificate, key=private), lambda: seen)
    config.load()
    assert config.ssl is not None
    assert config.ssl.minimum_version >= ssl.TLSVersion.TLSv1_2
    assert [each["name"] for each in config.ssl.get_ciphers() if not each["name"].startswith(FORWARD_SECRET)] == []


async def answer(serving: Serving, request: bytes) -> bytes:
    """Return all that a server says to a request, until it closes."""
    config = config_of(serving, lambda: seen)
    config.lifespan = "off"
    config.load()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: ImpatientProtocol(config, ServerState(), {}, loop), "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    try:
        writer.write(request)
        return await asyncio.wait_for(reader.read(), 60)
    finally:
        writer.close()
        server.close()


@pytest.mark.parametrize(
    ("proxies", "expected"),
    [((), b"127.0.0.1 http x"), (("10.1.2.3",), b"127.0.0.1 http x"), (("127.0.0.1",), b"203.0.113.9 https x")],
)
def test_what_a_proxy_says_counts_where_it_is_trusted(proxies: tuple[str, ...], expected: bytes) -> None:
    told = {
        "Host": "x", "Connection": "close", "X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "evil.example", "Forwarded": "for=203.0.113.7;host=evil.example", "X-Real-IP": "203.0.113.8"
    }  # fmt: skip
    lines = "".join(f"{name}: {value}\r\n" for name, value in told.items())
    assert loops.run(answer(Serving(proxies=proxies), f"GET / HTTP/1.1\r\n{lines}\r\n".encode())).endswith(expected)
