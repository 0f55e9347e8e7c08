"""Asks an engine about every word of the model once, so that a schema that lacks one is found when it is loaded.

Without this, a request with a word that an old schema lacks would be denied item by item, as if a rule had said so.
"""

from collections.abc import Iterator
from typing import Any, TypeVar, get_args, get_type_hints

from policies.engine import Action, Engine, Unreadable
from policies.model import RequestClass, Traits, Vocabulary

R = TypeVar("R", bound=tuple[Any, ...])


def _words(vocabulary: type[Vocabulary]) -> list[Vocabulary]:
    return [word for word in vocabulary if word.name != "UNKNOWN"]


def _value(hint: Any, turn: int) -> Any:
    if hint is bool:
        return bool(turn % 2)
    if hint is int:
        return turn
    if members := get_args(hint):
        return frozenset({_value(members[0], turn)})
    words = _words(hint)
    return words[turn % len(words)]


def _vocabularies(record: type[R]) -> Iterator[type[Vocabulary]]:
    for hint in get_type_hints(record).values():
        yield from (kind for kind in (hint, *get_args(hint)) if isinstance(kind, type) and issubclass(kind, Vocabulary))


def _samples(record: type[R]) -> Iterator[R]:
    hints = get_type_hints(record).values()
    for turn in range(max(len(_words(vocabulary)) for vocabulary in _vocabularies(record))):
        yield record(*(_value(hint, turn) for hint in hints))


def fits(engine: Engine) -> bool:
    """Say whether the engine's schema has every word that a request or an item may hold, for every action."""
    requests, items = list(_samples(RequestClass)), [(False, traits) for traits in _samples(Traits)]
    asked = [(requests[0], items, (Action.SEE,)), *((request, items[:1], tuple(Action)) for request in requests)]
    return all(
        not isinstance(answers, Unreadable) and all(answer.evaluated for answer in answers.values())
        for request, some, actions in asked
        for answers in engine.ask(request, some, actions)
    )
