"""What a form must bring back that changes anything: proof that the hub gave it to this session, good for once.

A token is the session's own value under a mask that is new in every page, so that compressing a page betrays nothing.
"""

import base64
import binascii
import hashlib
import hmac
import os
from datetime import datetime, timedelta
from typing import Final

from hub.errors import ConflictError, RefusedError
from hub.sign_in.person import SignedIn
from hub.store.sessions import UsedOnce

_BYTES: Final = 32


class WrongFormError(RefusedError):
    """A form does not come from a page of this session: nothing was done."""


class FormSentError(ConflictError):
    """A form was sent before: what it asks for is done once."""


def form_token(secret: bytes) -> str:
    """Return a token for one page of the session with this secret."""
    value, mask = hmac.digest(secret, b"form token", "sha256"), os.urandom(_BYTES)
    return base64.urlsafe_b64encode(mask + _masked(value, mask)).decode()


def verify_form(person: SignedIn, given: str | None) -> None:
    """Pass if a form's token is one of the person's session, compared in constant time; raises `WrongFormError`."""
    if not hmac.compare_digest(_value(given), _value(person.form_token)):
        raise WrongFormError("This form is no longer valid: open its page again.", code="wrong-form")


class Forms:
    """Takes each form once."""

    def __init__(self, used: UsedOnce, lasting: timedelta) -> None:
        self._used = used
        self._lasting = lasting

    def take(self, person: SignedIn, given: str | None, now: datetime) -> None:
        """Pass for a form of this session that was not sent before; raises `WrongFormError` or `FormSentError`."""
        verify_form(person, given)
        what = hashlib.sha256(b"form\x1f" + (given or "").encode()).digest()
        if not self._used.use(what, now=now, until=now + self._lasting):
            raise FormSentError("This form was sent already.", code="form-sent")


def _value(token: str | None) -> bytes:
    """Return the session's value in a token; that of no session where it is none."""
    try:
        raw = base64.b64decode((token or "").encode("ascii"), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raw = b""
    return _masked(raw[_BYTES:], raw[:_BYTES]) if len(raw) == 2 * _BYTES else os.urandom(_BYTES)


def _masked(value: bytes, mask: bytes) -> bytes:
    return bytes(one ^ other for one, other in zip(value, mask, strict=True))
