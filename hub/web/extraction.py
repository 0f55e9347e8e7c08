"""Every text of the pages, found for translators: `python -m hub.web.extraction` writes `locale/pages.pot`.

The pages' own texts are marked where they are written. What the layers below say in words reaches a page as it is and
is looked up there: sentences of the code, names of fields, the reasons of the shipped rules.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment
from pydantic import BaseModel

from hub.application.report_cells import LEFT_OUT, TITLES
from hub.application.telling import FIELDS_TOLD
from hub.contract.details import DETAILS
from hub.contract.event import ConcernEvent
from hub.sharing.kinds import PURPOSE_CLASSES
from hub.views.answers import FLAG_SENTENCES, OBLIGATION_WORDS
from hub.views.words import in_words
from hub.web.catalogue import TEMPLATE
from hub.web.words import BASIS_WORDS, code_words
from policies.client import default_policy
from policies.model import AgencyKind, Role

_PAGES: Final = Path(__file__).parent
_HUB: Final = _PAGES.parent
_CALLS: Final = frozenset({"_", "N_"})
# What only those who run the hub read, on a terminal or in the API's description, is in English.
_BELOW: Final = ("application", "chronology", "contract", "identity", "serving", "sharing", "sign_in", "views")
_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def found_texts() -> list[str]:
    """Return every text of the pages, in the order of the alphabet."""
    return sorted({*_in_templates(), *_in_code(), *_sentences_below(), *_words_below()})


def catalogue_template() -> str:
    """Return the file that a translator starts from."""
    head = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n'
    return head + "".join(f'\nmsgid {_quoted(text)}\nmsgstr ""\n' for text in found_texts())


def _in_templates() -> Iterator[str]:
    environment = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    environment.newstyle_gettext = True  # type: ignore[attr-defined]
    for path in (_PAGES / "templates").rglob("*.html"):
        for _, _, text in environment.extract_translations(path.read_text()):  # type: ignore[attr-defined]
            # A text with values comes with a None for each of them.
            if (first := text[0] if isinstance(text, tuple) else text) is not None:
                yield first


def _in_code() -> Iterator[str]:
    for path in _PAGES.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _CALLS:
                yield from (text for each in node.args[:1] if (text := _text(each)) is not None)


def _sentences_below() -> Iterator[str]:
    """Return each whole sentence that the layers below hold, docstrings left out."""
    for path in (_HUB / "problems.py", *(path for package in _BELOW for path in (_HUB / package).rglob("*.py"))):
        nodes = list(ast.walk(ast.parse(path.read_text())))
        documented = (node.body[0] for node in nodes if isinstance(node, _DOCUMENTED) and node.body)
        formatted = (part for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values)
        left_out = {id(each.value) for each in documented if isinstance(each, ast.Expr)} | set(map(id, formatted))
        texts = (text for node in nodes if id(node) not in left_out and (text := _text(node)) is not None)
        yield from (text for text in texts if text[:1].isupper() and text.endswith((".", "?")) and " " in text)


def _words_below() -> Iterator[str]:
    yield from (loaded.rule.reason for loaded in default_policy().rules.values())
    for table in (BASIS_WORDS, OBLIGATION_WORDS, FLAG_SENTENCES, TITLES, PURPOSE_CLASSES):
        yield from table.values()
    yield from (LEFT_OUT, *FIELDS_TOLD)
    met: set[Any] = set()
    for model in (ConcernEvent, *DETAILS.values()):
        yield from map(in_words, _names(model, met))
    yield from map(code_words, (*DETAILS, *Role, *AgencyKind))


def _names(kind: Any, met: set[Any]) -> Iterator[str]:
    """Return the names of a model's fields, and of those of the models in it."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        if kind not in met:
            met.add(kind)
            for name, field in kind.model_fields.items():
                yield name
                yield from _names(field.annotation, met)
    else:
        for part in getattr(kind, "__args__", ()):
            yield from _names(part, met)


def _text(node: ast.AST) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


if __name__ == "__main__":
    TEMPLATE.write_text(catalogue_template())
    sys.stdout.write(f"{TEMPLATE}\n")
