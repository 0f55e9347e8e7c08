"""The pages of signing in, plain: what the hub shows where nothing dresses them. No script, no style, no personal data.

Whoever dresses them gives the routes another `Pages`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Protocol

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response


@dataclass(frozen=True, slots=True)
class Choice:
    """A demonstration user whom somebody may be."""

    user: str
    name: str
    roles: Sequence[str]
    agency: str


class Pages(Protocol):
    """The pages that the routes of signing in show."""

    def begin(self, request: Request, address: str) -> Response:
        """Lead to the issuer at an address by a link, for somebody to follow of their own accord."""
        ...

    def choose(self, request: Request, choices: Sequence[Choice], action: str, hidden: Mapping[str, str]) -> Response:
        """Ask who somebody is: one button a choice, named `user`, in a form that brings back what is hidden."""
        ...

    def refused(self, request: Request, message: str, status: int) -> Response:
        """Say why nobody was signed in, with a way to try again."""
        ...

    def signed_out(self, request: Request, elsewhere: str | None) -> Response:
        """Say that somebody is signed out, and where they can end what the issuer knows of them."""
        ...


class PlainPages:
    """The pages without anything but their words."""

    def begin(self, request: Request, address: str) -> Response:
        """Lead to the issuer."""
        return _page("Sign in", f'<p><a href="{escape(address)}">Go on to your sign-in service</a></p>')

    def choose(self, request: Request, choices: Sequence[Choice], action: str, hidden: Mapping[str, str]) -> Response:
        """Ask who somebody is."""
        fields = "".join(
            f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in hidden.items()
        )
        buttons = "".join(_button(choice) for choice in choices)
        words = "<p>This is a demonstration: nobody here is a real person.</p>"
        return _page("Who are you?", f'{words}<form method="post" action="{action}">{fields}{buttons}</form>')

    def refused(self, request: Request, message: str, status: int) -> Response:
        """Say why nobody was signed in."""
        return _page("You are not signed in", f'<p>{escape(message)}</p><p><a href="/sign-in">Sign in</a></p>', status)

    def signed_out(self, request: Request, elsewhere: str | None) -> Response:
        """Say that somebody is signed out."""
        link = f'<p><a href="{escape(elsewhere)}">Sign out of the sign-in service too</a></p>' if elsewhere else ""
        return _page("You are signed out", f'{link}<p><a href="/sign-in">Sign in</a></p>')


def _button(choice: Choice) -> str:
    roles = ", ".join(role.replace("-", " ").replace("mash", "MASH") for role in choice.roles)
    words = f"{choice.name}: {roles}, {choice.agency}"
    return f'<p><button name="user" value="{escape(choice.user)}">{escape(words)}</button></p>'


def _page(title: str, body: str, status: int = 200) -> Response:
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>'
    text = (
        f'<!doctype html><html lang="en-GB"><head>{head}</head><body><main><h1>{title}</h1>{body}</main></body></html>'
    )
    return HTMLResponse(text, status)
