"""The partnership's directory as facts: agencies, their keys, the people who may ask, the standing agreements."""

from datetime import date, datetime, time
from enum import StrEnum
from typing import Annotated, Final, get_args
from zoneinfo import ZoneInfo

from pydantic import Field

from hub.contract.codes import AgencyKind
from hub.contract.primitives import Agency, Day, DayOrMoment, Line, Moment, Strict, Word
from hub.events.reviews import ReviewArrangement


class PartnerKind(StrEnum):
    """The kinds of those who ask: the agencies that publish, and two that only ever ask."""

    CHILDRENS_SOCIAL_CARE = AgencyKind.CHILDRENS_SOCIAL_CARE
    POLICE = AgencyKind.POLICE
    HEALTH = AgencyKind.HEALTH
    EDUCATION = AgencyKind.EDUCATION
    PROBATION = AgencyKind.PROBATION
    YOUTH_JUSTICE = AgencyKind.YOUTH_JUSTICE
    HOUSING = AgencyKind.HOUSING
    VOLUNTARY = AgencyKind.VOLUNTARY
    MASH = AgencyKind.MASH
    OTHER_AREA = "other-areas-childrens-services"
    IMMIGRATION_ENFORCEMENT = "immigration-enforcement"


class AgencyRegistered(Strict):
    """An agency joined the partnership."""

    id: Agency
    name: Line
    kind: PartnerKind
    by: Word


class SigningKeyRegistered(Strict):
    """An agency's public signing key (Ed25519, hexadecimal) may sign from `valid_from` on."""

    agency: Agency
    key_id: Word
    public: Word
    valid_from: Moment
    by: Word


class SigningKeyRetired(Strict):
    """A key was rotated out: it verifies what was signed until `valid_until`, nothing later."""

    agency: Agency
    key_id: Word
    valid_until: Moment
    by: Word


class SigningKeyRevoked(Strict):
    """A key was revoked: it verifies nothing any more."""

    agency: Agency
    key_id: Word
    revoked_at: Moment
    reason: Line
    by: Word


class UserRegistered(Strict):
    """A person of an agency may use the hub in these roles.

    Their safeguarding training is valid up to a day, where anybody keeps a record of it; `manager` is another user.
    """

    id: Word
    name: Line
    agency: Agency
    roles: Annotated[list[Word], Field(max_length=20)]
    trained_until: Day | None = None
    manager: Word | None = None
    by: Word


class TrainingRecorded(Strict):
    """A user's safeguarding training is valid up to and including a day."""

    user: Word
    until: Day
    by: Word


class UserMoved(Strict):
    """A user works for another agency, or in other roles, from this event on."""

    user: Word
    agency: Agency
    roles: Annotated[list[Word], Field(max_length=20)]
    by: Word


class UserLeft(Strict):
    """A user may not use the hub any more; nobody else is ever given their id."""

    user: Word
    reason: Line
    by: Word


class OpeningKeyRegistered(Strict):
    """What the hub sends to an agency is sealed to this public key (X25519, hexadecimal) from now on."""

    agency: Agency
    key_id: Word
    public: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    valid_from: Moment
    by: Word


_ENGLAND: Final = ZoneInfo("Europe/London")


def beginning(told: date | datetime) -> datetime:
    """Return the first moment of what was told as a moment, or as a day in England."""
    return told if isinstance(told, datetime) else datetime.combine(told, time.min, _ENGLAND)


def ending(told: date | datetime) -> datetime:
    """Return the last moment of what was told as a moment, or as a day in England."""
    return told if isinstance(told, datetime) else datetime.combine(told, time.max, _ENGLAND)


AgreementId = Annotated[Word, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]


class AgreementMade(Strict):
    """Of what the owner holds, the recipient is sent these types of item for this purpose, without asking each time.

    It is in force from its first to its last moment, both included; a day counts from its beginning to its end in
    England. `lead` is told of what has changed since, `duties` bind the recipient. Of the `readers`, users of the
    recipient, a message names the first who is not related to anybody in the child's records. One that denies forbids
    it instead; an exception precedes what is no exception.
    """

    id: AgreementId
    owner: Agency
    recipient: Agency
    purpose: Word
    types: Annotated[list[Word], Field(min_length=1, max_length=50)]
    reason: Line
    authority: Line
    lead: Line
    valid_from: DayOrMoment
    valid_until: DayOrMoment | None = None
    denies: bool = False
    exception: bool = False
    duties: Annotated[list[Line], Field(max_length=50)] = []
    readers: Annotated[list[Word], Field(max_length=50)] = []
    by: Word


class AgreementEnded(Strict):
    """An agreement was ended: from this event on it permits nothing."""

    id: Word
    reason: Line
    by: Word


class ReviewsArranged(Strict):
    """The partnership said how soon a review is answered, and by whom; this holds in place of what it said before."""

    arrangement: ReviewArrangement
    by: Word


class ErasureWaitSet(Strict):
    """An erasure that is asked for from now on waits for so many days after its approval."""

    days: Annotated[int, Field(ge=1, le=365)]
    by: Word


class CountedFrom(StrEnum):
    """From when the years of a record are counted."""

    KNOWN = "known"
    EIGHTEENTH_BIRTHDAY = "eighteenth-birthday"


class RetentionRule(Strict):
    """For how many years events of some types are kept, and under which law or schedule."""

    types: Annotated[list[Word], Field(min_length=1, max_length=100)]
    years: Annotated[int, Field(ge=0, le=150)]
    counted_from: CountedFrom
    authority: Line


class RetentionSet(Strict):
    """The partnership's table of retention; it holds in place of the one before."""

    rules: Annotated[list[RetentionRule], Field(max_length=100)]
    by: Word


class FeedPromise(Strict):
    """An agency's feed brings something to the hub at least once in so many days."""

    agency: Agency
    within_days: Annotated[int, Field(ge=1, le=366)]


class FeedsPromised(Strict):
    """Which feeds the partnership counts on; it holds in place of what was promised before."""

    feeds: Annotated[list[FeedPromise], Field(max_length=500)]
    by: Word


DirectoryEvent = (
    AgencyRegistered
    | SigningKeyRegistered
    | SigningKeyRetired
    | SigningKeyRevoked
    | UserRegistered
    | TrainingRecorded
    | UserMoved
    | UserLeft
    | OpeningKeyRegistered
    | AgreementMade
    | AgreementEnded
    | ReviewsArranged
    | ErasureWaitSet
    | RetentionSet
    | FeedsPromised
)
DIRECTORY_EVENTS: dict[str, type[DirectoryEvent]] = {model.__name__: model for model in get_args(DirectoryEvent)}
