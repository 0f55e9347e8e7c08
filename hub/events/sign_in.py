"""Who signed in and out, as facts of the sealed log. A refusal names nobody: who was refused is no user of ours."""

from typing import get_args

from hub.contract.primitives import Strict, Word


class PersonSignedIn(Strict):
    """A user proved who they are; `again` where they were signed in already."""

    user: Word
    again: bool = False


class SignInRefused(Strict):
    """The issuer says who somebody is, and the hub does not let them in."""

    reason: Word


class PersonSignedOut(Strict):
    """A user ended a session, or all that they had; or somebody else ended them all."""

    user: Word
    everywhere: bool = False
    by: Word | None = None


SignInEvent = PersonSignedIn | SignInRefused | PersonSignedOut
SIGN_IN_EVENTS: dict[str, type[SignInEvent]] = {model.__name__: model for model in get_args(SignInEvent)}
