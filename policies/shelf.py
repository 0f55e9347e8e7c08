"""Keeps the policies that were asked for, loaded and verified, by version; decides by none that it cannot verify.

A version is its own hash: whoever hands over its text need not be trusted, for any other text is refused. Several
threads may ask.
"""

import threading
from collections import OrderedDict
from collections.abc import Hashable, Sequence
from typing import Protocol

from policies.errors import DecisionUnavailableError, PolicyError
from policies.ruleset import PolicySetVersion, PolicyText, PolicyVersion, load_policy

_KEPT = 16


class Texts(Protocol):
    """Where the texts of policies are found."""

    def held(self) -> Sequence[PolicyVersion]:
        """Return the versions that should be there."""
        ...

    def stamp(self, version: PolicyVersion) -> Hashable:
        """Return what changes whenever the text may have changed; cheap, for it is asked before every decision."""
        ...

    def text(self, version: PolicyVersion) -> PolicyText | None:
        """Return the text of a version, None where it is not there; raises PolicyError where it cannot be read."""
        ...


class Shelf:
    """Loaded policies; the one that was asked for longest ago makes room."""

    def __init__(self, texts: Texts, kept: int = _KEPT) -> None:
        self._texts = texts
        self._kept = kept
        self._loaded: OrderedDict[PolicyVersion, tuple[Hashable, PolicySetVersion]] = OrderedDict()
        self._lock = threading.Lock()

    def policy(self, version: PolicyVersion) -> PolicySetVersion:
        """Return the policy of a version, verified; raises DecisionUnavailableError."""
        stamp = self._texts.stamp(version)
        with self._lock:
            found = self._loaded.get(version)
            if found is None or found[0] != stamp:
                self._loaded.pop(version, None)
                found = stamp, self._verified(version)
            self._loaded[version] = found
            self._loaded.move_to_end(version)
            while len(self._loaded) > self._kept:
                self._loaded.popitem(last=False)
        return found[1]

    def verified(self) -> list[PolicyVersion]:
        """Return the versions by which it can decide."""
        return [version for version in self._texts.held() if self.decides_by(version)]

    def decides(self) -> bool:
        """Say whether it can decide by any version at all."""
        return any(self.decides_by(version) for version in reversed(self._texts.held()))

    def decides_by(self, version: PolicyVersion) -> bool:
        """Say whether it can decide by a version."""
        try:
            self.policy(version)
        except DecisionUnavailableError:
            return False
        return True

    def _verified(self, version: PolicyVersion) -> PolicySetVersion:
        try:
            text = self._texts.text(version)
            if text is None:
                raise DecisionUnavailableError("The policy version is not held here.", code="policy-version-unknown")
            if text.version() != version:
                raise DecisionUnavailableError(
                    "The text of the policy version is not the one that its hash names.", code="policy-version-altered"
                )
            return load_policy(text)
        except DecisionUnavailableError:
            raise
        except PolicyError as error:
            raise DecisionUnavailableError(
                "The policy version cannot be loaded.", code="policy-version-unusable", place=error.code
            ) from error
