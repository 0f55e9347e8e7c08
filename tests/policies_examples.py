"""Requests, items and little policies for the tests of `policies`, and strategies over every word there is."""

from dataclasses import replace
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, get_args, get_type_hints

from hypothesis import strategies as st

from policies.client import PolicySetVersion, PolicyText, PolicyVersion, default_policy, load_policy
from policies.memo import Memo
from policies.model import (
    AgencyId,
    AgencyKind,
    Facts,
    ItemType,
    LawfulBasis,
    PersonRef,
    Position,
    Purpose,
    Request,
    RiskLevel,
    Role,
    SubjectKind,
    Training,
    Traits,
)

POLICE = AgencyId("avon-police")
SCHOOL = AgencyId("hill-school")
MASH = AgencyId("the-mash")
SCHEMA = (files("policies") / "rules" / "hub.cedarschema").read_text("utf-8")

_REQUEST = Request(
    viewer=MASH,
    agency_kind=AgencyKind.MASH,
    roles=frozenset({Role.MASH_ANALYST}),
    purpose=Purpose.MASH_SCREENING,
    reason="Two contacts this week.",
    person=PersonRef("3f0c"),
    as_of=Position(40),
    decided_at=Position(41),
    law_on=date(2026, 11, 22),
)


def request(**changes: Any) -> Request:
    """A MASH analyst screening with a reason, changed as the test says."""
    record = _REQUEST.as_record() | {name: getattr(value, "value", value) for name, value in changes.items()}
    return Request.from_record(record)


def item(owner: AgencyId = POLICE, **changes: Any) -> Facts:
    """A police incident about a child, changed as the test says."""
    traits = Traits(AgencyKind.POLICE, SubjectKind.CHILD, ItemType.POLICE_INCIDENT)
    return Facts(owner, traits._replace(**changes))


def rule(name: str, head: str, condition: str = "true", facets: str = "all") -> str:
    """The text of one rule: `rule("a", 'permit (principal, action == Action::"see", resource)')`."""
    notes = f'@id("{name}") @authority("An Act, s{len(name)}") @reason("Because of {name}.") @facets("{facets}")'
    return f"{notes}\n{head} when {{ {condition} }};\n"


def permit(name: str, action: str, condition: str = "true", facets: str = "all") -> str:
    """The text of a permit of one action; who decides what is asked is the information owner."""
    by = '@by("information-owner") ' if action == "ask" else ""
    return by + rule(name, f'permit (principal, action == Action::"{action}", resource)', condition, facets)


def forbid(name: str, condition: str = "true") -> str:
    """The text of a forbid."""
    return rule(name, "forbid (principal, action, resource)", condition)


def policy_of(*rules: str) -> PolicySetVersion:
    """A policy of these rules, on the shipped schema; no other test has asked it anything."""
    return replace(load_policy(PolicyText({"test.cedar": "\n".join(rules)}, SCHEMA)), memo=Memo())


class HeldTexts:
    """Texts in memory, each under its own hash unless told otherwise."""

    def __init__(self, *texts: PolicyText, **named: PolicyText) -> None:
        self.texts = {text.version(): text for text in texts} | {
            PolicyVersion(name): text for name, text in named.items()
        }
        self.changes = 0
        self.asked_for: list[PolicyVersion] = []

    def held(self) -> list[PolicyVersion]:
        return list(self.texts)

    def stamp(self, _: PolicyVersion) -> int:
        return self.changes

    def text(self, version: PolicyVersion) -> PolicyText | None:
        self.asked_for.append(version)
        return self.texts.get(version)


@cache
def shipped() -> PolicySetVersion:
    """The shipped policy, loaded once."""
    return default_policy()


def _values(hint: Any) -> st.SearchStrategy[Any]:
    if hint is bool:
        return st.booleans()
    if members := get_args(hint):
        return st.frozensets(st.sampled_from(list(members[0])), max_size=3)
    return st.sampled_from(list(hint))


def all_traits() -> st.SearchStrategy[Traits]:
    """Any traits at all, UNKNOWN words among them."""
    return st.builds(Traits, **{name: _values(hint) for name, hint in get_type_hints(Traits).items()})


def all_facts() -> st.SearchStrategy[Facts]:
    """Any item of one of three agencies."""
    return st.builds(Facts, st.sampled_from([POLICE, SCHOOL, MASH]), all_traits())


def all_requests() -> st.SearchStrategy[Request]:
    """Any request of one of three agencies."""
    return st.builds(
        Request,
        viewer=st.sampled_from([POLICE, SCHOOL, MASH]),
        agency_kind=st.sampled_from(AgencyKind),
        roles=st.frozensets(st.sampled_from(Role), max_size=3),
        purpose=st.sampled_from(Purpose),
        reason=st.sampled_from(["", "…", "Two contacts this week."]),
        person=st.just(PersonRef("3f0c")),
        as_of=st.just(Position(1)),
        decided_at=st.just(Position(1)),
        law_on=st.dates(date(2015, 1, 1), date(2030, 1, 1)),
        emergency=st.booleans(),
        identity_only=st.booleans(),
        training=st.sampled_from(Training),
        reasonable_cause=st.booleans(),
        strategy_member=st.booleans(),
        called_back=st.booleans(),
        risk=st.sampled_from(RiskLevel),
        bases=st.frozensets(st.sampled_from(LawfulBasis), max_size=2),
    )
