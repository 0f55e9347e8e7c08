"""What only an auditor may do: asked like any other question, and refused on record to all others."""

from typing import Any

from hub.application.asking import Asked
from hub.application.directory import Directory, User
from hub.application.reading import Outcome, Reading
from hub.errors import RefusedError
from policies.model import Role


def refuse_all_but_auditors(
    reading: Reading, asked: Asked, kind: str, question: dict[str, Any]
) -> tuple[User, Directory, Outcome]:
    """Return who asks, the directory and the outcome to come; all but an auditor are refused, and that is recorded."""
    user, directory, outcome = reading.viewer(asked, kind, question)
    if Role.AUDITOR.value not in user.roles:
        reading.refuse(asked, directory, outcome, RefusedError("This is for an auditor.", code="not-an-auditor"))
    return user, directory, outcome
