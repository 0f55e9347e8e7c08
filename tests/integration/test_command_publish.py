"""`mash publish`: every record of a file is published or rejected, and a file sent twice stores nothing new."""

import json
from pathlib import Path
from typing import Any

import pytest

from hub.command_line.publishing import publish_files
from producers.publisher import Published
from producers.synthetic import as_cloudevent_line, families, tell
from tests.hub_under_test import ANALYST, HubUnderTest, Mash, environment_of, ran_as_process, told

ADAPTED = {
    "cin/CIN_Census_2021.xml": "childrens-social-care",
    "cin/CIN_Census_2024.xml": "childrens-social-care",
    "cin/CIN_Census_2026.xml": "childrens-social-care",
    "looked_after/missing.csv": "childrens-social-care",
    "pds/Patient.json": "hospital-trust",
    "school/2025_summer_termlyexclusionsonroll.csv": "schools-trust",
}
MOST_LINES = 1_500
CENSUS = """<Message><Header><CollectionDetails><Collection>CIN</Collection><Year>2026</Year>
<ReferenceDate>2026-03-31</ReferenceDate></CollectionDetails></Header><Children>{children}</Children></Message>"""
CHILD = """<Child><ChildIdentifiers><LAchildID>{reference}</LAchildID><PersonBirthDate>2015-04-03</PersonBirthDate>
</ChildIdentifiers><CINdetails><CINreferralDate>2025-05-0{day}</CINreferralDate><ReferralSource>1A</ReferralSource>
<PrimaryNeedCode>N1</PrimaryNeedCode></CINdetails></Child>"""


def published(hub: HubUnderTest, file: Path, agency: str) -> Published:
    result = Published()
    publish_files(hub.hub, [file], agency, None, lambda _: None, result)
    return result


def lines(path: Path, *events: dict[str, Any], source: str = "police") -> Path:
    envelopes = [
        {"specversion": "1.0", "id": f"line-{n}", "source": source, "type": _type(data), "data": data}
        for n, data in enumerate(events)
    ]
    path.write_text("".join(json.dumps(envelope) + "\n" for envelope in envelopes))
    return path


def _type(data: dict[str, Any]) -> str:
    return f"uk.mash.{data['detail']['type']}.v1"


def begins(file: Path, folder: Path) -> Path:
    """Return a file, or the first lines of a table that has many thousands: they are all read in test_real_files."""
    lines = file.read_bytes().splitlines(keepends=True)
    if file.suffix != ".csv" or len(lines) <= MOST_LINES:
        return file
    start = folder / file.name
    start.write_bytes(b"".join(lines[:MOST_LINES]))
    return start


@pytest.mark.parametrize("name", ADAPTED)
def test_every_record_of_a_real_file_is_accounted_for_and_stored_once(
    new_hub: HubUnderTest, shared_data: Path, tmp_path: Path, name: str
) -> None:
    file, agency = begins(shared_data / name, tmp_path), ADAPTED[name]

    first = published(new_hub, file, agency)
    taken = new_hub.takes_in()
    again = published(new_hub, file, agency)
    taken_again = new_hub.takes_in()

    assert first.read == first.published + first.rejected > 0
    assert (again.read, again.published, again.rejected) == (first.read, first.published, first.rejected)
    assert sum(taken.stored.values()) + sum(taken.duplicates.values()) == first.published
    assert sum(taken_again.duplicates.values()) == first.published
    assert (
        not taken.conflicts + taken.quarantined + taken_again.stored + taken_again.conflicts + taken_again.quarantined
    )


def test_from_an_agencys_own_file_to_a_childs_chronology(mash: Mash, tmp_path: Path) -> None:
    census = tmp_path / "census.xml"
    census.write_text(CENSUS.format(children=CHILD.format(reference="AB12", day=1)))
    question = ("--as", ANALYST, "--purpose", "s47", "--reason", "Section 47 enquiry", "--json")

    sent = mash("publish", "--agency", "childrens-social-care", "--json", str(census)).json
    taken = mash("consume", "--once", "--json").json
    (child,) = mash("identity", "find", "AB12", *question).json["children"]
    items = mash("chronology", child["person"], *question).json["items"]

    assert sent == {"read": 1, "published": 1, "rejected": 0, "by_type": {"referral": 1}, "rejects": []}
    assert (taken["stored"], taken["duplicates"]) == (1, 0)
    assert child["subjects"] == [{"agency": "childrens-social-care", "reference": "AB12"}]
    assert [item["facets"]["when"]["occurred"] for item in items] == ["2025-05-01"]


def test_what_cannot_be_an_event_is_rejected_with_its_place(mash: Mash, tmp_path: Path) -> None:
    census = tmp_path / "census.xml"
    nobody = CHILD.format(reference="", day=2)
    census.write_text(CENSUS.format(children=CHILD.format(reference="AB12", day=1) + nobody))

    ran = mash("publish", "--agency", "childrens-social-care", "--json", str(census))

    assert (ran.json["read"], ran.json["published"], ran.json["rejected"]) == (2, 1, 1)
    (reject,) = ran.json["rejects"]
    assert reject["code"] == "no-reference"
    assert "line" in reject["place"]


