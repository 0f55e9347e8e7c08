"""Where somebody goes once they are signed in: a page of this hub, whatever a link says."""

import re
from typing import Final

HOME: Final = "/"
# No second slash, which begins a host; nothing that a browser would read as one, or drop.
_PAGE: Final = re.compile(r"/(?![/\\])[A-Za-z0-9._~!$&'()*+,;=:@%/?-]{0,500}")
_NOT_AFTER: Final = re.compile(r"/(sign-in|sign-out|signed-out|issuer)(?![A-Za-z0-9_-])")


def safe_next(given: str | None) -> str:
    """Return a page of this hub to go on to; the first one where a link names anything else."""
    if given is None or not _PAGE.fullmatch(given) or _NOT_AFTER.match(given):
        return HOME
    return given
