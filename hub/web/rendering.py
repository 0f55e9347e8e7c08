"""Turns a template and what it tells into a page. Every text is escaped; nothing of a page is stored by a browser."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from jinja2 import ChoiceLoader, Environment, PackageLoader, PrefixLoader
from markupsafe import escape
from starlette.responses import HTMLResponse, RedirectResponse, Response

from hub.web import words
from hub.web.assets import asset
from hub.web.catalogue import translations

LANGUAGE: Final = "en-GB"
UNSTORED: Final[Mapping[str, str]] = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
_SEE_OTHER: Final = 303


@dataclass(frozen=True, slots=True)
class Who:
    """Whoever looks at a page, as its head and foot name them."""

    user: str
    name: str
    agency: str
    roles: frozenset[str]
    form_token: str


@cache
def environment(language: str = LANGUAGE) -> Environment:
    """Return the templates in a language."""
    made = Environment(
        loader=ChoiceLoader(
            [PackageLoader("hub.web"), PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")})]
        ),
        autoescape=True,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]
    said = translations(language).gettext
    made.globals.update(asset=asset, language=language, words=words, said=said)
    # A filter is called for less than a function is, which counts where a page has hundreds of lines.
    made.filters.update(
        said=said,
        moment=words.moment_words,
        put=lambda sentence, value: sentence.replace("…", escape(value)),
        facets=lambda names: ", ".join(said(words.FACET_WORDS[name]) for name in names),
    )
    return made


def page(template: str, *, status: int = 200, **told: Any) -> Response:
    """Return a page; a browser keeps nothing of it."""
    text = environment().get_template(template).render(told)
    return HTMLResponse(text, status, headers=dict(UNSTORED))


def to(address: str) -> Response:
    """Send a browser to another page."""
    return RedirectResponse(address, _SEE_OTHER, headers=dict(UNSTORED))
