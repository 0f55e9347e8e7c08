"""Where pictures of pages are left, to be looked at, and whether a page is whole at every size."""

from pathlib import Path

from playwright.sync_api import Page

SHOTS = Path(__file__).resolve().parents[1] / "var" / "screenshots"
WIDE = 1200
# A window of 1,280 at 200 %.
ZOOMED = 640


def refuse_unless_whole(page: Page, name: str) -> None:
    """Pass if nothing of a page is cut off; where its window is wide, also at 200 % and with letters twice as large."""
    window = page.viewport_size
    assert window is not None
    sizes = [(window["width"], "100%")]
    if window["width"] >= WIDE:
        sizes += [(ZOOMED, "100%"), (WIDE, "200%")]
    for width, letters in sizes:
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate("size => { document.documentElement.style.fontSize = size }", letters)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, width, letters)
    page.evaluate("document.documentElement.style.fontSize = ''")
    page.set_viewport_size(window)
