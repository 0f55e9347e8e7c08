"""The style sheet and scripts as they are checked in, and what a page weighs on its way."""

import gzip
import hashlib
import re

from hub.serving.compression import MOST_PADDING, padded
from hub.web.assets import FOLDER, LICENCES, asset, manifest
from tests.hub_under_test import ANALYST, HubUnderTest, new_nhs_number, told
from tests.pages import Visitor, browsing

MOST_AT_FIRST, MOST_AFTER = 150_000, 40_000
PLAIN = {"Accept-Encoding": "identity"}


def test_every_file_of_the_manifest_is_there_and_named_by_its_content_and_no_other() -> None:
    for file in manifest().values():
        name, fingerprint, _ = file.split(".")
        assert name
        assert hashlib.sha256((FOLDER / file).read_bytes()).hexdigest()[:16] == fingerprint
    assert {each.name for each in FOLDER.iterdir()} == {*manifest().values(), "manifest.json", "LICENCES.txt"}


def test_an_asset_is_kept_for_good_in_the_form_that_is_asked_for_and_what_is_none_is_not_served(
    shared_hub: HubUnderTest,
) -> None:
    with browsing(shared_hub, None) as nobody:
        for name, address in ((name, asset(name)) for name in manifest()):
            source, names = (FOLDER / manifest()[name]).read_bytes(), set()
            for asked, coding in (
                ("gzip, deflate, br", "gzip"), ("br;q=1.0, gzip;q=0.8", "gzip"), ("identity", None), ("gzip;q=0", None),
                ("gzip; q=0.0, br", None), ("x-gzip", None), ("", None),
            ):  # fmt: skip
                answer = nobody.client.get(address, headers={"Accept-Encoding": asked})
                assert (answer.status_code, answer.content) == (200, source), (name, asked)
                assert answer.headers.get("content-encoding") == coding, (name, asked)
                assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
                assert answer.headers["vary"] == "Accept-Encoding"
                names.add(answer.headers["etag"])
                held = {"Accept-Encoding": asked, "If-None-Match": f'"other", W/{answer.headers["etag"]}'}
                again = nobody.client.get(address, headers=held)
                assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", answer.headers["etag"])
                assert again.headers["cache-control"] == answer.headers["cache-control"]
            assert len(names) == 2
        assert nobody.client.get(f"/static/{LICENCES}").headers["cache-control"] == "no-cache"
        for other in ("manifest.json", "%2e%2e/routes.py", "..%2froutes.py", "pages.css"):
            nobody.get(f"/static/{other}")
            assert nobody.status == 404


def test_the_description_of_the_api_is_named_and_no_page_or_answer_of_anybody_is(shared_hub: HubUnderTest) -> None:
    with browsing(shared_hub, ANALYST) as analyst:
        described = analyst.client.get("/v1/openapi.json")
        held = {"If-None-Match": described.headers["etag"]}
        assert analyst.client.get("/v1/openapi.json", headers=held).status_code == 304
        for personal in ("/", "/work", "/tasks", "/v1/tasks"):
            answer = analyst.client.get(personal, headers={"If-None-Match": "*"})
            assert (answer.status_code, "etag" in answer.headers) == (200, False), personal
            assert answer.headers["cache-control"] == "no-store"


def test_a_page_of_fifty_records_is_light_on_its_way(shared_hub: HubUnderTest) -> None:
    nhs, agencies = new_nhs_number(), ("police", "hospital-trust", "schools-trust")
    words = (
        "{} Seen at number {} with a mark on the arm; his mother said that he fell on the stairs, and he said nothing."
    )
    for place, agency in enumerate(agencies):
        sent = [
            told(f"W-{agency}", nhs=nhs, on=f"202{n % 4}-0{1 + n % 9}-1{n % 9}", words=words.format(n, n * 7919 % 1000))
            for n in range(place, 50, len(agencies))
        ]
        messages = [shared_hub.message(agency, each) for each in sent]
        assert not shared_hub.at_door(agency, *messages).quarantined
    shared_hub.hub.identify()
    with browsing(shared_hub, ANALYST) as analyst:
        analyst.finds(analyst.begins(), identifier=nhs)
        page = analyst.opens(r"/work/[\w-]+/child/[\w-]+")
        assert page.count('<tr id="line-') == 50
        after = int(analyst.headers["content-length"])
        beside = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', page))
        first = after + sum(int(analyst.client.get(each).headers["content-length"]) for each in beside)
        assert len(beside) == 4
        assert after <= MOST_AFTER
        assert first <= MOST_AT_FIRST
        assert_length_says_little(analyst, page)


def assert_length_says_little(analyst: Visitor, page: str) -> None:
    """Pass if a page's length is another each time, and a page that another site leads to is not compressed."""
    lengths = {len(padded(page.encode())) for _ in range(40)}
    assert len(lengths) > 10
    assert max(lengths) - min(lengths) <= MOST_PADDING
    assert gzip.decompress(padded(page.encode())) == page.encode()
    for headers in (PLAIN, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}):
        answer = analyst.client.get(analyst.at, headers=headers)
        assert "content-encoding" not in answer.headers, headers
        assert int(answer.headers["content-length"]) == len(answer.content)
    answer = analyst.client.get(analyst.at, headers={"Sec-Fetch-Site": "same-origin"})
    assert (answer.headers["content-encoding"], answer.headers["vary"]) == ("gzip", "Accept-Encoding")


def test_the_style_sheet_names_neither_a_font_to_fetch_nor_any_other_host() -> None:
    style = (FOLDER / manifest()["pages.css"]).read_text()
    for unwanted in ("GDS Transport", "@font-face", "url(http", "url(//", "@import", "crown"):
        assert unwanted not in style
