"""Every byte of an evidence bundle, changed in turn, is found by both verifiers."""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from hub.proof.files import read_key
from hub.proof.note import SigningKey
from tests.bundles import fault
from tests.hub_under_test import AUDITOR, HubUnderTest, Mash, told

STEP = 256


def believed(raw: bytes, key: SigningKey, start: int) -> list[tuple[int, int]]:
    """Return where a bundle with one byte changed is believed, by position and bit; one bit of each byte is tried."""
    found = []
    for at in range(start, min(start + STEP, len(raw))):
        bit = at % 8
        try:
            fault(raw[:at] + bytes((raw[at] ^ 1 << bit,)) + raw[at + 1 :], key)
        except (AssertionError, pytest.fail.Exception):
            found.append((at, bit))
    return found


@pytest.mark.postgres
def test_every_byte_of_a_bundle(new_hub: HubUnderTest, mash: Mash, tmp_path: Path) -> None:
    child = new_hub.hears("police", told("P-1", words="On the stairs"))
    file = tmp_path / "made.zip"
    ran = mash(
        "audit", "bundle", new_hub.chronology(child)["decision"], "-o", str(file), "--as", AUDITOR, "--reason", "Order"
    )  # fmt: skip
    assert ran.status == 0, ran.err
    raw, key = file.read_bytes(), read_key(new_hub.settings.log_key)

    with ProcessPoolExecutor(2, mp_context=get_context("fork")) as both:
        starts = range(0, len(raw), STEP)
        found = [each for part in both.map(believed, [raw] * len(starts), [key] * len(starts), starts) for each in part]

    assert found == [], f"{len(found)} of {len(raw)}"
