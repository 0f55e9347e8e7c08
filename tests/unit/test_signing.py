"""Signing and sealing on the wire, against published vectors and against tampering."""

import base64
import dataclasses
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from hub.broker.port import Message
from hub.contract.envelope import ATTRIBUTES, SIGNATURE, Attributes
from hub.contract.event import ConcernEvent
from hub.errors import PoisonError
from hub.signing.credentials import Credentials, new_credentials
from hub.signing.dsse import pre_authentication_encoding
from hub.signing.keys import SigningKey
from hub.signing.message import MessageReader, MessageWriter
from hub.signing.sealing import SUITE, PayloadOpener

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
EVENT = ConcernEvent.model_validate_json(
    b'{"occurred":{"date":"2026-11-20"},"subject":{"reference":"R-1"},"detail":{"type":"safeguarding-concern"}}'
)


@pytest.fixture
def hub_key() -> X25519PrivateKey:
    return X25519PrivateKey.generate()


@pytest.fixture
def credentials(hub_key: X25519PrivateKey) -> Credentials:
    return new_credentials("police", hub_key.public_key())


def key_of(credentials: Credentials, **changes: object) -> SigningKey:
    key = SigningKey(credentials.key_id, credentials.agency, credentials.public, NOW - timedelta(days=1))
    return dataclasses.replace(key, **changes)  # type: ignore[arg-type]


def read(message: Message, hub_key: X25519PrivateKey, *keys: SigningKey) -> bytes:
    return MessageReader(PayloadOpener(hub_key), {key.id: key for key in keys}).read(message).payload


def refusal(message: Message, hub_key: X25519PrivateKey, *keys: SigningKey) -> str:
    with pytest.raises(PoisonError) as refused:
        read(message, hub_key, *keys)
    return refused.value.code


def with_header(message: Message, name: str, value: bytes) -> Message:
    headers = tuple((key, value if key == name else old) for key, old in message.headers)
    return dataclasses.replace(message, headers=headers)


def test_ed25519_signs_as_rfc_8032_section_7_1_test_2() -> None:
    private = Ed25519PrivateKey.from_private_bytes(
        bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
    )
    assert private.sign(b"\x72").hex() == (
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )


def test_pre_authentication_encoding_is_that_of_the_dsse_protocol() -> None:
    encoded = pre_authentication_encoding(b"http://example.com/HelloWorld", b"hello world")
    assert encoded == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"


def test_a_message_reads_back_as_its_canonical_payload(hub_key: X25519PrivateKey, credentials: Credentials) -> None:
    message = MessageWriter(credentials).write(EVENT, now=NOW, ce_id="a-1")
    assert read(message, hub_key, key_of(credentials)) == (
        b'{"data":{"detail":{"type":"safeguarding-concern"},"occurred":{"date":"2026-11-20"},'
        b'"subject":{"reference":"R-1"}},"id":"a-1","source":"police"}'
    )


def test_nothing_of_the_event_can_be_read_on_the_way(credentials: Credentials) -> None:
    message = MessageWriter(credentials).write(EVENT, now=NOW)
    on_the_way = message.key + message.value + b"".join(value for _, value in message.headers)
    assert b"R-1" not in on_the_way


def test_the_same_record_has_the_same_id_and_the_same_child_the_same_key(credentials: Credentials) -> None:
    first = MessageWriter(credentials).write(EVENT, now=NOW)
    later = MessageWriter(credentials).write(EVENT, now=NOW + timedelta(days=9))
    assert (first.key, dict(first.headers)["ce_id"]) == (later.key, dict(later.headers)["ce_id"])


def test_another_agency_gives_the_same_child_another_key(hub_key: X25519PrivateKey, credentials: Credentials) -> None:
    other = new_credentials("hospital-trust", hub_key.public_key())
    assert credentials.message_key("R-1") != other.message_key("R-1")


@pytest.mark.parametrize("name", [*ATTRIBUTES])
def test_no_attribute_can_be_altered(name: str, hub_key: X25519PrivateKey, credentials: Credentials) -> None:
    message = MessageWriter(credentials).write(EVENT, now=NOW)
    old = dict(message.headers)[name]
    altered = with_header(message, name, old[:-1] + bytes([old[-1] ^ 1]))
    assert refusal(altered, hub_key, key_of(credentials))


@pytest.mark.parametrize("name", [*ATTRIBUTES, SIGNATURE])
def test_no_header_can_be_missing_or_repeated(name: str, hub_key: X25519PrivateKey, credentials: Credentials) -> None:
    message = MessageWriter(credentials).write(EVENT, now=NOW)
    missing = tuple(pair for pair in message.headers if pair[0] != name)
    twice = (*message.headers, (name, dict(message.headers)[name]))
    for headers in (missing, twice):
        assert refusal(dataclasses.replace(message, headers=headers), hub_key, key_of(credentials)) == "not-an-event"


def test_every_byte_of_the_value_is_signed(hub_key: X25519PrivateKey, credentials: Credentials) -> None:
    message = MessageWriter(credentials).write(EVENT, now=NOW)
    for place in range(len(message.value)):
        value = bytearray(message.value)
        value[place] ^= 1
        assert (
            refusal(dataclasses.replace(message, value=bytes(value)), hub_key, key_of(credentials)) == "wrong-signature"
        )


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"agency": "hospital-trust"}, "foreign-source"),
        ({"revoked_at": NOW + timedelta(days=1)}, "revoked-key"),
        ({"valid_from": NOW + timedelta(hours=1)}, "key-not-valid"),
        ({"valid_until": NOW - timedelta(seconds=1)}, "key-not-valid"),
    ],
)
def test_a_key_that_may_not_speak_is_refused(
    changes: dict[str, object], code: str, hub_key: X25519PrivateKey, credentials: Credentials
) -> None:
    message = MessageWriter(credentials).write(EVENT, now=NOW)
    assert refusal(message, hub_key, key_of(credentials, **changes)) == code