def test_a_file_cut_off_in_the_middle_gives_all_before_the_cut_and_says_where(mash: Mash, tmp_path: Path) -> None:
    census = tmp_path / "census.xml"
    whole = CENSUS.format(children="".join(CHILD.format(reference=f"AB{n}", day=n) for n in (1, 2, 3)))
    census.write_text(whole[: whole.index("AB3") + 1])

    ran = mash("publish", "--agency", "childrens-social-care", "--json", str(census))

    assert ran.json["published"] == 2
    assert ran.json["read"] == ran.json["published"] + ran.json["rejected"]
    assert ran.json["rejects"][-1]["code"] == "truncated"
    assert ran.json["rejects"][-1]["place"]


def test_another_agencys_records_are_rejected(mash: Mash, tmp_path: Path) -> None:
    file = lines(tmp_path / "housing.jsonl", told("HO-1"), source="housing")

    ran = mash("publish", "--agency", "police", "--json", str(file)).json

    assert [reject["code"] for reject in ran["rejects"]] == ["foreign-source"]


def test_invented_families_are_the_same_as_files_and_published(
    new_hub: HubUnderTest, mash: Mash, tmp_path: Path
) -> None:
    mash("synth", "--families", "2", "--seed", "5")
    first = new_hub.takes_in()
    written = mash("synth", "--families", "2", "--seed", "5", "--to", str(tmp_path), "--json").json

    for agency in written["by_agency"]:
        published(new_hub, tmp_path / f"{agency}.jsonl", agency)
    again = new_hub.takes_in()

    assert sum(written["by_agency"].values()) == written["events"] == len(list(tell(families(2, 5))))
    assert sum(first.stored.values()) > 0
    assert not again.stored


def test_invented_lines_are_read_back_whole(mash: Mash, tmp_path: Path) -> None:
    stream = [each for each in tell(families(3, 9)) if each.agency == "police"]
    file = tmp_path / "police.jsonl"
    file.write_bytes(b"".join(map(as_cloudevent_line, stream)))

    ran = mash("publish", "--agency", "police", "--json", str(file)).json

    assert (ran["read"], ran["published"]) == (len(stream), len(stream))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty-file"),
        (b"\n\n\n", "unknown-format"),
        (b"%PDF-1.7 ...", "unknown-format"),
        (b"name,born\nAda,2015-04-03\n", "unknown-format"),
        (b"<html><body>ZZMARKERZZ</body></html>", "unknown-format"),
        (b"\x00" * 5000, "unknown-format"),
    ],
)
def test_a_file_that_is_none_is_refused_in_one_line(mash: Mash, tmp_path: Path, content: bytes, code: str) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)

    for form in ([], ["--json"]):
        ran = mash("publish", "--agency", "police", str(file), *form)
        assert (ran.status, ran.out) == (2, "")
        assert len(ran.err.splitlines()) == 1
        assert code in ran.err
        assert "ZZMARKERZZ" not in ran.err


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", "not-a-file"),
        ("nothing-here.csv", "unreadable-file"),
        ("file.csv/inside", "unreadable-file"),
        ("loop", "unreadable-file"),
    ],
)
def test_a_place_without_a_file_is_refused(mash: Mash, tmp_path: Path, name: str, code: str) -> None:
    (tmp_path / "file.csv").write_text("x")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")

    ran = mash("publish", "--agency", "police", "--json", str(tmp_path / name))

    assert (ran.status, ran.error["code"]) == (2, code)


def test_no_record_is_published_where_one_of_the_files_is_missing(
    new_hub: HubUnderTest, mash: Mash, tmp_path: Path
) -> None:
    good = lines(tmp_path / "good.jsonl", told("P-1"))

    ran = mash("publish", "--agency", "police", str(good), str(tmp_path / "typo.jsonl"))

    assert ran.status == 2
    assert sum(new_hub.takes_in().stored.values()) == 0


def test_several_files_are_counted_together(mash: Mash, tmp_path: Path) -> None:
    files = [lines(tmp_path / f"{n}.jsonl", told(f"P-{n}"), told(f"P-{n}", words="More")) for n in (1, 2)]

    assert mash("publish", "--agency", "police", "--json", *map(str, files)).json["published"] == 4


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--agency", "nobody"), "unknown-agency"),
        (("--agency", "police", "--adapter", "excel"), "unknown-adapter"),
        (("--agency", "police", "--adapter", "cin-census"), "wrong-kind"),
    ],
)
def test_a_wrong_agency_or_adapter_is_bad_usage(
    mash: Mash, tmp_path: Path, arguments: tuple[str, ...], code: str
) -> None:
    file = lines(tmp_path / "police.jsonl", told("P-1"))

    ran = mash("publish", *arguments, "--json", str(file))

    assert (ran.status, ran.error["code"]) == (2, code)


def test_an_agency_whose_key_is_elsewhere_cannot_publish_here(mash: Mash, tmp_path: Path) -> None:
    mash("agency", "add", "ambulance", "--name", "Ambulance", "--kind", "health", "--public-key", "ab" * 32)
    file = lines(tmp_path / "ambulance.jsonl", told("A-1"), source="ambulance")

    ran = mash("publish", "--agency", "ambulance", "--json", str(file))

    assert (ran.status, ran.error["code"]) == (2, "no-credentials")


def test_a_file_name_in_bytes_that_are_no_text_is_read(new_hub: HubUnderTest, tmp_path: Path) -> None:
    file = lines(tmp_path / "bytes-\udcff.jsonl", told("P-1"))

    ran = ran_as_process(environment_of(new_hub.settings), "publish", "--agency", "police", "--json", str(file))

    assert (ran.status, ran.json["published"]) == (0, 1)
