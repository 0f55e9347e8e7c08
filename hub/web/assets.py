"""The style sheet and scripts: built once by `make assets`, named by their content, served to be kept for good."""

import json
from functools import cache
from pathlib import Path
from typing import Final

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

STATIC: Final = "/static"
FOLDER: Final = Path(__file__).parent / "static"
_FOR_GOOD: Final = "public, max-age=31536000, immutable"


@cache
def manifest() -> dict[str, str]:
    """Return the file of each asset, by the name that pages use."""
    found: dict[str, str] = json.loads((FOLDER / "manifest.json").read_text())
    return found


def asset(name: str) -> str:
    """Return the address of an asset; raises `KeyError` for one that was not built."""
    return f"{STATIC}/{manifest()[name]}"


class Assets(StaticFiles):
    """Serves the files of the manifest and their licences, and no other."""

    def __init__(self) -> None:
        super().__init__(directory=FOLDER)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return a file; what a name stands for never changes, so it may be kept for good."""
        if path not in {*manifest().values(), "LICENCES.txt"}:
            return Response(status_code=404)
        response = await super().get_response(path, scope)
        if Headers(raw=response.raw_headers).get("content-type", "").startswith("text/plain"):
            return response
        response.headers["Cache-Control"] = _FOR_GOOD
        return response
