"""List to those who protect children who searched for them; each look is recorded, and tells others nothing."""

from collections.abc import Iterable
from typing import Any, Final

from hub.application.alerting import alerted, alerts_tag
from hub.application.asking import Asked
from hub.application.reading import Reading
from hub.errors import RefusedError
from hub.store.mapper import StoredEvent
from policies.model import Role

ALERTS: Final = "alerts"
PROTECTORS: Final = frozenset({Role.INFORMATION_OWNER.value, Role.DESIGNATED_SAFEGUARDING_LEAD.value})


class AlertList:
    """Answers which searches matched children whom the viewer's agency protects."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def newest(self, asked: Asked, limit: int) -> list[dict[str, Any]]:
        """Return the latest alerts, the newest first, in the documented shape of `mash alerts list --json`.

        Raises `RefusedError` for all but the information owner or safeguarding lead of an agency.
        """
        with self._reading.leaving.at_boundary():
            return self._newest(asked, limit)

    def _newest(self, asked: Asked, limit: int) -> list[dict[str, Any]]:
        question: dict[str, Any] = {"limit": str(limit)}
        user, directory, outcome = self._reading.viewer(asked, ALERTS, question)
        if PROTECTORS.isdisjoint(user.roles):
            refused = RefusedError("This is for an information owner or a safeguarding lead.", code="not-a-protector")
            self._reading.refuse(asked, directory, outcome, refused)
        found = _told(self._reading.log.newest(alerts_tag(user.agency), limit), user.agency)
        question["decisions"] = [alert["decision"] for alert in found]
        self._reading.record(asked, directory, outcome)
        return found


def _told(stored: Iterable[StoredEvent], agency: str) -> list[dict[str, Any]]:
    facts = (fact for each in stored if (fact := alerted(each)) is not None)
    return [
        {
            "at": fact.at.isoformat(),
            "reference": alert.reference,
            "searched_by": alert.searched_by,
            "decision": str(fact.decision),
        }
        for fact in facts
        for alert in fact.alerts
        if alert.agency == agency
    ]
