"""Tells one family's story: turns beats into events as the agencies would record them, in the order they happened."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from hub.contract.codes import Sex
from hub.contract.details import AnyDetail
from hub.contract.details.mash import InformationRequest
from hub.contract.event import ConcernEvent, Origin, QualityFlag
from hub.contract.person import Address, AddressKind, IdentifierSystem, Subject
from hub.contract.primitives import AgencyId, Occurred, Strict
from hub.contract.sharing import Sharing
from producers.synthetic.beats import Beat, Scene, Where, Which
from producers.synthetic.cast import Cast
from producers.synthetic.dice import Dice
from producers.synthetic.grounds import sharing
from producers.synthetic.identifiers import Numbers, postcode
from producers.synthetic.partnership import (
    AREA,
    COMMUNITY,
    HABITS,
    HOUSING,
    PROBATION,
    REFUGE,
    STREETS,
    open_day,
    weekday,
)
from producers.synthetic.people import Child, Household, Role, invent_child
from producers.synthetic.told import ChildKey, Told

FIRST_DAY = date(2019, 1, 7)
LAST_DAY = date(2026, 6, 12)
LAST_MOMENT = datetime(2026, 6, 30, 17, 0, tzinfo=UTC)

_PRONOUNS = {
    Sex.FEMALE: {"they": "she", "them": "her", "their": "her", "They": "She", "Their": "Her"},
    Sex.MALE: {"they": "he", "them": "him", "their": "his", "They": "He", "Their": "His"},
}
_VOICE_HEARD = 0.6
_EVIDENCE = 4
_SOMETIMES_VAGUE = frozenset({COMMUNITY, HOUSING, PROBATION, REFUGE})
_VAGUE = 0.08


@dataclass(frozen=True, slots=True)
class _Take:
    """What all children of one beat share: one incident is told alike about each of them."""

    scene: Scene
    detail: AnyDetail
    words: str | None
    locations: list[Address]
    sharing: Sharing


class Telling:
    """One family's story while it is being told; in a fixed one every voice is heard and every date is exact."""

    def __init__(
        self, dice: Dice, numbers: Numbers, starts: date, household: Household, *, fixed: bool = False
    ) -> None:
        self._fixed = fixed
        self.dice = dice
        self.numbers = numbers
        self.day = starts
        self.cast = Cast(dice, numbers, household)
        self.told: list[Told] = []
        self._asked: dict[AgencyId, UUID] = {}

    def add_child(self, born: date) -> Child:
        """Invent a child of the household and add them to the story."""
        label = f"child-{len(self.cast.children) + 1}"
        child = invent_child(label, born, self.cast.household, self.dice, self.numbers)
        self.cast.children.append(child)
        return child

    def key(self, child: Child) -> ChildKey:
        """Return the truth about a child so far: the records under which agencies have told of them."""
        told = {(told.agency, told.event.subject.reference) for told in self.told}
        records = tuple(record for record in self.cast.records(child) if record in told)
        return ChildKey(child.label, child.kind, records)

    def keys(self) -> tuple[ChildKey, ...]:
        """Return the truth about all the children so far."""
        return tuple(self.key(child) for child in self.cast.children)

    def play(self, beats: Iterable[Beat]) -> None:
        """Tell beats one after another, as far as the last day of all stories; each waits until its agency works."""
        for beat in beats:
            if beat.chance < 1 and not self.dice.chance(beat.chance):
                continue
            for _ in range(self.dice.between(*beat.times)):
                self.day = open_day(beat.agency, self.day + timedelta(days=self.dice.between(*beat.gap)))
                if self.day <= LAST_DAY:
                    take = self._take(beat, self.day, None)
                    for about in self._about(beat, self.day):
                        self._tell(beat, about, take, None)

    def say(
        self,
        beat: Beat,
        about: Child | Role,
        day: date,
        at: datetime | None = None,
        recorded_at: datetime | None = None,
    ) -> Told:
        """Tell one beat about one person; at the hour and recorded at the moment usual for the agency unless given."""
        return self._tell(beat, about, self._take(beat, day, at), recorded_at)

    def _take(self, beat: Beat, day: date, at: datetime | None) -> _Take:
        dice = self.dice
        until = None if beat.lasts is None else day + timedelta(days=dice.between(*beat.lasts))
        scene = Scene(
            day, until, self._time_of(beat.agency, day) if at is None else at, dice, self._asked, self._evidence
        )
        return _Take(
            scene=scene,
            detail=beat.detail if isinstance(beat.detail, Strict) else beat.detail(scene),
            words=dice.pick(beat.words) if beat.words else None,
            locations=[] if beat.where is None else [self._place(beat.where)],
            sharing=sharing(beat.agency, beat.ground, dice, beat.labels, beat.handling, beat.consent),
        )

    def _tell(self, beat: Beat, about: Child | Role, take: _Take, recorded_at: datetime | None) -> Told:
        event = self._event(beat, about, take)
        told = Told(beat.agency, str(self.dice.uuid()), recorded_at or self._recorded(beat, take.scene), event)
        if isinstance(event.detail, InformationRequest) and event.detail.asked is not None:
            self._asked[AgencyId(event.detail.asked)] = told.event_id
        self.told.append(told)
        return told

    def _about(self, beat: Beat, day: date) -> Sequence[Child | Role]:
        if isinstance(beat.about, Role):
            return [beat.about]
        low, high = beat.ages
        children = self.cast.children if isinstance(beat.about, Which) else [self.cast.children[beat.about]]
        fitting = [child for child in children if low <= child.age(day) <= high]
        if beat.about is Which.ANY and len(fitting) > 1:
            return [self.dice.pick(fitting)]
        return fitting

    def _event(self, beat: Beat, about: Child | Role, take: _Take) -> ConcernEvent:
        dice = self.dice
        habits = HABITS[beat.agency]
        day = take.scene.day
        subject = self.cast.subject(beat.agency, about, day)
        return ConcernEvent(
            occurred=self._occurred(beat, about, take.scene),
            subject=subject,
            others=self.cast.others(beat.agency, beat.people, beat.accused),
            category=beat.category,
            level=beat.level,
            detail=take.detail,
            narrative=self._narrative(take.words, about),
            voice=dice.pick(beat.voice) if beat.voice and (self._fixed or dice.chance(_VOICE_HEARD)) else None,
            locations=take.locations,
            sharing=take.sharing,
            origin=Origin(
                system=habits.system,
                record=f"{day.year}/{dice.between(0, 999_999):06d}",
                reported_by=dice.pick(habits.reporters),
            ),
            quality=_flags(about, subject),
        )

    def _occurred(self, beat: Beat, about: Child | Role, scene: Scene) -> Occurred:
        """Return when it happened; now and then only the month is known: the 15th stands for it, never the 1st."""
        vaguely = beat.agency in _SOMETIMES_VAGUE and scene.until is None and not self._fixed
        if vaguely and self.dice.chance(_VAGUE):
            vague = (scene.day - timedelta(days=15)).replace(day=15)
            if isinstance(about, Role) or (about.born is not None and about.born < vague):
                return Occurred(date=vague, accuracy="UAA")
        return Occurred(date=scene.day, at=scene.at, until=scene.until)

    def _evidence(self) -> list[UUID]:
        return [told.event_id for told in self.told[-_EVIDENCE:]]

    def _narrative(self, words: str | None, about: Child | Role) -> str | None:
        if words is None or "{" not in words:
            return words
        sex = about.sex if isinstance(about, Child) else self.cast.household.adults[about].sex
        return words.format_map(_PRONOUNS[sex])

    def _time_of(self, agency: AgencyId, day: date) -> datetime | None:
        if not HABITS[agency].times_of_day:
            return None
        return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=self.dice.between(0, 1439))

    def _recorded(self, beat: Beat, scene: Scene) -> datetime:
        habits = HABITS[beat.agency]
        lag = 0 if beat.prompt else self.dice.between(*habits.days_to_record)
        day = (scene.until or scene.day) + timedelta(days=lag)
        day = weekday(day) if habits.weekdays_only else day
        morning = datetime(day.year, day.month, day.day, 8, tzinfo=UTC)
        recorded = morning + timedelta(seconds=self.dice.between(0, 36_000))
        if scene.at is not None and recorded <= scene.at:
            recorded = scene.at + timedelta(seconds=self.dice.between(900, 20_000))
        return min(recorded, LAST_MOMENT)

    def _place(self, where: Where) -> Address:
        if where is Where.HOME:
            return self.cast.household.address
        return Address(lines=[self.dice.pick(STREETS), AREA], postcode=postcode(self.dice), kind=AddressKind.TEMPORARY)


def _flags(about: Child | Role, subject: Subject) -> list[QualityFlag]:
    if not isinstance(about, Child) or not about.upn_wrong:
        return []
    return [
        QualityFlag(rule="1510", field="upn", written=identifier.value)
        for identifier in subject.person.identifiers
        if identifier.system is IdentifierSystem.UPN
    ]
