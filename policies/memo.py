"""Remembers verdicts by class of request and class of item, for one policy version; forgetting only costs time.

Deciding is a pure function of these two classes and of the version that owns the memo: what is remembered is exact.
"""

from policies.model import FactsClass, RequestClass, Verdict

Table = dict[FactsClass, Verdict]


class Memo:
    """Verdicts remembered; at its limit it forgets them all and starts again."""

    def __init__(self, limit: int = 50_000) -> None:
        self._limit = limit
        self._size = 0
        self._tables: dict[RequestClass, Table] = {}

    def __len__(self) -> int:
        return self._size

    def table(self, request: RequestClass) -> Table:
        """Return what is remembered for a class of request; read it, and add to it by `remember` only."""
        return self._tables.get(request, {})

    def remember(self, request: RequestClass, verdicts: Table) -> None:
        """Keep new verdicts, unless they alone pass the limit."""
        if self._size + len(verdicts) > self._limit:
            self._tables = {}
            self._size = 0
        if len(verdicts) <= self._limit:
            table = self._tables.setdefault(request, {})
            table.update(verdicts)
            self._size += len(verdicts)
