"""Answers that are the same for everybody who may have them: named by a hash of what they say, and not sent twice.

Never for what is about a person: a name that stays tells that what it names has stayed (RFC 9110, 8.8.3 and 13.1.2).
"""

import hashlib
from collections.abc import Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

_NOT_MODIFIED: Final = 304


def tagged(request: Request, body: bytes, media_type: str, headers: Mapping[str, str]) -> Response:
    """Return an answer under its name, or only that it is the one which the client holds."""
    name = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    named = {**headers, "ETag": name}
    if _held(request.headers.get("if-none-match", ""), name):
        return Response(status_code=_NOT_MODIFIED, headers=named)
    return Response(body, media_type=media_type, headers=named)


def _held(condition: str, name: str) -> bool:
    return any(each.strip().removeprefix("W/") in {name, "*"} for each in condition.split(","))
