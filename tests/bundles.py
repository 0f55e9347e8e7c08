"""What both verifiers say of an evidence bundle that does not hold: the hub's, and the one that a bundle carries."""

import pytest

from hub.errors import HubError
from hub.proof import verify_bundle as carried
from hub.proof.bundle import verify_bundle
from hub.proof.note import SigningKey


def fault(raw: bytes, key: SigningKey) -> tuple[str, str]:
    """Return what each verifier says of a bundle that does not hold; fails where one believes it."""
    with pytest.raises(HubError) as ours:
        verify_bundle(raw, key.verifier)
    try:
        carried.verify(raw, str(key.verifier))
    except carried.WrongError as theirs:
        return ours.value.message, str(theirs)
    raise AssertionError("the carried verifier believes it")
