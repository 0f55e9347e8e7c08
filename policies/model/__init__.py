"""What is asked of a policy and what it answers: requests, facts, verdicts, and the closed words that they are made of.

Never decides, never reads a clock, a file or the network; whoever asks a policy imports from here.
"""

from policies.errors import RecordError, RequestError
from policies.model.bands import categories_of, child_age, event_age, linkage_of
from policies.model.facts import Facts, FactsClass, Traits, Written, read_traits
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
from policies.model.obligations import OBLIGATION_SENTENCES, REVIEWERS, Obligation
from policies.model.request import AgencyId, PersonRef, Position, Request, RequestClass
from policies.model.verdict import ALL_FACETS, Effect, Facet, Rule, RuleId, Verdict
from policies.model.vocabulary import PURPOSES, AgencyKind, LawfulBasis, Purpose, RiskLevel, Role, Training, Vocabulary

__all__ = [
    "ALL_FACETS",
    "OBLIGATION_SENTENCES",
    "PURPOSES",
    "REVIEWERS",
    "AgencyId",
    "AgencyKind",
    "Category",
    "ChildAge",
    "Confidentiality",
    "ConsentState",
    "Determination",
    "Effect",
    "EventAge",
    "Facet",
    "Facts",
    "FactsClass",
    "HandlingCode",
    "HandlingCondition",
    "InformationGrade",
    "ItemType",
    "LawfulBasis",
    "Level",
    "Linkage",
    "Marking",
    "Obligation",
    "PersonRef",
    "Position",
    "Purpose",
    "RecordError",
    "Request",
    "RequestClass",
    "RequestError",
    "RiskLevel",
    "Role",
    "Rule",
    "RuleId",
    "Sensitivity",
    "Shield",
    "ShownBefore",
    "SourceGrade",
    "Standing",
    "SubjectKind",
    "Training",
    "Traits",
    "Verdict",
    "Vocabulary",
    "Written",
    "categories_of",
    "child_age",
    "event_age",
    "linkage_of",
    "read_traits",
]
