"""The code lists that a policy version binds: every word that rules may read, and the limits and codes behind bands.

A version is decided by with exactly the lists that it was made with: other words or limits could mean other verdicts.
"""

import json
from functools import cache

from policies import model
from policies.model import Vocabulary
from policies.model.bands import limits_of_bands


@cache
def code_lists() -> str:
    """Return the code lists of this release as canonical JSON text."""
    kinds = [each for each in vars(model).values() if isinstance(each, type) and issubclass(each, Vocabulary)]
    words = {kind.__name__: sorted(word.value for word in kind) for kind in kinds if len(kind)}
    return json.dumps({**limits_of_bands(), **words}, separators=(",", ":"), sort_keys=True)
