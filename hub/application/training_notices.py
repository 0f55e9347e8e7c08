"""Tell a manager who of their staff asked with lapsed training: who, when and what for, and never about whom.

A user's manager is the one whom the directory names; who has none there is the MASH managers'. The look is recorded.
"""

from typing import Any, Final

from hub.application.asking import Asked, question_of
from hub.application.decisions import DecisionLog
from hub.application.directory import Directory
from hub.application.reading import Reading
from hub.application.training import LAPSED_TAG
from hub.events.decisions import DisclosureDecided
from policies.model import Role

_MOST: Final = 1000


class TrainingNotices:
    """Answers what a manager is told of lapsed training."""

    def __init__(self, reading: Reading, decisions: DecisionLog) -> None:
        self._reading = reading
        self._decisions = decisions

    def of(self, asked: Asked) -> list[dict[str, Any]]:
        """Return what was asked by those whom the user manages, newest first, as `mash user notices --json` has it."""
        user, directory, outcome = self._reading.viewer(asked, "training-notices", question_of())
        found = self._decisions.newest(_MOST, tag=LAPSED_TAG)
        mine = [each for each in found if _is_told(directory, user.id, each.viewer)]
        self._reading.record(asked, directory, outcome)
        return [_notice_json(each, directory) for each in mine]


def _is_told(directory: Directory, manager: str, viewer: str) -> bool:
    user = directory.users.get(viewer)
    if user is not None and user.manager in directory.users:
        return user.manager == manager
    return Role.MASH_MANAGER.value in directory.users[manager].roles


def _notice_json(decision: DisclosureDecided, directory: Directory) -> dict[str, Any]:
    user = directory.users.get(decision.viewer)
    until = user.trained_until if user is not None else None
    return {
        "at": decision.at.isoformat(),
        "user": decision.viewer,
        "purpose": decision.purpose,
        "refused": decision.refusal is not None,
        "trained_until": until.isoformat() if until else None,
    }
