"""What comes with a request: who asks, and a form of theirs. A form of another session does nothing."""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import Depends
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from hub.application.episodes import NotThereError
from hub.errors import ConflictError, HubError, RefusedError, RetryableError, UsageError
from hub.sign_in.form_tokens import verify_form
from hub.sign_in.person import NotSignedInError, SignedIn, SignInAgainError, signed_in
from hub.web.catalogue import N_
from hub.web.rendering import page, to

SIGN_IN: Final = "/sign-in"
_MOST_FIELDS: Final = 100
_STATUS: Final[tuple[tuple[type[HubError], int], ...]] = (
    (NotThereError, 404),
    (RefusedError, 403),
    (ConflictError, 409),
    (UsageError, 400),
    (RetryableError, 503),
)
_HEADINGS: Final[Mapping[int, str]] = {
    400: N_("This cannot be done as it was asked"),
    403: N_("This was refused"),
    404: N_("Page not found"),
    409: N_("Somebody was here before you"),
    503: N_("The hub cannot answer now"),
}


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
    return found


Person = Annotated[SignedIn, Depends(signed_in)]
Form = Annotated[Posted, Depends(posted)]


class PageRoute(APIRoute):
    """A route whose refusals and errors are pages."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request."""
        answer = super().get_route_handler()

        async def answer_or_say_why(request: Request) -> Response:
            try:
                return await answer(request)
            except (NotSignedInError, SignInAgainError) as error:
                return sign_in_first(request, again=isinstance(error, SignInAgainError))
            except HubError as error:
                return refused(error)
            except HTTPException as error:
                status = error.status_code if error.status_code in _HEADINGS else 400
                return page("problem.html", status=status, heading=_HEADINGS[status], message="", code="", who=None)

        return answer_or_say_why


def refused(error: HubError) -> Response:
    """Return the page that says why something was not done."""
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), 500)
    heading = _HEADINGS.get(status, _HEADINGS[503])
    return page("problem.html", status=status, heading=heading, message=error.message, code=error.code, who=None)


def sign_in_first(request: Request, *, again: bool = False) -> Response:
    """Lead to the sign-in, and back to where somebody was going; a form sent too late is filled in again."""
    path = request.url.path if request.method == "GET" or again else "/"
    return to(f"{SIGN_IN}?next={quote(path)}{'&again=1' if again else ''}")
