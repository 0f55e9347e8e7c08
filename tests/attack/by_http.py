"""The same questions by the API and on the pages: status, headers and every byte, but for what chance gives."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import httpx
from starlette.testclient import TestClient

from tests.attack.doors import Saying, Site
from tests.attack.worlds import VIEWERS
from tests.pages import Visitor, serving_pages

# What is drawn anew for each answer, session or form; the length of a page in gzip is padded by chance.
_DRAWN: Final = frozenset({"x-request-id", "date", "set-cookie", "content-length"})
_NAMES: Final = re.compile(r"(?<=[/\"])[A-Za-z0-9_-]{22}(?=[/\"#])")
_TOKENS: Final = re.compile(r'(?<=name="form_token" value=")[^"]+')
_REASON: Final = "Strategy discussion on Monday"


def over_http(site: Site) -> Saying:
    """Ask as the first attacker of the world would, of the whole application."""
    viewer, purpose = next(each for each in VIEWERS if each[0] not in site.world.seers)
    with _client_unheard(), serving_pages(site.hub) as serving:
        address, cookies = serving.sign_in.settings.public_url, serving.session(viewer)
        with TestClient(serving.app, base_url=address, cookies=cookies, follow_redirects=True) as client:
            yield from _by_the_api(client, site, purpose)
            yield from _on_the_pages(Visitor(client), site, purpose)


@contextmanager
def _client_unheard() -> Iterator[None]:
    """Leave out what the client itself logs: the addresses that it asks for, which it knows."""
    client = logging.getLogger("httpx")
    client.disabled = True
    try:
        yield
    finally:
        client.disabled = False


def _by_the_api(client: TestClient, site: Site, purpose: str) -> Iterator[str]:
    why = {"purpose": purpose, "reason": _REASON}
    for each in (site.identifiers[0], site.identifiers[-1]):
        yield _heard(client.post("/v1/children/find", json={**why, "identifier": each}))
    for person in (site.persons[0], site.persons[-1]):
        for path in ("/v1/chronology", "/v1/children/identity"):
            yield _heard(client.post(path, json={**why, "person": str(person)}))
    yield _heard(client.post("/v1/chronology", json={**why, "person": str(site.persons[-1]), "as_of": "2030-01-01"}))
    yield _heard(client.get("/v1/tasks"))


def _on_the_pages(visitor: Visitor, site: Site, purpose: str) -> Iterator[str]:
    episode = visitor.begins(purpose=purpose, reason=_REASON)
    for each in (site.identifiers[0], site.identifiers[-1]):
        yield _seen(visitor, visitor.finds(episode, identifier=each))
        found = re.search(r'href="(/work/[\w-]+/child/[\w-]+)"', visitor.text)
        for path in (found[1], f"{found[1]}/records") if found else ():
            yield _seen(visitor, visitor.get(path))
    for path in ("/", "/changes", "/tasks"):
        yield _seen(visitor, visitor.get(path))


def _heard(response: httpx.Response) -> str:
    headers = sorted((name, value) for name, value in response.headers.items() if name not in _DRAWN)
    return f"{response.status_code} {headers} {len(response.content)}\n{response.text}"


def _seen(visitor: Visitor, page: str) -> str:
    """Return a page with the names and tokens of its session left out."""
    headers = sorted((name, value) for name, value in visitor.headers.items() if name not in _DRAWN)
    return f"{visitor.status} {headers}\n{_NAMES.sub('<name>', _TOKENS.sub('<token>', page))}"
