"""Which software this is, for the screen and for the record of each decision."""

from functools import cache
from importlib.metadata import PackageNotFoundError, version


@cache
def software_version() -> str:
    """Return the version of the distribution; a checkout that was never installed has none."""
    try:
        return version("mash-hub")
    except PackageNotFoundError:
        return "(not installed)"
