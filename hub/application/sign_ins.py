"""Record who signed in and out, in the log, sealed; list it. Decides nothing of who may sign in."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from hub.application.partnership_facts import PARTNERSHIP, body_of, fact_draft
from hub.clock import Clock
from hub.events.sign_in import SIGN_IN_EVENTS, SignInEvent
from hub.store.log import EventLog
from hub.store.vault import KeyVault

SIGN_INS_TAG: Final = "sign-ins"


class SignInLog:
    """Writes and reads the record of sign-ins."""

    def __init__(self, log: EventLog, vault: KeyVault, clock: Clock) -> None:
        self._log = log
        self._vault = vault
        self._clock = clock

    def record(self, fact: SignInEvent) -> None:
        """Append a fact."""
        draft = fact_draft(fact, SIGN_INS_TAG)
        self._log.append([draft], at=self._clock.now(), keys=self._vault.make([PARTNERSHIP]))

    def newest(self, limit: int) -> Iterator[tuple[datetime, SignInEvent]]:
        """Yield the latest facts with their moments, the newest first."""
        for stored in self._log.newest(SIGN_INS_TAG, limit):
            if (body := body_of(stored)) is not None:
                yield stored.recorded_at, SIGN_IN_EVENTS[stored.type].model_validate(body, strict=False)
