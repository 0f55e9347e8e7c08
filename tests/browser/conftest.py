"""A real browser on the pages of a hub: Debian's chromium, without a screen and without the network."""

import json
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser_pictures import SHOTS, WIDE, refuse_unless_whole
from tests.hub_under_test import HubUnderTest
from tests.pages import Serving, serving_pages

CHROMIUM = Path("/usr/bin/chromium")
CACHE = Path.home() / ".cache" / "mash-hub"
AXE = "axe-core@4.14.1"
NARROW = 320
# Of milliseconds: nobody waits for as long unless something is wrong, or the machine has other work.
PATIENCE = 60_000
expect.set_options(timeout=PATIENCE)

Opened = Callable[..., Page]
# How far what was drawn moved again by itself, as a share of the window (Layout Instability, W3C Community Group).
SHIFTS = """window.shifted = 0;
new PerformanceObserver(list => {
  for (const each of list.getEntries()) if (!each.hadRecentInput) window.shifted += each.value;
}).observe({type: "layout-shift", buffered: true});"""


@pytest.fixture(scope="session")
def axe_source() -> str:
    """The accessibility checker, fetched once from npm into the cache: only a test puts it into a page."""
    found = CACHE / AXE / "package" / "axe.min.js"
    if not found.exists():
        found.parents[1].mkdir(parents=True, exist_ok=True)
        packed = subprocess.run(
            ["npm", "pack", "--silent", AXE], cwd=found.parents[1], check=True, capture_output=True, text=True
        )
        subprocess.run(["tar", "-xzf", packed.stdout.strip()], cwd=found.parents[1], check=True)
    return found.read_text()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser of the machine."""
    if not CHROMIUM.exists():
        pytest.skip("there is no /usr/bin/chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def serving(shared_hub: HubUnderTest) -> Iterator[Serving]:
    """The application on the module's hub."""
    with serving_pages(shared_hub) as made:
        yield made


@pytest.fixture(scope="module")
def address(serving: Serving) -> Iterator[str]:
    """Where it is served."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        config = uvicorn.Config(serving.app, log_level="error", lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join(10)


@pytest.fixture
def opened(chromium: Browser, serving: Serving, address: str) -> Iterator[Opened]:
    """Open a window as a user: `opened("mash.analyst", scripts=False, width=320)`. Other hosts are out of reach."""
    contexts = []

    def open_window(user: str, *, scripts: bool = True, width: int = 1200, height: int = 900) -> Page:
        context = chromium.new_context(
            base_url=address, java_script_enabled=scripts, viewport={"width": width, "height": height}
        )
        contexts.append(context)
        for name, value in serving.session(user).items():
            context.add_cookies([{"name": name, "value": value, "url": address}])
        context.set_default_timeout(PATIENCE)
        context.add_init_script(SHIFTS)
        page = context.new_page()
        page.on("request", lambda request: _refuse_elsewhere(request.url, address))
        page.on("console", lambda message: _refuse_complaint(message.type, message.text))
        return page

    yield open_window
    for context in contexts:
        context.close()


@pytest.fixture
def shoot() -> Callable[[Page, str], None]:
    """Keep a picture of a whole page, to be looked at."""

    def kept(page: Page, name: str) -> None:
        SHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=SHOTS / f"{name}.png", full_page=True)

    return kept


@pytest.fixture
def faults_of(axe_source: str) -> Callable[[Page], list[Any]]:
    """Return what the checker finds wrong with a page."""

    def found(page: Page) -> list[Any]:
        page.evaluate(axe_source)
        told = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        return [(each["id"], [node["html"][:200] for node in each["nodes"]]) for each in told["violations"]]

    return found


@pytest.fixture
def looked_at(
    faults_of: Callable[[Page], list[Any]], shoot: Callable[[Page, str], None]
) -> Callable[[Page, str], None]:
    """Pass if a page is whole wide and narrow, and without fault narrow, where most is to go wrong; keep pictures."""

    def look(page: Page, name: str) -> None:
        for width in (NARROW, WIDE):
            page.set_viewport_size({"width": width, "height": 900})
            shoot(page, f"{name}-{width}")
            assert width > NARROW or faults_of(page) == [], name
            refuse_unless_whole(page, name)

    return look


_COMPLAINTS: list[str] = []


@pytest.fixture(autouse=True)
def no_complaints() -> Iterator[None]:
    """Fail where a page asked another host for anything, or broke its content security policy."""
    _COMPLAINTS.clear()
    yield
    assert not _COMPLAINTS, json.dumps(_COMPLAINTS, indent=1)


def _refuse_elsewhere(url: str, address: str) -> None:
    if not url.startswith((address, "data:")):
        _COMPLAINTS.append(f"asked for {url}")


def _refuse_complaint(kind: str, text: str) -> None:
    if kind == "error" and "status of 40" not in text:
        _COMPLAINTS.append(text)
