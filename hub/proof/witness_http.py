"""The tlog-witness protocol over HTTP: a witness's small server, and the one question that a log asks of it.

The server listens where it is told, on loopback by default; put a TLS proxy before it to reach it from elsewhere.
"""

import ssl
import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import urlsplit

from hub.errors import HubError, RetryableError, UsageError
from hub.proof.witness import Reply, Request, Witness

LOOPBACK: Final = "127.0.0.1"
PATH: Final = "/add-checkpoint"
SECONDS: Final = 10.0
MAX_BODY: Final = 64 * 1024


def witness_server(
    witness: Witness, host: str, port: int, on_reply: Callable[[Reply], None] = lambda _: None
) -> ThreadingHTTPServer:
    """Return a server that listens already, for the caller to run; raises `HubError` where the port is taken."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = SECONDS

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if self.path.rstrip("/") != PATH:
                self._say(Reply(404, "There is only add-checkpoint.\n"), last=True)
            elif not length.isdecimal() or int(length) > MAX_BODY:
                self._say(Reply(400, "The request has no length, or is too long.\n"), last=True)
            else:
                self._say(self._decided(self.rfile.read(int(length))))

        def _decided(self, body: bytes) -> Reply:
            try:
                reply = witness.add_checkpoint(body.decode("utf-8", "replace"), lambda: int(time.time()))
            except (HubError, OSError):
                reply = Reply(
                    500, "The witness cannot decide now.\n", alarm="the witness cannot read or keep its state"
                )
            on_reply(reply)
            return reply

        def _say(self, reply: Reply, *, last: bool = False) -> None:
            content = reply.body.encode()
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.content_type)
            self.send_header("Content-Length", str(len(content)))
            if last:
                self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing: whoever runs the server hears of each reply."""

    try:
        return ThreadingHTTPServer((host, port), Handler)
    except OSError as error:
        raise HubError(f"The witness cannot listen: {error.strerror}.", code="port-in-use", place=str(port)) from error


def ask(url: str, request: Request) -> Reply:
    """Send a request to the witness at a URL and return its answer; raises RetryableError where it is away."""
    connection, path = _connection(url)
    try:
        connection.request("POST", path + PATH, str(request).encode(), {"Content-Type": "text/plain"})
        answer = connection.getresponse()
        body = answer.read(MAX_BODY).decode("utf-8", "replace")
        return Reply(answer.status, body, answer.headers.get_content_type())
    except (OSError, HTTPException) as error:
        raise RetryableError("The witness does not answer.", code="witness-away", place=url) from error
    finally:
        connection.close()


def refuse_bad_url(url: str) -> None:
    """Raise `UsageError` for what is no http or https URL."""
    where = urlsplit(url)
    if where.scheme not in {"http", "https"} or not where.hostname or where.query or where.fragment:
        raise UsageError("A witness's address is an http or https URL.", code="bad-url")


def _connection(url: str) -> tuple[HTTPConnection, str]:
    refuse_bad_url(url)
    where = urlsplit(url)
    host = where.hostname or ""
    if where.scheme == "https":
        context = ssl.create_default_context()
        return HTTPSConnection(host, where.port, timeout=SECONDS, context=context), where.path.rstrip("/")
    return HTTPConnection(host, where.port, timeout=SECONDS), where.path.rstrip("/")
