"""Whose account runs the command."""

import os
import pwd


def operator() -> str:
    """Return who runs the command, by the account of the process: no setting of the environment can name another.

    Only root is believed when `sudo` says for whom it acts.
    """
    uid = os.getuid()
    behind = os.environ.get("SUDO_UID", "") if uid == 0 else ""
    uid = int(behind) if behind.isdecimal() else uid
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid-{uid}"
