"""The record of a decision is whole: what it rests on, what the log was, and what came before it."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub.application.decisions import AUDIT_PART, BASIS_PART, SHOWN_PART, child_key
from hub.errors import UsageError
from hub.proof.checkpoint import read_checkpoint
from hub.software import software_version
from hub.store.commitments import part_key
from hub.store.frame import parse
from hub.store.mapper import _bound
from hub.store.recorder import LogDatastore, LogRecorder
from policies.model import Facts
from tests.hub_under_test import ANALYST, AUDITOR, OFFICER, HubTemplate, HubUnderTest, asks, mash_on, told


@pytest.fixture(scope="module")
def hub(hub_template: HubTemplate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubUnderTest]:
    """A hub whose clock and tree the tests of this module move on."""
    with hub_template.copied(tmp_path_factory.mktemp("record") / "home") as made:
        yield made


def test_a_record_holds_what_each_verdict_rests_on_and_what_stood_around_it(hub: HubUnderTest) -> None:
    child = hub.hears("police", told("D-whole", labels=["mental-health"], words="On the stairs"))
    hub.hub.tree.grow()
    checkpoint = read_checkpoint(hub.hub.tree.checkpoint())
    hub.chronology(child)
    hub.clock.advance(timedelta(days=1))
    hub.hub.chronologies.read(child, asks(ANALYST, purpose="mash-screening"))
    second, first = hub.hub.decisions.newest(2)

    ((event, ground),) = second.grounds_by_event.items()
    facts = Facts.from_record(ground.facts)
    assert (str(facts.owner), sorted(facts.traits.sensitivity)) == ("police", ["mental-health"])
    assert second.decided[0].event == event
    assert second.decided[0].obligations == []
    assert second.checkpoint is not None
    assert (second.checkpoint.size, second.checkpoint.root) == (checkpoint.size, checkpoint.root.hex())
    subject = hub.hub.vault.find_subject("police", "D-whole")
    assert [(each.person, each.then, each.now) for each in second.links or []] == [(child, [subject], [subject])]
    assert (first.previous, second.previous) == (None, first.id)
    assert (second.law_on, second.software) == (date(2024, 1, 2), software_version())


def test_another_viewers_decision_is_no_previous_one(hub: HubUnderTest) -> None:
    child = hub.hears("police", told("D-other"))
    hub.chronology(child)
    hub.chronology(child, OFFICER)

    assert hub.hub.decisions.newest(1)[0].previous is None


def test_the_key_of_what_was_shown_opens_nothing_of_what_was_withheld(hub: HubUnderTest) -> None:
    child = hub.hears("police", told("D-parts"))
    hub.chronology(child)
    (decision,) = hub.hub.decisions.newest(1)
    reader = LogRecorder(LogDatastore(hub.urls.app))
    try:
        (row,) = reader.with_any_tag([f"event:{decision.id}"])
    finally:
        reader.datastore.close()
    frame = parse(row.event.data)
    parts = {part.name: part for part in frame.parts}
    shown = part_key(hub.hub.vault.keys([decision.id])[decision.id] or b"", decision.id, SHOWN_PART)

    assert {name: part.subject for name, part in parts.items()} == {
        SHOWN_PART: decision.id, AUDIT_PART: decision.id, BASIS_PART: child_key(decision.id),
    }  # fmt: skip
    for index, part in enumerate(frame.parts):
        bound = bytes((index,)) + _bound(frame.bound, row.event.type, row.event.tags)
        if part.name == SHOWN_PART:
            assert decision.answer_hash.encode() in AESGCM(shown).decrypt(part.nonce, part.ciphertext, bound)
        else:
            with pytest.raises(InvalidTag):
                AESGCM(shown).decrypt(part.nonce, part.ciphertext, bound)


def test_a_decision_of_any_age_is_shown_by_its_id(
    hub: HubUnderTest, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    child = hub.hears("police", told("D-old"))
    hub.chronology(child)
    (old,) = hub.hub.decisions.newest(1)
    monkeypatch.setattr(type(hub.hub.decisions), "newest", lambda *_, **__: [])
    mash = mash_on(hub.settings, monkeypatch, capsys)

    shown = mash("decisions", "show", str(old.id), "--as", AUDITOR, "--json")

    assert (shown.json["id"], shown.json["law_on"]) == (str(old.id), str(old.law_on))
    assert shown.json["decided"][0]["grounds"]["facts"]["owner"] == "police"
    with pytest.raises(UsageError):
        hub.hub.decisions.one(str(old.id)[:8])
