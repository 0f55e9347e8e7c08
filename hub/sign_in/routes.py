"""The addresses of signing in and out, of the demonstration's issuer and of tokens. Reads forms, sets cookies.

Logs say what became of a sign-in and its code; never who, and nothing that came with it.
"""

from collections.abc import Mapping
from typing import Annotated, Final
from urllib.parse import urlencode

import structlog
from fastapi import APIRouter, Form, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from hub.application.directory import User
from hub.errors import HubError, RefusedError, RetryableError
from hub.sign_in.agency_tokens import ClientRefusedError
from hub.sign_in.form_tokens import verify_form
from hub.sign_in.id_tokens import SignInRefusedError
from hub.sign_in.local_issuer import CHOOSING, LocalIssuer
from hub.sign_in.next_page import HOME, safe_next
from hub.sign_in.pages import Choice, Pages, PlainPages
from hub.sign_in.person import signed_in
from hub.sign_in.service import CALLBACK, TOKENS, SignIn

SIGN_IN: Final = "/sign-in"
SIGN_OUT: Final = "/sign-out"
EVERYWHERE: Final = "/sign-out/everywhere"
SIGNED_OUT: Final = "/signed-out"
_SEE_OTHER: Final = 303
_NO_STORE: Final = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
_log = structlog.get_logger(__name__)
_LONGEST: Final = 2000
Text = Annotated[str, Query(max_length=_LONGEST)]


def sign_in_router(sign_in: SignIn, pages: Pages | None = None) -> APIRouter:
    """Return the routes; those of the demonstration's issuer only where that is in use."""
    shown = pages or PlainPages()
    router = APIRouter(include_in_schema=False)
    _add_signing_in(router, sign_in, shown)
    _add_signing_out(router, sign_in, shown)
    _add_tokens(router, sign_in)
    if sign_in.local is not None:
        _add_local_issuer(router, sign_in, sign_in.local, shown)
    return router


def _add_signing_in(router: APIRouter, sign_in: SignIn, pages: Pages) -> None:
    @router.get(SIGN_IN)
    def begin(request: Request, next: Text = HOME, again: Text = "") -> Response:
        """Lead a browser to the issuer.

        An issuer that knows the browser may answer at once, so that somebody's own click leads there: no address that
        is slipped to them begins a session (ASVS 7.6.2). Who proves themselves again, or picks a name of the
        demonstration, acts there.
        """
        attempt = sign_in.begin(safe_next(next), again=again == "1")
        try:
            address = sign_in.issuer.address(attempt)
        except HubError as error:
            return _refused(request, pages, error)
        acts_there = attempt.again or sign_in.local is not None
        response = _to(address) if acts_there else _unstored(pages.begin(request, address))
        sign_in.cookies.set_attempt(response, attempt.state, sign_in.sealed(attempt))
        return response

    @router.get(CALLBACK)
    def come_back(request: Request, state: Text = "", code: Text = "", iss: Text = "", error: Text = "") -> Response:
        """Let in whoever comes back from the issuer with a code of this browser's own sign-in."""
        name = sign_in.cookies.attempt(state)
        before = sign_in.cookies.secret(request)
        try:
            attempt = sign_in.opened(request.cookies.get(name), state)
            if error or not code or iss not in {"", sign_in.issuer.settings.url}:
                raise SignInRefusedError("The sign-in service did not sign you in.", code="issuer-refused")
            proved = sign_in.proved(code, attempt)
            secret, same = sign_in.enter(proved, before, again=attempt.again)
        except HubError as refused:
            response = _refused(request, pages, refused)
        else:
            # Somebody else than before does not go on where the other one was.
            response = _to(attempt.next if same or not attempt.again else HOME)
            sign_in.cookies.set_session(response, secret)
            _log.info("signed-in", again=same)
        sign_in.cookies.remove(response, name)
        return response


