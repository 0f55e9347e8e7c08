"""The style sheet and scripts as they are checked in."""

import hashlib

from hub.web.assets import FOLDER, asset, manifest
from tests.hub_under_test import HubUnderTest
from tests.pages import browsing


def test_every_file_of_the_manifest_is_there_and_named_by_its_content_and_no_other() -> None:
    for file in manifest().values():
        name, fingerprint, _ = file.split(".")
        assert name
        assert hashlib.sha256((FOLDER / file).read_bytes()).hexdigest()[:16] == fingerprint
    assert {each.name for each in FOLDER.iterdir()} == {*manifest().values(), "manifest.json", "LICENCES.txt"}


def test_an_asset_is_kept_for_good_and_what_is_none_is_not_served(shared_hub: HubUnderTest) -> None:
    with browsing(shared_hub, None) as nobody:
        nobody.get(asset("pages.css"))
        assert nobody.status == 200
        assert "immutable" in nobody.headers["cache-control"]
        for other in ("manifest.json", "%2e%2e/routes.py", "..%2froutes.py", "pages.css"):
            nobody.get(f"/static/{other}")
            assert nobody.status == 404


def test_the_style_sheet_names_neither_a_font_to_fetch_nor_any_other_host() -> None:
    style = (FOLDER / manifest()["pages.css"]).read_text()
    for unwanted in ("GDS Transport", "@font-face", "url(http", "url(//", "@import", "crown"):
        assert unwanted not in style
