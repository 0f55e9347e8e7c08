"""Which compression a client takes (RFC 9110, 12.5.3), and nothing of what is compressed."""

from typing import Final

from starlette.datastructures import Headers

GZIP: Final = "gzip"


def takes_gzip(headers: Headers) -> bool:
    """Return whether a client says that it takes gzip."""
    for each in headers.get("accept-encoding", "").lower().split(","):
        coding, _, weight = each.partition(";")
        if coding.strip() == GZIP:
            return weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False
