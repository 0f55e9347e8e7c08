"""What is known of one item before it is decided: whose it is, and the traits that rules may read.

`Traits` is a named tuple and its reading is remembered: 500 items of some 40 kinds are described for every answer.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, Self

from policies.model.bands import categories_of
from policies.model.item_vocabulary import (
    Category,
    ChildAge,
    Confidentiality,
    ConsentState,
    Determination,
    EventAge,
    HandlingCode,
    HandlingCondition,
    InformationGrade,
    ItemType,
    Level,
    Linkage,
    Marking,
    Sensitivity,
    Shield,
    ShownBefore,
    SourceGrade,
    Standing,
    SubjectKind,
)
from policies.model.records import Reading, Record, record_of
from policies.model.request import AgencyId
from policies.model.vocabulary import AgencyKind


class Traits(NamedTuple):
    """All of an item that a rule may read, in closed words: never its id, its owner's name, a date or a person."""

    owner_kind: AgencyKind
    subject_kind: SubjectKind
    item_type: ItemType
    categories: frozenset[Category] = frozenset()
    level: Level = Level.NOT_STATED
    event_age: EventAge = EventAge.NOT_KNOWN
    child_age: ChildAge = ChildAge.NOT_KNOWN
    marking: Marking = Marking.OFFICIAL_SENSITIVE
    source: SourceGrade = SourceGrade.NOT_GRADED
    information: InformationGrade = InformationGrade.NOT_GRADED
    handling: HandlingCode = HandlingCode.NOT_GRADED
    conditions: frozenset[HandlingCondition] = frozenset()
    owner_control: bool = False
    sensitivity: frozenset[Sensitivity] = frozenset()
    confidentiality: Confidentiality = Confidentiality.UNRESTRICTED
    agreement_to_service: ConsentState = ConsentState.NOT_KNOWN
    informed_of_sharing: ConsentState = ConsentState.NOT_KNOWN
    consent_to_share: ConsentState = ConsentState.NOT_KNOWN
    shields: frozenset[Shield] = frozenset()
    linkage: Linkage = Linkage.CERTAIN
    standing: Standing = Standing.CURRENT
    post_closure: bool = False
    agreed: bool = False
    agreement_lapsed: bool = False
    involved: bool = False
    deceased: bool = False
    injury: bool = False
    age_then: ChildAge = ChildAge.NOT_KNOWN
    determination: Determination = Determination.NOT_RECORDED
    released: bool = False
    shown_before: ShownBefore = ShownBefore.NOT_KNOWN
    sampled: bool = False
    own_referral: bool = False
    fabricated_illness: bool = False
    other_household: bool = False


FactsClass = tuple[bool, Traits]


class Written(NamedTuple):
    """The same traits as an event's sections write them: plain text, codes and bands that are not yet checked."""

    owner_kind: str
    subject_kind: str
    item_type: str
    codes: tuple[str, ...] = ()
    level: int | None = None
    event_age: EventAge = EventAge.NOT_KNOWN
    child_age: ChildAge = ChildAge.NOT_KNOWN
    marking: str = Marking.OFFICIAL_SENSITIVE
    source: str | None = None
    information: str | None = None
    handling: str | None = None
    conditions: tuple[str, ...] = ()
    owner_control: bool = False
    sensitivity: tuple[str, ...] = ()
    confidentiality: str = Confidentiality.UNRESTRICTED
    agreement_to_service: str = ConsentState.NOT_KNOWN
    informed_of_sharing: str = ConsentState.NOT_KNOWN
    consent_to_share: str = ConsentState.NOT_KNOWN
    shields: tuple[Shield, ...] = ()
    linkage: Linkage = Linkage.CERTAIN
    standing: Standing = Standing.CURRENT
    post_closure: bool = False
    agreed: bool = False
    agreement_lapsed: bool = False
    involved: bool = False
    deceased: bool = False
    injury: bool = False
    age_then: ChildAge = ChildAge.NOT_KNOWN
    determination: Determination = Determination.NOT_RECORDED
    shown_before: ShownBefore = ShownBefore.NOT_KNOWN
    sampled: bool = False
    own_referral: bool = False
    fabricated_illness: bool = False
    other_household: bool = False


