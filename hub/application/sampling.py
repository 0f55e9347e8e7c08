"""Draw a sample of decisions for audit: by chance, recorded, never chosen. Only of these an auditor sees content."""

from random import Random, SystemRandom
from typing import Any, Final
from uuid import uuid4

from hub.application.asking import Asked, question_of
from hub.application.checked import checked
from hub.application.decisions import DecisionLog
from hub.application.earlier import SAMPLE_PART, SAMPLED_TAG
from hub.application.reading import Reading
from hub.contract.canonical import canonical
from hub.errors import RefusedError, UsageError
from hub.events.decisions import DecisionsSampled
from hub.store.log import EventLog
from hub.store.mapper import DraftEvent, DraftPart
from hub.store.vault import KeyVault
from policies.model import Role

KIND: Final = "sample"


class Sampling:
    """Draws samples; raises `RefusedError` for all but auditors."""

    def __init__(
        self, log: EventLog, reading: Reading, decisions: DecisionLog, vault: KeyVault, chance: Random | None = None
    ) -> None:
        self._log = log
        self._reading = reading
        self._decisions = decisions
        self._vault = vault
        self._chance = chance or SystemRandom()

    def draw(self, asked: Asked, *, number: int, of: int) -> dict[str, Any]:
        """Draw some of the latest decisions on items, in the documented shape of `mash decisions sample --json`."""
        question = question_of(number=number, of=of)
        user, directory, outcome = self._reading.viewer(asked, KIND, question)
        if Role.AUDITOR.value not in user.roles:
            refused = RefusedError("This is for an auditor.", code="not-an-auditor")
            self._reading.refuse(asked, directory, outcome, refused)
        latest = sorted((each.id for each in self._decisions.newest(of) if each.decided), key=str)
        if not latest:
            nothing = UsageError("There is no decision about a child to draw from.", code="nothing-to-sample")
            self._reading.refuse(asked, directory, outcome, nothing)
        drawn = self._chance.sample(latest, min(number, len(latest)))
        fact = checked(DecisionsSampled, decisions=drawn, drawn_from=len(latest), reason=asked.reason, by=asked.viewer)
        self._reading.record(asked, directory, outcome)
        made = uuid4()
        self._vault.make([made])
        part = DraftPart(SAMPLE_PART, made, {"fact": canonical(fact.model_dump(mode="json"))})
        draft = DraftEvent(made, DecisionsSampled.__name__, (SAMPLED_TAG,), (part,))
        self._log.append([draft], at=self._reading.now())
        return {"drawn": sorted(map(str, drawn)), "from": len(latest)}
