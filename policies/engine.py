"""Puts classes of requests and items before Cedar, and reads back which rules were satisfied. Decides nothing itself.

Cedar sees exactly a `RequestClass` and a `FactsClass`, so two items of one class cannot be told apart by any rule.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Protocol, get_args, get_type_hints

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


@dataclass(frozen=True, slots=True)
class Slice:
    """The rules that can apply for one purpose, whatever they act on, and the fields that they read (None: any)."""

    policies: cedarpy.PolicySet
    reads: frozenset[str] | None


class Slices(Protocol):
    """Holds a slice for each purpose."""

    def of(self, purpose: str) -> Slice:
        """Return the rules that can apply for a purpose."""
        ...

    def action_of(self, rule: RuleId) -> Action | None:
        """Return what a rule acts on, None for a forbid."""
        ...


class Engine:
    """One parsed policy set, asked in batches; with a schema, it checks all that it is given against it.

    This is the plain way, which `SlicedEngine` must agree with: each action a question, put to all the rules.
    """

    def __init__(self, policies: cedarpy.PolicySet, *, schema: cedarpy.Schema | None = None) -> None:
        self._policies = policies
        self._schema = schema

    def ask(
        self, request: RequestClass, items: Sequence[FactsClass], actions: Sequence[Action]
    ) -> list[Answers | Unreadable]:
        """Return for each item what the rules say of each action, or the fields that no rule can be asked about."""
        asked = _written(_REQUEST_FORMS, request)
        if isinstance(asked, Unreadable):
            return [asked] * len(items)
        reads = self._reads(request.purpose)
        described = [_described(item, reads) for item in items]
        distinct = list(dict.fromkeys(text for text in described if isinstance(text, str)))
        told = self._told(request.purpose, _context(asked, reads), _entities(asked, distinct, reads), actions)
        answers = dict(zip(distinct, told, strict=True))
        return [answers[text] if isinstance(text, str) else text for text in described]

    def _reads(self, purpose: str) -> frozenset[str] | None:
        """Return the only fields that Cedar is given, None for all."""
        return None

    def _told(
        self, purpose: str, context: str, entities: Sequence[str], actions: Sequence[Action]
    ) -> Iterator[Answers]:
        items = range(len(entities) - 1)
        questions = [question(number, action, context) for number in items for action in actions]
        results = iter(cedarpy.is_authorized_batch(questions, self._policies, _array(entities), schema=self._schema))
        for _ in items:
            yield {action: _answer(next(results)) for action in actions}


class SlicedEngine(Engine):
    """The same rules, asked fast: one question an item, put to those of its purpose with the fields that they read.

    So Cedar is asked once about items that are alike in these fields.
    """

    def __init__(self, policies: cedarpy.PolicySet, slices: Slices) -> None:
        super().__init__(policies)
        self._slices = slices

    def _reads(self, purpose: str) -> frozenset[str] | None:
        return self._slices.of(purpose).reads

    def _told(
        self, purpose: str, context: str, entities: Sequence[str], actions: Sequence[Action]
    ) -> Iterator[Answers]:
        questions = [question(number, Action.SEE, context) for number in range(len(entities) - 1)]
        parsed = cedarpy.Entities.from_json_str(_array(entities))
        for answer in map(_answer, cedarpy.is_authorized_batch(questions, self._slices.of(purpose).policies, parsed)):
            yield {action: self._of_action(answer, action) for action in actions}

    def _of_action(self, answer: Answer, action: Action) -> Answer:
        return replace(answer, permits=tuple(rule for rule in answer.permits if self._slices.action_of(rule) is action))


def question(number: int, action: Action, context: str) -> dict[str, Any]:
    """Return what Cedar is asked about one item of a batch."""
    return {
        "principal": {"type": "Viewer", "id": "viewer"},
        "action": {"type": "Action", "id": action.value},
        "resource": {"type": "Item", "id": str(number)},
        "context": context,
    }


def put_to_cedar(
    request: RequestClass, items: Sequence[FactsClass], reads: frozenset[str] | None
) -> tuple[str, str] | None:
    """Return the context and the entities of a batch, items alike or not; None where a word is not known."""
    asked = _written(_REQUEST_FORMS, request)
    described = [_described(item, reads) for item in items]
    texts = [text for text in described if isinstance(text, str)]
    if isinstance(asked, Unreadable) or len(texts) < len(described):
        return None
    return _context(asked, reads), _array(_entities(asked, texts, reads))


def _described(item: FactsClass, reads: frozenset[str] | None) -> str | Unreadable:
    own, traits = item
    attributes = _written(_TRAIT_FORMS, traits)
    if isinstance(attributes, Unreadable):
        return attributes
    return _object({"own": "true" if own else "false", **attributes}, reads)


def _context(asked: Mapping[str, str], reads: frozenset[str] | None) -> str:
    return _object({name: text for name, text in asked.items() if name not in _VIEWER_FIELDS}, reads)


def _entities(asked: Mapping[str, str], items: Sequence[str], reads: frozenset[str] | None) -> list[str]:
    viewer = _object({name: text for name, text in asked.items() if name in _VIEWER_FIELDS}, reads)
    return [
        _entity("Viewer", "viewer", viewer),
        *(_entity("Item", str(number), item) for number, item in enumerate(items)),
    ]


def _object(fields: Mapping[str, str], reads: frozenset[str] | None) -> str:
    return "{" + ",".join(f'"{name}":{text}' for name, text in fields.items() if reads is None or name in reads) + "}"


def _array(texts: Sequence[str]) -> str:
    return f"[{','.join(texts)}]"
