"""Adds the API's routers to an application, with what they all share. Starts nothing and opens nothing."""

from typing import Final

from fastapi import APIRouter, FastAPI

from hub.bootstrap import Hub

API: Final = "/v1"


def add_api(app: FastAPI, hub: Hub) -> None:
    """Add all that is under /v1."""
    app.state.hub = hub
    app.include_router(APIRouter(prefix=API))
