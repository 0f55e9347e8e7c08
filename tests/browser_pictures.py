"""Where pictures of pages are left, to be looked at, and whether a page is whole at every size."""

from pathlib import Path

from playwright.sync_api import Page

SHOTS = Path(__file__).resolve().parents[1] / "var" / "screenshots"
WIDE = 1200
# A window of 1,280 at 200 %.
ZOOMED = 640


def refuse_unless_whole(page: Page, name: str) -> None:
    """Pass if nothing of a page is cut off, as wide as its window is; at 200 %, and with letters twice as large."""
    window = page.viewport_size
    assert window is not None
    for width, letters in ((window["width"], "100%"), (ZOOMED, "100%"), (WIDE, "200%")):
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate("size => { document.documentElement.style.fontSize = size }", letters)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, width, letters)
    page.evaluate("document.documentElement.style.fontSize = ''")
    page.set_viewport_size(window)
