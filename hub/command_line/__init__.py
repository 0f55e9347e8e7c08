"""The command `mash`: the operator's door to the hub. Whoever can read `$MASH_HOME` is trusted with it.

Exit status 0 done, 1 refused or found wrong, 2 bad usage.
"""

import sys


def main(arguments: list[str] | None = None) -> None:
    """Run the command and exit with its status; an error is one line on standard error, never a traceback."""
    try:
        # Whoever types Control-C at once meets no import that is still under way outside of this.
        from hub.command_line.running import status_of

        status = status_of(sys.argv[1:] if arguments is None else arguments)
    except KeyboardInterrupt:
        status = 130
    sys.exit(status)
