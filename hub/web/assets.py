"""The style sheet and scripts: built once by `make assets`, named by their content, served to be kept for good."""

import json
from functools import cache
from pathlib import Path
from typing import Final

from fastapi import APIRouter
from starlette.responses import FileResponse, Response

from hub.problems import NotFoundError

STATIC: Final = "/static"
FOLDER: Final = Path(__file__).parent / "static"
LICENCES: Final = "LICENCES.txt"
_FOR_GOOD: Final = "public, max-age=31536000, immutable"


@cache
def manifest() -> dict[str, str]:
    """Return the file of each asset, by the name that pages use."""
    found: dict[str, str] = json.loads((FOLDER / "manifest.json").read_text())
    return found


def asset(name: str) -> str:
    """Return the address of an asset; raises `KeyError` for one that was not built."""
    return f"{STATIC}/{manifest()[name]}"


def add_assets(router: APIRouter) -> None:
    """Add the files of the manifest, and their licences, and no other."""

    @router.get(f"{STATIC}/{{name}}")
    def serve(name: str) -> Response:
        """Return a file; what a name stands for never changes, so it may be kept for good."""
        if name not in {*manifest().values(), LICENCES}:
            raise NotFoundError
        kept = "no-cache" if name == LICENCES else _FOR_GOOD
        return FileResponse(FOLDER / name, headers={"Cache-Control": kept})
