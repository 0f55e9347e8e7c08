"""That the log was read again and held against its tree, and what came of it. Pure data: counts and codes."""

from typing import Annotated

from pydantic import Field

from hub.contract.primitives import Strict, Word

Count = Annotated[int, Field(ge=0)]


class LogVerified(Strict):
    """Somebody had rows of the log verified; `faults` are the kinds of what was found, none where all was whole."""

    rows: Count
    bad: Count
    not_in_tree: Count
    faults: list[Word]
    by: Word
