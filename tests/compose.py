"""The compose files as they are written, and as Docker would fill them in. Nothing here starts a container."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

CHECKOUT = Path(__file__).resolve().parents[1]
REQUIRED = re.compile(r"\$\{([A-Z_]+):\?[^}]+\}")


def read(path: str) -> dict[str, Any]:
    """Return a file of the checkout, read as YAML."""
    found: dict[str, Any] = yaml.safe_load((CHECKOUT / path).read_text(encoding="utf-8"))
    return found


COMPOSE = read("docker-compose.yml")
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
HUB = {name: service for name, service in SERVICES.items() if "build" in service}


def environment(service: str, given: Mapping[str, str]) -> dict[str, str]:
    """Return a service's environment, with what .env gives put in."""
    named: dict[str, str] = SERVICES[service]["environment"]
    return {name: REQUIRED.sub(lambda found: given[found[1]], text) for name, text in named.items()}


def commands(page: str, containing: str) -> str:
    """Return the one block of commands of a page that contains a text."""
    text = (CHECKOUT / page).read_text(encoding="utf-8")
    (block,) = [each for each in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) if containing in each]
    return str(block)