@lru_cache(maxsize=8_192)
def read_traits(written: Written) -> Traits:
    """Return the traits that an event's own words stand for; a word that no vocabulary holds becomes UNKNOWN."""
    return Traits(
        owner_kind=AgencyKind(written.owner_kind),
        subject_kind=SubjectKind(written.subject_kind),
        item_type=ItemType(written.item_type),
        categories=categories_of(written.codes),
        level=Level.NOT_STATED if written.level is None else Level(str(written.level)),
        event_age=written.event_age,
        child_age=written.child_age,
        marking=Marking(written.marking),
        source=SourceGrade(written.source or SourceGrade.NOT_GRADED),
        information=InformationGrade(written.information or InformationGrade.NOT_GRADED),
        handling=HandlingCode(written.handling or HandlingCode.NOT_GRADED),
        conditions=frozenset(map(HandlingCondition, written.conditions)),
        owner_control=written.owner_control,
        sensitivity=frozenset(map(Sensitivity, written.sensitivity)),
        confidentiality=Confidentiality(written.confidentiality),
        agreement_to_service=ConsentState(written.agreement_to_service),
        informed_of_sharing=ConsentState(written.informed_of_sharing),
        consent_to_share=ConsentState(written.consent_to_share),
        shields=frozenset(written.shields),
        linkage=written.linkage,
        standing=written.standing,
        post_closure=written.post_closure,
        agreed=written.agreed,
        agreement_lapsed=written.agreement_lapsed,
        involved=written.involved,
        deceased=written.deceased,
        injury=written.injury,
        age_then=written.age_then,
        determination=written.determination,
        shown_before=written.shown_before,
        sampled=written.sampled,
        own_referral=written.own_referral,
        fabricated_illness=written.fabricated_illness,
        other_household=written.other_household,
    )


@dataclass(frozen=True, slots=True)
class Facts:
    """One item as it is put before the rules: the agency that owns it, and its traits."""

    owner: AgencyId
    traits: Traits

    def class_key(self, viewer: AgencyId) -> FactsClass:
        """Return what rules may read when this viewer asks: whether the item is its own, and the traits."""
        return (self.owner == viewer, self.traits)

    def as_record(self) -> Record:
        """Return the canonical form, for an auditor and for a decision service that runs apart."""
        return record_of([("owner", self.owner), *self.traits._asdict().items()])

    @classmethod
    def from_record(cls, record: object) -> Self:
        """Return the facts that a record holds; raises RecordError."""
        read = Reading(record, "an item's facts")
        owner = AgencyId(read.text("owner"))
        traits = Traits(
            owner_kind=read.word("owner_kind", AgencyKind),
            subject_kind=read.word("subject_kind", SubjectKind),
            item_type=read.word("item_type", ItemType),
            categories=read.words("categories", Category),
            level=read.word("level", Level, Level.NOT_STATED),
            event_age=read.word("event_age", EventAge, EventAge.NOT_KNOWN),
            child_age=read.word("child_age", ChildAge, ChildAge.NOT_KNOWN),
            marking=read.word("marking", Marking, Marking.OFFICIAL_SENSITIVE),
            source=read.word("source", SourceGrade, SourceGrade.NOT_GRADED),
            information=read.word("information", InformationGrade, InformationGrade.NOT_GRADED),
            handling=read.word("handling", HandlingCode, HandlingCode.NOT_GRADED),
            conditions=read.words("conditions", HandlingCondition),
            owner_control=read.flag("owner_control"),
            sensitivity=read.words("sensitivity", Sensitivity),
            confidentiality=read.word("confidentiality", Confidentiality, Confidentiality.UNRESTRICTED),
            agreement_to_service=read.word("agreement_to_service", ConsentState, ConsentState.NOT_KNOWN),
            informed_of_sharing=read.word("informed_of_sharing", ConsentState, ConsentState.NOT_KNOWN),
            consent_to_share=read.word("consent_to_share", ConsentState, ConsentState.NOT_KNOWN),
            shields=read.words("shields", Shield),
            linkage=read.word("linkage", Linkage, Linkage.CERTAIN),
            standing=read.word("standing", Standing, Standing.CURRENT),
            post_closure=read.flag("post_closure"),
            agreed=read.flag("agreed"),
            agreement_lapsed=read.flag("agreement_lapsed"),
            involved=read.flag("involved"),
            deceased=read.flag("deceased"),
            injury=read.flag("injury"),
            age_then=read.word("age_then", ChildAge, ChildAge.NOT_KNOWN),
            determination=read.word("determination", Determination, Determination.NOT_RECORDED),
            released=read.flag("released"),
            shown_before=read.word("shown_before", ShownBefore, ShownBefore.NOT_KNOWN),
            sampled=read.flag("sampled"),
            own_referral=read.flag("own_referral"),
            fabricated_illness=read.flag("fabricated_illness"),
            other_household=read.flag("other_household"),
        )
        read.finish()
        return cls(owner, traits)
