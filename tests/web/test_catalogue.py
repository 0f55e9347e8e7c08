"""What a translator starts from: every text that a page may show, and the file of it as it is now."""

import pytest

from hub.views.answers import NOTICE
from hub.web.catalogue import TEMPLATE
from hub.web.extraction import catalogue_template, found_texts


@pytest.fixture(scope="module")
def texts() -> frozenset[str]:
    return frozenset(found_texts())


def test_the_catalogue_holds_every_text_of_the_pages() -> None:
    assert catalogue_template() == TEMPLATE.read_text(), "python -m hub.web.extraction"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Left out by the filters: %(count)s.", id="with a value"),
        pytest.param("The police see an attendance with an injury where significant harm is suspected.", id="a rule's"),
        pytest.param("Use it for this purpose only; for another, ask again.", id="an obligation's"),
        pytest.param(NOTICE, id="the notice"),
        pytest.param("Sessions missed", id="a field's name"),
        pytest.param("This form was sent already.", id="an error's"),
        pytest.param("Emergencies by agency", id="a report's"),
        pytest.param("Date of birth agrees", id="evidence of who is one"),
        pytest.param("Director of children's services", id="a role's"),
        pytest.param("A&E attendance", id="a type's"),
    ],
)
def test_the_catalogue_holds_what_is_said_below_the_pages(text: str, texts: frozenset[str]) -> None:
    assert text in texts