def _add_signing_out(router: APIRouter, sign_in: SignIn, pages: Pages) -> None:
    def leave(request: Request, token: str, *, everywhere: bool) -> Response:
        response = _to(SIGNED_OUT)
        secret = sign_in.cookies.secret(request)
        try:
            person = signed_in(request)
            verify_form(person, token)
            sign_in.leave(person, secret or "", everywhere=everywhere)
        except RefusedError as error:
            if error.code == "wrong-form":
                return _refused(request, pages, error)
        except HubError as error:
            return _refused(request, pages, error)
        sign_in.cookies.remove(response, sign_in.cookies.session)
        response.headers["Clear-Site-Data"] = '"cache", "storage"'
        _log.info("signed-out", everywhere=everywhere)
        return response

    @router.post(SIGN_OUT)
    def sign_out(request: Request, form_token: Annotated[str, Form(max_length=_LONGEST)] = "") -> Response:
        """End this browser's session."""
        return leave(request, form_token, everywhere=False)

    @router.post(EVERYWHERE)
    def sign_out_everywhere(request: Request, form_token: Annotated[str, Form(max_length=_LONGEST)] = "") -> Response:
        """End all sessions of whoever is signed in."""
        return leave(request, form_token, everywhere=True)

    @router.get(SIGNED_OUT)
    def signed_out(request: Request) -> Response:
        """Say that somebody is signed out."""
        return _unstored(pages.signed_out(request, _elsewhere(sign_in)))


def _add_tokens(router: APIRouter, sign_in: SignIn) -> None:
    @router.post(TOKENS)
    async def give_token(request: Request) -> Response:
        """Give an agency's system a token (RFC 6749, 4.4; RFC 7523)."""
        async with request.form(max_fields=20, max_files=0) as form:
            given = {name: value for name, value in form.items() if isinstance(value, str)}
        try:
            token = await run_in_threadpool(sign_in.agencies.give, given)
        except ClientRefusedError as error:
            _log.info("token-refused", code=error.code)
            status = 401 if error.code == "invalid_client" else 400
            told = {"error": error.code, "error_description": error.message}
            return JSONResponse(told, status, headers=_NO_STORE)
        return JSONResponse(token, headers=_NO_STORE)


def _add_local_issuer(router: APIRouter, sign_in: SignIn, local: LocalIssuer, pages: Pages) -> None:
    @router.get(CHOOSING)
    def choose(request: Request) -> Response:
        """Ask which user of the directory somebody is."""
        asked = dict(request.query_params)
        try:
            local.verify(asked)
        except HubError as error:
            return _refused(request, pages, error)
        directory = sign_in.hub.directory.load()
        choices = [_choice(user, directory.agencies[user.agency].name) for user in directory.users.values()]
        return _unstored(pages.choose(request, choices, CHOOSING, asked))

    @router.post(CHOOSING)
    async def chosen(request: Request) -> Response:
        """Send a browser back with a code for the user who was picked."""
        async with request.form(max_fields=20, max_files=0) as form:
            asked = {name: value for name, value in form.items() if isinstance(value, str)}
        try:
            return _to(local.chosen(asked, asked.get("user", "")))
        except HubError as error:
            return _refused(request, pages, error)


def _choice(user: User, agency: str) -> Choice:
    return Choice(user.id, user.name, sorted(user.roles), agency)


def _elsewhere(sign_in: SignIn) -> str | None:
    """Return where whoever is signed out here can sign out of the issuer, if it has such a page and answers."""
    try:
        end = sign_in.issuer.description().end_session
    except RetryableError:
        return None
    asked = {"client_id": sign_in.issuer.settings.client_id}
    return None if end is None else f"{end}{'&' if '?' in end else '?'}{urlencode(asked)}"


def _refused(request: Request, pages: Pages, error: HubError) -> Response:
    _log.info("sign-in-refused", code=error.code)
    status = 503 if isinstance(error, RetryableError) else 403
    return _unstored(pages.refused(request, error.message, status))


def _to(address: str, headers: Mapping[str, str] = _NO_STORE) -> RedirectResponse:
    return RedirectResponse(address, _SEE_OTHER, headers=dict(headers))


def _unstored(response: Response) -> Response:
    response.headers.update(_NO_STORE)
    return response
