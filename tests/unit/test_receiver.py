"""What a recipient opens, and what it refuses."""

import dataclasses
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from hub.application.directory import OpeningKey
from hub.application.outbox import Outbox
from hub.broker.port import Message
from hub.contract.relayed import DISCLOSURE, Disclosure
from hub.errors import PoisonError, UsageError
from hub.signing.credentials import Credentials, new_credentials
from producers.receiver import Receiver

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
ID = UUID("5b0c0a52-6c39-4c0e-9f6c-0d7a4a1d9a11")
CONTENT = Disclosure(
    item="a" * 32,
    references=["S-1"],
    purpose="encompass-notification",
    agreement="encompass-schools",
    facets={"what": {"type": "police-incident"}},
    notice="Use only for this purpose.",
)
HUB = Ed25519PrivateKey.generate()


@pytest.fixture
def school() -> Credentials:
    """A school's credentials, with a key to open what it is sent."""
    made = new_credentials("schools-trust", X25519PrivateKey.generate().public_key()).with_new_opening_key()
    return dataclasses.replace(made, hub_signing=(HUB.public_key().public_bytes_raw(),))


def written(school: Credentials, kind: str = DISCLOSURE, signing: Ed25519PrivateKey = HUB) -> Message:
    assert school.opening_public is not None
    outbox = Outbox(signing, b"secret")
    key = OpeningKey("key", school.opening_public)
    return outbox.write(school.agency, key, kind, CONTENT, id=ID, about="a child", now=NOW)


def refused(school: Credentials, message: Message) -> str:
    with pytest.raises(PoisonError) as caught:
        Receiver(school).read(message)
    return caught.value.code


def test_what_the_hub_wrote_is_what_is_read(school: Credentials) -> None:
    read = Receiver(school).read(written(school))

    assert (read.id, read.content) == (str(ID), CONTENT)


def test_an_older_opening_key_still_opens(school: Credentials) -> None:
    message = written(school)

    assert Receiver(school.with_new_opening_key()).read(message).content == CONTENT


def test_a_file_keeps_both_halves_and_one_from_before_still_loads(school: Credentials, tmp_path: Path) -> None:
    school.save(tmp_path / "school.json")
    loaded = Credentials.load(tmp_path / "school.json")
    assert Receiver(loaded).read(written(school)).content == CONTENT

    plain = dataclasses.replace(school, opening=(), hub_signing=())
    plain.save(tmp_path / "old.json")
    text = (tmp_path / "old.json").read_text()
    for name in ("opening_keys", "hub_signing_keys"):
        text = text.replace(f',\n "{name}": []', "")
    (tmp_path / "old.json").write_text(text)
    assert "opening_keys" not in text
    old = Credentials.load(tmp_path / "old.json")
    assert (old.opening, old.opening_public) == ((), None)
    with pytest.raises(UsageError, match="no key"):
        Receiver(old)


def test_what_another_signed_is_refused(school: Credentials) -> None:
    assert refused(school, written(school, signing=Ed25519PrivateKey.generate())) == "unknown-key"


def test_what_was_altered_is_refused(school: Credentials) -> None:
    message = written(school)

    assert refused(school, dataclasses.replace(message, value=message.value[:-1] + b"x")) == "wrong-signature"


def test_what_was_sealed_to_another_is_refused(school: Credentials) -> None:
    assert refused(school, written(new_opening(school))) == "cannot-open"


def new_opening(school: Credentials) -> Credentials:
    return dataclasses.replace(school, opening=(X25519PrivateKey.generate(),))


def test_a_type_of_a_later_version_is_refused_by_name(school: Credentials) -> None:
    assert refused(school, written(school, kind="something-new")) == "unknown-type"


def test_content_of_another_type_is_refused(school: Credentials) -> None:
    assert refused(school, written(school, kind="receipt")) == "contract"