def test_a_rotated_key_still_verifies_what_it_signed_while_valid(
    hub_key: X25519PrivateKey, credentials: Credentials
) -> None:
    message = MessageWriter(credentials).write(EVENT, now=NOW)
    assert read(message, hub_key, key_of(credentials, valid_until=NOW + timedelta(seconds=1)))


def test_an_unknown_key_is_refused(hub_key: X25519PrivateKey, credentials: Credentials) -> None:
    assert refusal(MessageWriter(credentials).write(EVENT, now=NOW), hub_key) == "unknown-key"


def test_a_message_sealed_to_another_hub_cannot_be_opened(credentials: Credentials) -> None:
    message = MessageWriter(credentials).write(EVENT, now=NOW)
    assert refusal(message, X25519PrivateKey.generate(), key_of(credentials)) == "cannot-open"


def test_an_empty_and_an_oversized_message_are_refused(hub_key: X25519PrivateKey, credentials: Credentials) -> None:
    message = MessageWriter(credentials).write(EVENT, now=NOW)
    assert refusal(dataclasses.replace(message, value=b""), hub_key) == "empty"
    assert refusal(dataclasses.replace(message, value=bytes(1_100_000)), hub_key) == "too-large"


def test_the_data_key_changes_every_hour(credentials: Credentials) -> None:
    writer = MessageWriter(credentials)
    at = [NOW, NOW + timedelta(minutes=59), NOW + timedelta(minutes=60)]
    keys = [dict(writer.write(EVENT, now=moment).headers)["mash-data-key"] for moment in at]
    assert keys[0] == keys[1] != keys[2]


def hpke_key_and_nonce(
    private: X25519PrivateKey, encapsulated: bytes, info: bytes, aead: int, key_bytes: int
) -> tuple[bytes, bytes]:
    """Follow RFC 9180 sections 4.1 and 5.1 step by step, independently of the library's own HPKE."""
    suite = b"KEM" + (0x20).to_bytes(2, "big")
    shared = private.exchange(X25519PublicKey.from_public_bytes(encapsulated))
    context = encapsulated + private.public_key().public_bytes_raw()
    secret = expand(extract(b"", b"eae_prk", shared, suite), b"shared_secret", context, 32, suite)
    suite = b"HPKE" + b"".join(each.to_bytes(2, "big") for each in (0x20, 1, aead))
    schedule = b"\0" + extract(b"", b"psk_id_hash", b"", suite) + extract(b"", b"info_hash", info, suite)
    prk = extract(secret, b"secret", b"", suite)
    return expand(prk, b"key", schedule, key_bytes, suite), expand(prk, b"base_nonce", schedule, 12, suite)


def extract(salt: bytes, label: bytes, material: bytes, suite: bytes) -> bytes:
    return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + material, "sha256")


def expand(prk: bytes, label: bytes, info: bytes, length: int, suite: bytes) -> bytes:
    labelled = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
    return HKDFExpand(SHA256(), length, labelled).derive(prk)


def test_the_independent_hpke_opens_the_vector_of_rfc_9180_appendix_a_1_1() -> None:
    private = X25519PrivateKey.from_private_bytes(
        bytes.fromhex("4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8")
    )
    encapsulated = bytes.fromhex("37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431")
    key, nonce = hpke_key_and_nonce(private, encapsulated, b"Ode on a Grecian Urn", aead=1, key_bytes=16)
    sealed = bytes.fromhex("f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a")
    assert key.hex() == "4531685d41d65f03dc48f6b8302c05b0"
    assert AESGCM(key).decrypt(nonce, sealed, b"Count-0") == b"Beauty is truth, truth beauty"


def test_the_independent_hpke_opens_what_the_hubs_suite_seals() -> None:
    private = X25519PrivateKey.generate()
    sealed = SUITE.encrypt(b"a data key", private.public_key(), info=b"one")
    key, nonce = hpke_key_and_nonce(private, sealed[:32], b"one", aead=2, key_bytes=32)
    assert AESGCM(key).decrypt(nonce, sealed[32:], b"") == b"a data key"


def test_credentials_survive_the_disk_and_are_refused_when_others_can_read_them(
    tmp_path_factory: pytest.TempPathFactory, credentials: Credentials
) -> None:
    path = tmp_path_factory.mktemp("agencies") / "police.json"
    credentials.save(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert Credentials.load(path).key_id == credentials.key_id
    path.chmod(0o640)
    with pytest.raises(Exception, match="chmod 600"):
        Credentials.load(path)


def test_a_payload_under_its_data_key_is_plain_aes_256_gcm(hub_key: X25519PrivateKey, credentials: Credentials) -> None:
    message = MessageWriter(credentials).write(EVENT, now=NOW)
    data_key = SUITE.decrypt(
        base64.b64decode(dict(message.headers)["mash-data-key"]), hub_key, info=b"mash-hub data key v1"
    )
    bound = Attributes.from_headers(message.headers).signed_bytes()
    assert b"R-1" in AESGCM(data_key).decrypt(message.value[:12], message.value[12:], bound)
