"""What comes with a request: who asks, and a form of theirs. A form of another session does nothing.

Whoever is to sign in first is led there by a link where they sent a form: a browser that keeps `form-action 'self'`
follows no redirect from a form to an issuer at another address.
"""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import Depends
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from hub.errors import RefusedError
from hub.sign_in.form_tokens import verify_form
from hub.sign_in.person import NotSignedInError, SignedIn, SignInAgainError, signed_in
from hub.web.rendering import page, to

SIGN_IN: Final = "/sign-in"
_MOST_FIELDS: Final = 100
_REFUSED: Final = 403


@dataclass(frozen=True, slots=True)
class Posted:
    """A form that came from a page of the session, and whose it is."""

    person: SignedIn
    fields: Mapping[str, tuple[str, ...]]

    def text(self, name: str, most: int = 200) -> str:
        """Return one field, empty where it is not there."""
        return next(iter(self.fields.get(name, ())), "").strip()[:most]

    def all(self, name: str) -> tuple[str, ...]:
        """Return every value of a field."""
        return self.fields.get(name, ())

    @property
    def written(self) -> list[str]:
        """What somebody wrote in words of their own."""
        return [value for values in self.fields.values() for value in values if len(value.split()) > 1]

    @property
    def token(self) -> str:
        """The token that came with the form: another for every page that was sent."""
        return self.text("form_token", 2000)


async def posted(request: Request) -> Posted:
    """Return the form of whoever is signed in; raises `WrongFormError` for one of another session."""
    person = signed_in(request)
    async with request.form(max_fields=_MOST_FIELDS, max_files=0) as form:
        pairs = [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
    fields = {name: tuple(value for each, value in pairs if each == name) for name, _ in pairs}
    found = Posted(person, fields)
    verify_form(person, found.token)
    request.state.posted = found
    return found


Person = Annotated[SignedIn, Depends(signed_in)]
Form = Annotated[Posted, Depends(posted)]


class PageRoute(APIRoute):
    """A route that leads whoever is not signed in, or not lately enough, to the sign-in."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request."""
        answer = super().get_route_handler()

        async def answer_or_lead(request: Request) -> Response:
            try:
                return await answer(request)
            except SignInAgainError as error:
                return _sign_in_first(request, error, request.url.path, "&again=1")
            except NotSignedInError as error:
                return _sign_in_first(request, error, request.url.path if request.method == "GET" else "/")

        return answer_or_lead


def _sign_in_first(request: Request, error: RefusedError, after: str, how: str = "") -> Response:
    """Lead to the sign-in; what a form of this session said is shown for copying, and is kept nowhere."""
    address = f"{SIGN_IN}?next={quote(after)}{how}"
    if request.method == "GET":
        return to(address)
    posted: Posted | None = getattr(request.state, "posted", None)
    written = posted.written if posted else []
    return page("sign_in_first.html", status=_REFUSED, who=None, address=address, why=error.message, written=written)
