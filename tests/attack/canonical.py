"""What one door said, as it is compared between two hubs: nothing is forgiven but the ids that chance gave.

Each such id is replaced by its number in the order in which they appear, so that one that is told once more, or in
another place, is still found. Times are not touched: both hubs live by one clock.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, field

_START = 8
_LIKE_IDS = re.compile(r"(?<![0-9a-f-])[0-9a-f]{8}(?:-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})?(?![0-9a-f-])")
_CONNECTIONS = re.compile(r"\bpool-\d+(-\w+-\d+)?\b")


@dataclass(slots=True)
class Numbering:
    """The ids that chance gave, each numbered as it appears; its first eight letters are known for it too."""

    chance: Collection[str]
    _numbers: dict[str, int] = field(default_factory=dict)

    def named(self, found: re.Match[str]) -> str:
        """Return what stands for an id; one that chance did not give stays what it is."""
        text = found[0]
        whole = next((each for each in self.chance if each == text or each[:_START] == text), None)
        if whole is None:
            return text
        number = self._numbers.setdefault(whole, len(self._numbers) + 1)
        return f"<id {number}, {len(text)} letters>"


def canonical_lines(text: str, chance: Collection[str]) -> list[str]:
    """Return the lines of what was said, with the ids that chance gave and the names of connections replaced."""
    named = _LIKE_IDS.sub(Numbering(chance).named, _CONNECTIONS.sub("<connection>", text))
    return named.split("\n")


def differences(one: list[str], other: list[str]) -> list[str]:
    """Return what two transcripts do not share, line by line and in their order; empty where they are the same."""
    least = min(len(one), len(other))
    unlike = [f"line {n}: {a!r} | {b!r}" for n, (a, b) in enumerate(zip(one, other, strict=False), 1) if a != b]
    return [*unlike, *(f"only in one: {line!r}" for line in (*one[least:], *other[least:]))]
