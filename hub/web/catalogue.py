"""The words of the pages: English in the code, each through gettext, so that another language is a file.

Welsh would be `locale/cy/LC_MESSAGES/pages.mo`, made from `locale/pages.pot`, which `python -m hub.web.catalogue`
writes.
"""

import ast
import gettext
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import Environment

DOMAIN: Final = "pages"
FOLDER: Final = Path(__file__).parent / "locale"
TEMPLATE: Final = FOLDER / "pages.pot"
_HERE: Final = Path(__file__).parent
_CALLS: Final = frozenset({"_", "N_"})


@cache
def translations(language: str = "en-GB") -> gettext.NullTranslations:
    """Return the words in a language; the English of the code where there is no catalogue."""
    return gettext.translation(DOMAIN, FOLDER, [language.replace("-", "_")], fallback=True)


def N_(text: str) -> str:  # noqa: N802 - the name by which such words are found
    """Mark a text of a table for the catalogue; it is translated where it is shown."""
    return text


def found_texts() -> list[str]:
    """Return every text of the pages, in the order of the alphabet."""
    return sorted({*_in_templates(), *_in_code()})


def catalogue_template() -> str:
    """Return the file that a translator starts from."""
    head = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n'
    return head + "".join(f'\nmsgid {_quoted(text)}\nmsgstr ""\n' for text in found_texts())


def _in_templates() -> Iterator[str]:
    environment = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    environment.newstyle_gettext = True  # type: ignore[attr-defined]
    for path in (_HERE / "templates").rglob("*.html"):
        for _, _, text in environment.extract_translations(path.read_text()):  # type: ignore[attr-defined]
            if isinstance(text, str):
                yield text


def _in_code() -> Iterator[str]:
    for path in _HERE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _CALLS:
                yield from (text for each in node.args[:1] if (text := _text(each)) is not None)


def _text(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


if __name__ == "__main__":
    TEMPLATE.write_text(catalogue_template())
    sys.stdout.write(f"{TEMPLATE}: {len(found_texts())} texts\n")
