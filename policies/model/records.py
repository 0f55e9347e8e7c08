"""The canonical plain form of what is sealed into a decision: text, numbers and sorted lists, and its strict reading.

A field that is not known is refused; one that is missing takes its default, since older records have fewer fields.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from policies.errors import RecordError
from policies.model.vocabulary import Vocabulary

Record = dict[str, Any]
W = TypeVar("W", bound=Vocabulary)
E = TypeVar("E", bound=StrEnum)


def plain(value: object) -> object:
    """Return the JSON form of one field's value."""
    if isinstance(value, frozenset):
        return sorted(str(word) for word in value)
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, Mapping):
        return {str(name): text for name, text in sorted(value.items())}
    return value.isoformat() if isinstance(value, date) else value


def record_of(fields: Iterable[tuple[str, object]]) -> Record:
    """Return named fields in plain form, sorted by name."""
    return {name: plain(value) for name, value in sorted(fields)}


class Reading:
    """Reads one record field by field, and refuses what nobody asked for."""

    def __init__(self, record: object, what: str) -> None:
        self._what = what
        if not isinstance(record, Mapping):
            raise self._error("is not an object")
        self._left: Record = dict(record)

    def _error(self, fault: str) -> RecordError:
        return RecordError(f"The record of {self._what} {fault}.", code="record-unreadable", place=self._what)

    def _take(self, name: str, kind: type, default: object) -> Any:
        value = self._left.pop(name, default)
        if value is None:
            raise self._error(f"has no {name}")
        if type(value) is not kind:
            raise self._error(f"has a {name} of the wrong kind")
        return value

    def text(self, name: str, default: str | None = None) -> str:
        """Return a field that is text."""
        return str(self._take(name, str, default))

    def whole(self, name: str) -> int:
        """Return a field that is a whole number."""
        return int(self._take(name, int, None))

    def flag(self, name: str, default: bool = False) -> bool:
        """Return a field that is true or false."""
        return bool(self._take(name, bool, default))

    def day(self, name: str) -> date:
        """Return a field that is a date."""
        try:
            return date.fromisoformat(self.text(name))
        except ValueError as error:
            raise self._error(f"has a {name} that is no date") from error

    def word(self, name: str, vocabulary: type[W], default: W | None = None) -> W:
        """Return a field that is a word of a vocabulary; a word that it lacks is its UNKNOWN."""
        return vocabulary(self.text(name, None if default is None else default.value))

    def words(self, name: str, vocabulary: type[W]) -> frozenset[W]:
        """Return a field that is a set of words of a vocabulary."""
        return frozenset(vocabulary(word) for word in self.texts(name))

    def ours(self, name: str, words: type[E]) -> E:
        """Return a field that holds one of our own words, of which there are no others."""
        return self._own_word(self.text(name), words)

    def all_ours(self, name: str, words: type[E]) -> frozenset[E]:
        """Return a field that is a set of our own words."""
        return frozenset(self._own_word(text, words) for text in self.texts(name))

    def parts(self, name: str) -> list[object]:
        """Return a field that is a list of records."""
        return list(self._take(name, list, []))

    def texts_by_name(self, name: str) -> dict[str, str]:
        """Return a field that holds named texts."""
        texts = self._take(name, dict, None)
        if not all(isinstance(key, str) and isinstance(text, str) for key, text in texts.items()):
            raise self._error(f"has a {name} that holds more than texts")
        return dict(texts)

    def texts_for(self, name: str, words: type[E]) -> dict[E, str]:
        """Return a field that holds texts by our own words, empty where there is none."""
        texts = self._take(name, dict, {})
        if not all(isinstance(text, str) for text in texts.values()):
            raise self._error(f"has a {name} that holds more than texts")
        return {self._own_word(key, words): text for key, text in texts.items()}

    def finish(self) -> None:
        """Refuse the fields that were not read."""
        if self._left:
            raise self._error(f"has {len(self._left)} unknown fields")

    def texts(self, name: str) -> list[str]:
        """Return a field that is a list of texts."""
        texts = self.parts(name)
        if not all(isinstance(text, str) for text in texts):
            raise self._error(f"has a {name} that holds more than words")
        return [str(text) for text in texts]

    def _own_word(self, text: str, words: type[E]) -> E:
        try:
            return words(text)
        except ValueError as error:
            raise self._error(f"has a word that is no {words.__name__.lower()}") from error
