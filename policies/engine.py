"""Puts classes of requests and items before Cedar, and reads back which rules were satisfied. Decides nothing itself.

Cedar sees exactly a `RequestClass` and a `FactsClass`, so two items of one class cannot be told apart by any rule.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, get_args, get_type_hints

import cedarpy

from policies.model import FactsClass, RequestClass, RuleId, Traits

_VIEWER_FIELDS = frozenset({"agency_kind", "roles", "training"})
_RULE_IN_ERROR = re.compile(r"policy `([^`]+)`")


class Action(StrEnum):
    """What a rule speaks of: seeing facets, withholding them, asking for a review, or saying that something exists."""

    SEE = "see"
    WITHHOLD = "withhold"
    ASK = "ask"
    EXIST = "exist"


@dataclass(frozen=True, slots=True)
class Answer:
    """What Cedar said of one action: the rules satisfied, those that failed, and whether it could evaluate at all."""

    permits: tuple[RuleId, ...] = ()
    forbids: tuple[RuleId, ...] = ()
    failed: tuple[RuleId, ...] = ()
    errors: int = 0
    evaluated: bool = True


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Names the fields of a request or an item that hold a word outside their vocabulary."""

    fields: tuple[str, ...]


Form = Callable[[Any], str | None]
Answers = Mapping[Action, Answer]


def _whole_number(value: int) -> str | None:
    return str(value)


def _form_of(hint: Any) -> Form:
    """Return how a field's values are written for Cedar; None stands for a word that Cedar is never asked about."""
    if hint is bool:
        return {True: "true", False: "false"}.get
    if hint is int:
        return _whole_number
    if members := get_args(hint):
        word_form = _form_of(members[0])

        def set_form(words: frozenset[Any]) -> str | None:
            written = [word_form(word) for word in words]
            return None if None in written else f"[{','.join(sorted(filter(None, written)))}]"

        return set_form
    return {
        word: f'{{"__entity":{{"type":"{hint.__name__}","id":"{word}"}}}}' for word in hint if word is not hint.UNKNOWN
    }.get


def _forms_of(record: type[Any]) -> tuple[tuple[str, Form], ...]:
    return tuple((name, _form_of(hint)) for name, hint in get_type_hints(record).items())


_TRAIT_FORMS = _forms_of(Traits)
_REQUEST_FORMS = _forms_of(RequestClass)


def _written(forms: tuple[tuple[str, Form], ...], values: tuple[Any, ...]) -> dict[str, str] | Unreadable:
    written = {name: form(value) for (name, form), value in zip(forms, values, strict=True)}
    unreadable = tuple(name for name, text in written.items() if text is None)
    return Unreadable(unreadable) if unreadable else {name: text for name, text in written.items() if text is not None}


def _entity(kind: str, name: str, attributes: str) -> str:
    return f'{{"uid":{{"type":"{kind}","id":"{name}"}},"attrs":{attributes},"parents":[]}}'


def _answer(result: cedarpy.AuthzResult) -> Answer:
    errors = result.diagnostics.errors
    failed = tuple(sorted({RuleId(name) for error in errors for name in _RULE_IN_ERROR.findall(error)}))
    if result.decision is cedarpy.Decision.NoDecision:
        return Answer(failed=failed, errors=max(1, len(errors)), evaluated=False)
    satisfied = tuple(sorted(map(RuleId, result.diagnostics.reasons)))
    if result.allowed:
        return Answer(permits=satisfied, failed=failed, errors=len(errors))
    return Answer(forbids=satisfied, failed=failed, errors=len(errors))


class Engine:
    """One parsed policy set, asked in batches.

    With `reads`, the only fields that any rule reads, Cedar is given no more than these, and is asked once about items
    that are alike in them. With a schema, it checks all that it is given against it.
    """

    def __init__(
        self, policies: cedarpy.PolicySet, *, schema: cedarpy.Schema | None = None, reads: frozenset[str] | None = None
    ) -> None:
        self._policies = policies
        self._schema = schema
        self._reads = reads

    def ask(
        self, request: RequestClass, items: Sequence[FactsClass], actions: Sequence[Action]
    ) -> list[Answers | Unreadable]:
        """Return for each item what the rules say of each action, or the fields that no rule can be asked about."""
        asked = _written(_REQUEST_FORMS, request)
        if isinstance(asked, Unreadable):
            return [asked] * len(items)
        described = [self._described(item) for item in items]
        distinct = list(dict.fromkeys(text for text in described if isinstance(text, str)))
        answers = dict(zip(distinct, self._answers(asked, distinct, actions), strict=True))
        return [answers[text] if isinstance(text, str) else text for text in described]

    def _described(self, item: FactsClass) -> str | Unreadable:
        own, traits = item
        attributes = _written(_TRAIT_FORMS, traits)
        if isinstance(attributes, Unreadable):
            return attributes
        return self._object({"own": "true" if own else "false", **attributes})

    def _object(self, fields: Mapping[str, str]) -> str:
        return "{" + ",".join(f'"{name}":{text}' for name, text in fields.items() if self._is_read(name)) + "}"

    def _is_read(self, name: str) -> bool:
        return self._reads is None or name in self._reads

    def _answers(self, asked: Mapping[str, str], items: Sequence[str], actions: Sequence[Action]) -> Iterator[Answers]:
        viewer = self._object({name: text for name, text in asked.items() if name in _VIEWER_FIELDS})
        context = self._object({name: text for name, text in asked.items() if name not in _VIEWER_FIELDS})
        entities = [
            _entity("Viewer", "viewer", viewer),
            *(_entity("Item", str(n), item) for n, item in enumerate(items)),
        ]
        questions = [
            {
                "principal": {"type": "Viewer", "id": "viewer"},
                "action": {"type": "Action", "id": action.value},
                "resource": {"type": "Item", "id": str(number)},
                "context": context,
            }
            for number in range(len(items))
            for action in actions
        ]
        results = iter(self._batch(questions, f"[{','.join(entities)}]"))
        for _ in items:
            yield {action: _answer(next(results)) for action in actions}

    def _batch(self, questions: list[dict[str, Any]], entities: str) -> list[cedarpy.AuthzResult]:
        return cedarpy.is_authorized_batch(questions, self._policies, entities, schema=self._schema)
