"""The one tree of errors. The type says what a caller does with it; the code is stable, the sentence is for people.

A message never carries personal data: ids, codes, places and counts only.
"""

from typing import ClassVar


class HubError(Exception):
    """Anything that the hub refuses or cannot do, with a stable code and a sentence for people."""

    exit_status: ClassVar[int] = 1

    def __init__(self, message: str, *, code: str, place: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.place = place


class RetryableError(HubError):
    """The same call may succeed later: a server is away, a disk is full, somebody else was first."""


class PoisonError(HubError):
    """The input can never be processed as it is: it is kept aside for a person to see."""


class RefusedError(HubError):
    """The caller may not do this, or a rule forbids it."""


class ConflictError(HubError):
    """What is asked contradicts what is already recorded."""


class UsageError(HubError):
    """The command or a setting is wrong: nothing was tried."""

    exit_status: ClassVar[int] = 2
