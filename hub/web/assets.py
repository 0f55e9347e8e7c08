"""The style sheet and scripts: built once by `make assets`, named by their content, served to be kept for good."""

import gzip
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from hub.encodings import GZIP, takes_gzip
from hub.problems import NotFoundError
from hub.unchanged import tagged

STATIC: Final = "/static"
FOLDER: Final = Path(__file__).parent / "static"
LICENCES: Final = "LICENCES.txt"
_FOR_GOOD: Final = "public, max-age=31536000, immutable"
_MEDIA_TYPES: Final[Mapping[str, str]] = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
}


@cache
def manifest() -> dict[str, str]:
    """Return the file of each asset, by the name that pages use."""
    found: dict[str, str] = json.loads((FOLDER / "manifest.json").read_text())
    return found


def asset(name: str) -> str:
    """Return the address of an asset; raises `KeyError` for one that was not built."""
    return f"{STATIC}/{manifest()[name]}"


@cache
def packed(name: str) -> bytes:
    """Return a file in gzip: compressed once, as well as can be."""
    return gzip.compress((FOLDER / name).read_bytes(), mtime=0)


def add_assets(router: APIRouter) -> None:
    """Add the files of the manifest, and their licences, and no other."""

    @router.get(f"{STATIC}/{{name}}")
    def serve(request: Request, name: str) -> Response:
        """Return a file; what a name stands for never changes, so it may be kept for good."""
        if name not in {*manifest().values(), LICENCES}:
            raise NotFoundError
        headers = {"Cache-Control": "no-cache" if name == LICENCES else _FOR_GOOD, "Vary": "Accept-Encoding"}
        media_type = _MEDIA_TYPES[Path(name).suffix]
        if takes_gzip(request.headers):
            return tagged(request, packed(name), media_type, {**headers, "Content-Encoding": GZIP})
        return tagged(request, (FOLDER / name).read_bytes(), media_type, headers)
