"""The words of the pages: English in the code, each through gettext, so that another language is a file.

Welsh would be `locale/cy/LC_MESSAGES/pages.mo`, made from `locale/pages.pot` (`hub/web/extraction.py`).
"""

import gettext
from functools import cache
from pathlib import Path
from typing import Final

DOMAIN: Final = "pages"
FOLDER: Final = Path(__file__).parent / "locale"
TEMPLATE: Final = FOLDER / "pages.pot"


@cache
def translations(language: str = "en-GB") -> gettext.NullTranslations:
    """Return the words in a language; the English of the code where there is no catalogue."""
    return gettext.translation(DOMAIN, FOLDER, [language.replace("-", "_")], fallback=True)


def N_(text: str) -> str:  # noqa: N802 - the name by which such words are found
    """Mark a text of a table for the catalogue; it is translated where it is shown."""
    return text
