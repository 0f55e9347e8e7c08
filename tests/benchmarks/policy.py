"""Verdicts of the shipped rules: one cold, a page of 500 items of 40 classes cold and warm, and a policy compared.

Beside them, in the same run: bare cedarpy with parsed handles, the same evaluations in one cedarpy batch without
classes, and the same rules as a plain Python function.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial
from itertools import product
from typing import Any
from uuid import UUID

import cedarpy

from hub.application.circumstances import NOTHING_BEARS
from hub.application.directory import Agency, Directory
from hub.application.facts import Described, around, facts_of
from hub.events.directory import AgreementMade, PartnerKind
from hub.memory import collected_seldom
from policies.authoring import compare_policies
from policies.client import PolicySetVersion, default_policy, shipped_text
from policies.decide import decide
from policies.engine import Action, put_to_cedar, question
from policies.memo import Memo
from policies.model import (
    AgencyId,
    AgencyKind,
    EventAge,
    Facts,
    ItemType,
    Level,
    Sensitivity,
    Standing,
    SubjectKind,
    Traits,
)
from policies.syntax import fields_read
from tests.benchmarks.policy_python import plain_function
from tests.benchmarks.report import Goal, Outcome, middle, spread
from tests.benchmarks.timing import seconds
from tests.policies_examples import request

ITEMS, CLASSES, AGREEMENTS = 500, 40, 10_000
_OWNERS = 100
_ASKED = request()


def measure(scale: float) -> Outcome:
    """Measure all in turn, so that a busy moment falls on each alike."""
    policy = default_policy()
    works = {**_single(policy), **_page(policy)}
    took: dict[str, list[float]] = {name: [] for name in works}
    with collected_seldom():
        for number in range(max(5, int(100 * scale))):
            for name, work in works.items():
                if number % 10 == 0 or name not in _SLOW:
                    took[name].append(seconds(work) * 1000)
    fast = {name: middle(each) for name, each in took.items()}
    compared = seconds(_one_rule_changed)
    return Outcome(
        f"Verdicts of {len(policy.rules)} rules, {AGREEMENTS:,} agreements; {ITEMS} items of {CLASSES} classes",
        [
            _goal(fast, _COLD, 3.5, _BARE),
            _goal(fast, _PAGE_COLD, 1 / 8, _BATCH),
            _goal(fast, _PAGE_WARM, 1 / 100, _BATCH),
            _goal(fast, _PAGE_WARM, 1.0, _PLAIN),
            Goal("policy diff of a one-rule change", compared, "s", 30.0, at_most=True),
        ],
        {f"{name}, ms": spread(each, 3) for name, each in took.items()},
    )


_COLD = "verdict with facets, cold, agreements looked up"
_BARE = "bare cedarpy, one decision, parsed handles"
_PAGE_COLD = "the page, cold"
_PAGE_WARM = "the page, warm"
_BATCH = "the same evaluations in one cedarpy batch"
_PLAIN = "a plain Python function of the same rules"
_SLOW = frozenset({_BATCH})


def _goal(fast: dict[str, float], what: str, threshold: float, beside: str) -> Goal:
    return Goal(what, fast[what], "ms", round(threshold, 4), beside, fast[beside], at_most=True)


def _single(policy: PolicySetVersion) -> dict[str, Callable[[], object]]:
    directory, record = _directory(), _record()

    def cold() -> object:
        forgetful = replace(policy, memo=Memo())
        return decide(forgetful, _ASKED, [facts_of(record, directory, around([record], NOTHING_BEARS, _ASKED), _ASKED)])

    facts = facts_of(record, directory, around([record], NOTHING_BEARS, _ASKED), _ASKED)
    questions, entities = _bare(policy, [facts], (Action.SEE,))
    whole = policy.engine._policies
    handle = cedarpy.Entities.from_json_str(entities)
    return {_COLD: cold, _BARE: lambda: cedarpy.is_authorized(questions[0], whole, handle)}


def _page(policy: PolicySetVersion) -> dict[str, Callable[[], object]]:
    page = _facts()
    questions, entities = _bare(policy, page, policy.actions)
    whole, collect, asked = policy.engine._policies, plain_function(policy), _ASKED.class_key()
    keys = [each.class_key(_ASKED.viewer) for each in page]
    _agree(policy, page, lambda: [collect(asked, *key) for key in keys])
    decide(policy, _ASKED, page)
    return {
        _PAGE_COLD: lambda: decide(replace(policy, memo=Memo()), _ASKED, page),
        _PAGE_WARM: partial(decide, policy, _ASKED, page),
        _BATCH: lambda: cedarpy.is_authorized_batch(questions, whole, cedarpy.Entities.from_json_str(entities)),
        _PLAIN: lambda: [collect(asked, *key) for key in keys],
    }


def _agree(policy: PolicySetVersion, page: list[Facts], plain: Callable[[], list[list[str]]]) -> None:
    """Refuse to measure a plain function that is not the same rules."""
    for verdict, found in zip(decide(policy, _ASKED, page), plain(), strict=True):
        named = {rule.id for rule in verdict.rules} - {"no-rule-permits"}
        if not named <= set(found):
            raise RuntimeError(f"The plain function says {found} where the policy says {sorted(named)}.")


def _bare(policy: PolicySetVersion, page: list[Facts], actions: tuple[Action, ...]) -> tuple[list[dict[str, Any]], str]:
    """Return questions and entities about each item of a page, alike or not, with no more fields than rules read."""
    read = frozenset(name for rule in policy.rules.values() for name in fields_read([*rule.conditions]))
    put = put_to_cedar(_ASKED.class_key(), [each.class_key(_ASKED.viewer) for each in page], read)
    if put is None:
        raise RuntimeError("The page uses a word that is not known.")
    context, entities = put
    return [question(number, action, context) for number in range(len(page)) for action in actions], entities


def _facts() -> list[Facts]:
    """Return 500 items of 40 classes, in an order that mixes them."""
    kinds = [
        Traits(owner, SubjectKind.CHILD, kind, level=level, event_age=EventAge.WITHIN_1_YEAR, sensitivity=labels)
        for owner, kind, level, labels in product(
            (AgencyKind.POLICE, AgencyKind.HEALTH),
            (
                ItemType.POLICE_INCIDENT,
                ItemType.AE_ATTENDANCE,
                ItemType.REFERRAL,
                ItemType.SCHOOL_ATTENDANCE,
                ItemType.CONTACT,
            ),
            (Level.LEVEL_2, Level.LEVEL_4),
            (frozenset[Sensitivity](), frozenset({Sensitivity.DOMESTIC_ABUSE})),
        )
    ]
    return [Facts(AgencyId(f"agency-{n % 6}"), kinds[n * 7 % CLASSES]) for n in range(ITEMS)]


def _directory() -> Directory:
    """Return a partnership with 10,000 agreements between 100 agencies, a hundred of them with the agency that asks."""
    directory = Directory()
    for number in range(AGREEMENTS):
        owner, recipient = f"agency-{number % _OWNERS}", f"agency-{number // _OWNERS}"
        if number // _OWNERS == 0:
            recipient = _ASKED.viewer
        directory.apply(
            AgreementMade(
                id=f"agreement-{number}", owner=owner, recipient=recipient, purpose="mash-screening",
                types=["referral"], reason="A benchmark.", authority="None.", lead="lead", by="benchmark",
                valid_from=date(2026, 1, 1),
            )
        )  # fmt: skip
    directory.agencies = {
        name: Agency(name, name, PartnerKind("police")) for name in (f"agency-{n}" for n in range(_OWNERS))
    }
    return directory


def _record() -> Described:
    sections = {"subject": {"kind": "child"}, "what": {"type": "referral", "level": 4}}
    return Described(UUID(int=1), "agency-3", "referral", sections, Standing.CURRENT)


def _one_rule_changed() -> object:
    """Compare the shipped rules with themselves, one condition of one rule left out."""
    rules = shipped_text().rules
    changed = {name: text.replace(_LEFT_OUT, "", 1) for name, text in rules.items()}
    answer = compare_policies(rules, changed)
    if len(answer["rules"]) != 1:
        raise RuntimeError("Not one rule was changed.")
    return answer


_LEFT_OUT = """
  resource.item_type == ItemType::"ae-attendance" &&"""
