"""Writes rules as Cedar's own formatter does, so that a change of a rule shows and a change of its layout does not."""

import cedarpy

from policies.errors import PolicyLoadError

_WIDTH = 120


def formatted(file: str, text: str) -> str:
    """Return a file of rules in the one layout; raises `PolicyLoadError` where they cannot be read."""
    try:
        return cedarpy.format_policies(text, line_width=_WIDTH).rstrip("\n") + "\n"
    except ValueError as error:
        raise PolicyLoadError(f"A rule cannot be read: {error}", code="rule-malformed", place=file) from error
