"""Find reads that somebody should look into, keep what became of each alert, and retire a rule that is never right."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from hub.application.asking import Asked, question_of
from hub.application.checked import checked
from hub.application.circumstances import standing
from hub.application.directory import Directory
from hub.application.links import current_person, read_person
from hub.application.misuse_rules import FOLLOWED_WITHIN, RULES, Alert, Known
from hub.application.overseeing import refuse_all_but_auditors
from hub.application.partnership_facts import body_of, fact_draft
from hub.application.reading import Reading
from hub.application.reads import Period, Reads
from hub.application.sources import source_event
from hub.errors import ConflictError, UsageError
from hub.events.concern import CHILD_PART
from hub.events.decisions import DisclosureDecided
from hub.events.misuse import MisuseAlertJudged
from hub.identity.links import subjects_of
from hub.store.log import EventLog
from policies.model import Role

AUDIT_MISUSE: Final = "audit-misuse"
ENOUGH: Final = 20
_TAG: Final = "misuse"
_CHRONOLOGY: Final = "chronology"


@dataclass(frozen=True, slots=True)
class Record:
    """How often a rule's alerts were judged, and how often upheld."""

    judged: int
    upheld: int

    @property
    def retired(self) -> bool:
        """Say whether the rule was never right, however often it was looked into."""
        return self.judged >= ENOUGH and not self.upheld


class Misuse:
    """Lists alerts and takes judgements of them; raises `RefusedError` for all but an auditor."""

    def __init__(self, reading: Reading, reads: Reads, log: EventLog) -> None:
        self._reading = reading
        self._reads = reads
        self._log = log

    def alerts(self, asked: Asked, period: Period) -> dict[str, Any]:
        """Return the alerts of a period and each rule's record, in the documented shape; that is recorded."""
        question = question_of(since=period.since, until=period.until)
        _, directory, outcome = refuse_all_but_auditors(self._reading, asked, AUDIT_MISUSE, question)
        judged = {each.alert: each for each in self._judged()}
        records = {rule: _record(rule, judged.values()) for rule in RULES}
        found = [
            _alert_json(each, judged.get(each.id))
            for each in self._found(period, outcome.decided_at, outcome.at or self._reading.now(), directory)
            if not records[each.rule].retired
        ]
        record = self._reading.record(asked, directory, outcome)
        return {
            "alerts": found,
            "rules": [
                {"rule": rule, "judged": each.judged, "upheld": each.upheld, "retired": each.retired}
                for rule, each in records.items()
            ],
            "decision": str(record.id),
        }

    def judge(self, alert: UUID, asked: Asked, *, upheld: bool) -> None:
        """Keep what became of an alert, with the reason asked for.

        Raises `UsageError` where no rule raises it on what is recorded by now, `ConflictError` where it was judged.
        """
        question = question_of(alert=alert, upheld=upheld)
        _, directory, outcome = refuse_all_but_auditors(self._reading, asked, AUDIT_MISUSE, question)
        moment = outcome.at or self._reading.now()
        known = {each.id: each for each in self._found(Period(), outcome.decided_at, moment, directory)}
        if alert not in known:
            self._reading.refuse(
                asked, directory, outcome, UsageError("There is no such alert.", code="unknown-alert")
            )  # fmt: skip
        if any(each.alert == alert for each in self._judged()):
            self._reading.refuse(
                asked, directory, outcome, ConflictError("This alert was judged already.", code="alert-judged")
            )  # fmt: skip
        fact = checked(
            MisuseAlertJudged,
            alert=alert, rule=known[alert].rule, upheld=upheld, reason=asked.reason, by=asked.viewer,
        )  # fmt: skip
        self._reading.record(asked, directory, outcome)
        self._log.append([fact_draft(fact, _TAG)], at=moment)

    def _judged(self) -> Iterator[MisuseAlertJudged]:
        for stored in self._log.read([_TAG]):
            if (body := body_of(stored)) is not None:
                yield MisuseAlertJudged.model_validate(body, strict=False)

    def _found(self, period: Period, head: int, now: datetime, directory: Directory) -> Iterator[Alert]:
        within = self._reads.within(period, head)
        reads = [each for each in within if each.kind == _CHRONOLOGY and each.refusal is None]
        on_duty = {
            user.id for user in directory.users.values() if Role.EMERGENCY_DUTY_TEAM.value in user.roles
        }  # fmt: skip
        known = Known(on_duty, frozenset(self._followed(reads, head)), now, frozenset(self._of_own(reads, head)))
        for rule in RULES.values():
            yield from rule(reads, known)

    def _followed(self, reads: Iterable[DisclosureDecided], head: int) -> Iterator[UUID]:
        """Yield the reads after which the viewer's agency recorded something of the child within four weeks."""
        written: dict[UUID, list[tuple[str, datetime]]] = {}
        for each in reads:
            if each.person is None:
                continue
            if each.person not in written:
                written[each.person] = self._written(each.person, head)
            by = (at for agency, at in written[each.person] if agency == each.agency)
            if any(each.at <= at <= each.at + FOLLOWED_WITHIN for at in by):
                yield each.id

    def _of_own(self, reads: Collection[DisclosureDecided], head: int) -> Iterator[UUID]:
        """Yield the reads of a child with whom, or with whose household, the viewer has a conflict of interest now."""
        related = {viewer: self._related(viewer, head) for viewer in {each.viewer for each in reads}}
        theirs: dict[UUID, frozenset[UUID]] = {}
        for each in reads:
            if each.person is None or not related[each.viewer]:
                continue
            if each.person not in theirs:
                theirs[each.person] = self._ids_of(each.person, head)
            if not related[each.viewer].isdisjoint(theirs[each.person]):
                yield each.id

    def _related(self, viewer: str, head: int) -> frozenset[UUID]:
        """Return the children and records with which a viewer has a conflict of interest."""
        conflicts = standing(self._log.read([self._reading.conflict_tag(viewer)], upto=head))
        return frozenset(subject for each in conflicts for subject in each.bears_on)

    def _ids_of(self, person: UUID, head: int) -> frozenset[UUID]:
        """Return what a conflict of interest with a person may name: the person, by either id, and their records."""
        current = current_person(self._log, person, upto=head)
        linked = subjects_of(current, read_person(self._log, current, upto=head).facts, as_of=head, now=head)
        return frozenset({person, current, *linked})

    def _written(self, person: UUID, head: int) -> list[tuple[str, datetime]]:
        """Return who recorded something of a person, and when the hub knew."""
        current = current_person(self._log, person, upto=head)
        events = read_person(self._log, current, upto=head).events
        sources = (source_event(each) for each in events if CHILD_PART in each.parts)
        return [(source.agency, source.known) for source in sources]


def _record(rule: str, judged: Iterable[MisuseAlertJudged]) -> Record:
    mine = [each for each in judged if each.rule == rule]
    return Record(len(mine), sum(each.upheld for each in mine))


def _alert_json(alert: Alert, judged: MisuseAlertJudged | None) -> dict[str, Any]:
    return {
        "id": str(alert.id),
        "rule": alert.rule,
        "viewer": alert.viewer,
        "agency": alert.agency,
        "at": alert.at.isoformat(),
        "sentence": alert.sentence,
        "decisions": [str(each) for each in alert.decisions],
        "upheld": judged and judged.upheld,
    }
