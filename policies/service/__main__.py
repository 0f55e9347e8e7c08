"""`python -m policies.service FOLDER`: the policy service on a machine that has no hub."""

import argparse
import sys
from pathlib import Path

from policies.errors import PolicyError
from policies.service.folder import FolderTexts
from policies.service.running import PORT, Door, serve
from policies.shelf import Shelf


def main() -> int:
    """Serve the policies of a folder; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m policies.service", description=__doc__)
    parser.add_argument("folder", type=Path, help="what `mash policy export` wrote: a file for each version")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=PORT)
    parser.add_argument("--certificate", type=Path, help="in PEM; needed off this machine's loopback")
    parser.add_argument("--key", type=Path, help="the certificate's private key, in PEM")
    given = parser.parse_args()
    shelf = Shelf(FolderTexts(given.folder))
    try:
        if not shelf.decides():
            raise PolicyError("There is no policy here that could be verified.", code="no-policy-held")
        serve(shelf, Door(given.host, given.port, given.certificate, given.key))
    except PolicyError as error:
        return _failed(error.message, error.code)
    except OSError as error:
        return _failed(f"{error.strerror or 'The system refused'}.", "system")
    return 0


def _failed(message: str, code: str) -> int:
    sys.stderr.write(f"error: {message}  [{code}]\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
