"""Where pictures of pages are left, to be looked at."""

from pathlib import Path

SHOTS = Path(__file__).resolve().parents[1] / "var" / "screenshots"
