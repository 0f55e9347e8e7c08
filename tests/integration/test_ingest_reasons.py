"""Every reason for keeping a message aside, reached through the real door with a message made by hand."""

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from hub.broker.port import Message
from hub.contract.canonical import canonical
from hub.contract.envelope import MAX_VALUE_BYTES, SIGNATURE
from hub.contract.reasons import SENTENCES, QuarantineReason
from hub.signing.credentials import Credentials, new_credentials
from hub.signing.keys import CLOCK_TOLERANCE
from hub.store.quarantine import Kept
from tests.hub_under_test import HubTemplate, HubUnderTest, told

Reason = QuarantineReason
Make = Callable[[HubUnderTest], Message]

MARKER = "ZZMARKERZZ"
_NUMBERS = count()


@pytest.fixture(scope="module")
def hub(hub_template: HubTemplate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubUnderTest]:
    """A hub that knows a probation key, now revoked, and whose school has changed its key."""
    with hub_template.copied(tmp_path_factory.mktemp("reasons") / "home") as made:
        directory = made.hub.directory
        directory.revoke_key("probation", made.hub.credentials("probation").key_id, reason="Laptop lost", by="tester")
        made.clock.advance(timedelta(days=1))
        yield made


def good(hub: HubUnderTest, **changes: Any) -> Message:
    return hub.message("police", told(f"REF-{next(_NUMBERS)}", words=MARKER, **changes))


def payload(data: Mapping[str, Any] | None = None, *, id: str = "made-1", source: str = "police") -> bytes:
    return canonical({"data": data or told("REF-1", words=MARKER), "id": id, "source": source})


def with_header(message: Message, name: str, value: bytes) -> Message:
    return replace(message, headers=tuple((n, value if n == name else v) for n, v in message.headers))


def without_header(message: Message, name: str) -> Message:
    return replace(message, headers=tuple((n, v) for n, v in message.headers if n != name))


def other_key(hub: HubUnderTest, agency: str = "police") -> Credentials:
    return new_credentials(agency, hub.hub.credentials(agency).hub)


def sealed_to_somebody_else(hub: HubUnderTest) -> Message:
    elsewhere = replace(hub.hub.credentials("police"), hub=X25519PrivateKey.generate().public_key())
    return hub.made("police", payload(), by=elsewhere)


def altered_signature(hub: HubUnderTest) -> Message:
    message = good(hub)
    signature = bytearray(base64.b64decode(dict(message.headers)[SIGNATURE]))
    signature[5] ^= 1
    return with_header(message, SIGNATURE, base64.b64encode(signature))


def signed_too_early(hub: HubUnderTest) -> Message:
    begins = hub.hub.directory.load().keys_of("police")[0].valid_from
    return hub.made("police", payload(), signed_at=(begins - CLOCK_TOLERANCE - timedelta(seconds=1)).isoformat())


def nested(depth: int) -> bytes:
    return b'{"data": ' + b'{"a":' * depth + b"1" + b"}" * depth + b',"id":"made-1","source":"police"}'


def with_narrative(text: str) -> bytes:
    return b'{"data":%s,"id":"made-1","source":"police"}' % json.dumps(told("REF-1") | {"narrative": text}).encode()


OVERFLOWING = "0001-01-01T00:00:00+14:00"
CASES: dict[str, tuple[Reason, Make]] = {
    "no value": (Reason.EMPTY, lambda hub: replace(good(hub), value=b"")),
    "2 MB": (Reason.TOO_LARGE, lambda hub: replace(good(hub), value=bytes(MAX_VALUE_BYTES + 2048))),
    "no headers": (Reason.NOT_AN_EVENT, lambda hub: replace(good(hub), headers=())),
    "no signature": (Reason.NOT_AN_EVENT, lambda hub: without_header(good(hub), SIGNATURE)),
    "a header twice": (
        Reason.NOT_AN_EVENT,
        lambda hub: replace(message := good(hub), headers=(*message.headers, message.headers[1])),
    ),
    "a header not in ASCII": (Reason.NOT_AN_EVENT, lambda hub: with_header(good(hub), "ce_id", "é".encode())),
    "a header of 2 kB": (Reason.NOT_AN_EVENT, lambda hub: with_header(good(hub), "ce_id", b"a" * 2000)),
    "another content type": (Reason.NOT_AN_EVENT, lambda hub: with_header(good(hub), "content-type", b"text/plain")),
    "another CloudEvents": (Reason.NOT_AN_EVENT, lambda hub: with_header(good(hub), "ce_specversion", b"2.0")),
    "signed at no time": (Reason.NOT_AN_EVENT, lambda hub: with_header(good(hub), "mash-signed-at", b"soon")),
    "signed before the calendar": (
        Reason.NOT_AN_EVENT,
        lambda hub: with_header(good(hub), "mash-signed-at", OVERFLOWING.encode()),
    ),
    "a time without offset": (Reason.NOT_AN_EVENT, lambda hub: hub.made("police", payload(), time="2024-01-02T09:00")),
    "a time before the calendar": (Reason.NOT_AN_EVENT, lambda hub: hub.made("police", payload(), time=OVERFLOWING)),
    "a key nobody registered": (Reason.UNKNOWN_KEY, lambda hub: hub.made("police", payload(), by=other_key(hub))),
    "another agency's key": (
        Reason.FOREIGN_SOURCE,
        lambda hub: hub.made("police", payload(), by=hub.hub.credentials("housing")),
    ),
    "a revoked key": (Reason.REVOKED_KEY, lambda hub: hub.message("probation", told("REF-1", words=MARKER))),
    "a key before its time": (Reason.KEY_NOT_VALID, signed_too_early),
    "a bit of the signature turned": (Reason.WRONG_SIGNATURE, altered_signature),
    "a signature that is no base64": (Reason.WRONG_SIGNATURE, lambda hub: with_header(good(hub), SIGNATURE, b"%%%")),
    "a signature of nothing": (Reason.WRONG_SIGNATURE, lambda hub: with_header(good(hub), SIGNATURE, b"")),
    "a type changed on the way": (
        Reason.WRONG_SIGNATURE,
        lambda hub: with_header(good(hub), "ce_type", b"uk.mash.case-closure.v1"),
    ),
    "a value changed on the way": (Reason.WRONG_SIGNATURE, lambda hub: replace(good(hub), value=good(hub).value)),
    "sealed to somebody else": (Reason.CANNOT_OPEN, sealed_to_somebody_else),
    "a data key of nothing": (Reason.CANNOT_OPEN, lambda hub: hub.made("police", payload(), data_key="")),
    "a data key of 3 bytes": (Reason.CANNOT_OPEN, lambda hub: hub.made("police", payload(), data_key="AAAA")),
    "a data key of zeros": (
        Reason.CANNOT_OPEN,
        lambda hub: hub.made("police", payload(), data_key=base64.b64encode(bytes(80)).decode()),
    ),
    "another agency's topic": (Reason.WRONG_TOPIC, lambda hub: hub.message("housing", told("REF-1", words=MARKER))),
    "a type of nobody": (Reason.UNKNOWN_TYPE, lambda hub: hub.made("police", payload(), type="uk.mash.gossip.v1")),
    "a type of others": (Reason.UNKNOWN_TYPE, lambda hub: hub.made("police", payload(), type="com.example.referral")),
    "a later version": (Reason.NEWER_SCHEMA, lambda hub: hub.made("police", payload(), type="uk.mash.referral.v2")),
    "not JSON": (Reason.NOT_JSON, lambda hub: hub.made("police", b"<event/>")),
    "not UTF-8": (Reason.NOT_JSON, lambda hub: hub.made("police", payload().replace(b"Ada", b"\xff\xfe"))),
    "a byte order mark": (Reason.NOT_JSON, lambda hub: hub.made("police", b"\xef\xbb\xbf" + payload())),
    "cut off": (Reason.NOT_JSON, lambda hub: hub.made("police", payload()[:-1])),
    "not a number": (Reason.NOT_JSON, lambda hub: hub.made("police", b'{"data":{"level":NaN}}')),
    "nested 40 deep": (Reason.NOT_JSON, lambda hub: hub.made("police", nested(40))),
    "nested 300 deep": (Reason.NOT_JSON, lambda hub: hub.made("police", nested(300))),
    "nested 100,000 deep": (Reason.NOT_JSON, lambda hub: hub.made("police", nested(100_000))),
    "a field named twice": (
        Reason.DUPLICATE_KEYS,
        lambda hub: hub.made("police", payload().replace(b'"given":"Ada"', b'"given":"Ada","given":"Eve"')),
    ),
    "a list": (Reason.BREAKS_CONTRACT, lambda hub: hub.made("police", b"[]")),
    "null": (Reason.BREAKS_CONTRACT, lambda hub: hub.made("police", b"null")),
    "an unknown field": (Reason.BREAKS_CONTRACT, lambda hub: hub.made("police", payload(told("REF-1") | {MARKER: 1}))),
    "an unknown field inside": (
        Reason.BREAKS_CONTRACT,
        lambda hub: hub.made("police", payload(told("REF-1", person={f"{MARKER}.name": 1}))),
    ),
    "no reference": (Reason.BREAKS_CONTRACT, lambda hub: hub.made("police", payload(told("")))),
    "30 February": (Reason.BREAKS_CONTRACT, lambda hub: hub.made("police", payload(told("REF-1", on="2024-02-30")))),
    "a moment before the calendar": (
        Reason.BREAKS_CONTRACT,
        lambda hub: hub.made(
            "police", payload(told("REF-1") | {"occurred": {"date": "2024-01-01", "at": OVERFLOWING}})
        ),
    ),
    "a level off the scale": (
        Reason.BREAKS_CONTRACT,
        lambda hub: hub.made("police", payload(told("REF-1", level=7, words=MARKER))),
    ),
    "a fraction": (
        Reason.BREAKS_CONTRACT,
        lambda hub: hub.made("police", payload().replace(b'"detail"', b'"level":1.0,"detail"')),
    ),
    "a narrative of 30,000 letters": (
        Reason.BREAKS_CONTRACT,
        lambda hub: hub.made("police", with_narrative(MARKER * 3000)),
    ),
    "a control character": (
        Reason.BREAKS_CONTRACT,
        lambda hub: hub.made("police", with_narrative(f"{MARKER}\x1b[2J")),
    ),
    "letters taken apart": (Reason.BREAKS_CONTRACT, lambda hub: hub.made("police", with_narrative("cafe\u0301"))),
    "a retraction of nothing": (
        Reason.BREAKS_CONTRACT,
        lambda hub: hub.made("police", payload(told("REF-1", "retraction", detail={"reason": MARKER}))),
    ),
    "another id inside": (Reason.ENVELOPE_MISMATCH, lambda hub: hub.made("police", payload(id="made-2"))),
    "another source inside": (Reason.ENVELOPE_MISMATCH, lambda hub: hub.made("police", payload(source="housing"))),
    "another type inside": (
        Reason.ENVELOPE_MISMATCH,
        lambda hub: hub.made("police", payload(), type="uk.mash.referral.v1"),
    ),
}


def topic_of(name: str) -> str:
    return "probation" if name == "a revoked key" else "police"


def kept_now(hub: HubUnderTest, before: set[object]) -> Kept:
    (kept,) = [each for each in hub.hub.quarantine.all() if each.id not in before]
    return kept


@pytest.mark.parametrize("name", CASES)
def test_it_is_kept_aside_with_its_reason_as_it_came(hub: HubUnderTest, name: str) -> None:
    reason, make = CASES[name]
    message, head = make(hub), hub.hub.log.head()
    before: set[object] = {each.id for each in hub.hub.quarantine.all()}

    taken = hub.at_door(topic_of(name), message)

    kept = kept_now(hub, before)
    assert (kept.reason, kept.agency, kept.state) == (reason, topic_of(name), "open")
    assert sum(taken.quarantined.values()) == 1
    assert hub.hub.quarantine.original(kept.id) == message
    assert hub.hub.log.head() == head
    assert MARKER not in str(kept)


def test_the_same_id_with_other_content_is_a_conflict_and_changes_nothing(hub: HubUnderTest) -> None:
    hub.at_door("police", hub.message("police", told("CONFLICT-1", words="First"), ce_id="same"))
    before: set[object] = {each.id for each in hub.hub.quarantine.all()}

    taken = hub.at_door("police", hub.message("police", told("CONFLICT-1", words=MARKER), ce_id="same"))

    assert sum(taken.conflicts.values()) == 1
    assert kept_now(hub, before).reason == Reason.CONFLICT
    hub.hub.identify()
    assert [item["facets"]["narrative"] for item in hub.items(hub.person("police", "CONFLICT-1"))] == ["First"]


def test_an_event_about_an_erased_person_is_kept_aside(hub: HubUnderTest) -> None:
    message = hub.message("police", told("ERASED-1"), ce_id="erased")
    hub.at_door("police", message)
    subject = hub.hub.vault.find_subject("police", "ERASED-1")
    assert subject is not None
    hub.hub.vault.destroy([subject])
    before: set[object] = {each.id for each in hub.hub.quarantine.all()}

    hub.at_door("police", message)

    assert kept_now(hub, before).reason == Reason.SUBJECT_ERASED


def test_one_batch_with_one_id_twice_stores_the_first_and_keeps_the_other_aside(hub: HubUnderTest) -> None:
    first = hub.message("police", told("CONFLICT-2", words="First"), ce_id="twice")
    other = hub.message("police", told("CONFLICT-2", words="Second"), ce_id="twice")

    taken = hub.at_door("police", first, first, other)

    counts = [sum(each.values()) for each in (taken.stored, taken.duplicates, taken.conflicts, taken.quarantined)]
    assert counts == [1, 1, 1, 0]


def test_one_bad_message_does_not_hold_up_the_others(hub: HubUnderTest) -> None:
    batch = [good(hub), *(make(hub) for name, (_, make) in CASES.items() if topic_of(name) == "police"), good(hub)]

    taken = hub.at_door("police", *batch)

    assert sum(taken.stored.values()) == 2
    assert sum(taken.quarantined.values()) == len(batch) - 2


def test_a_message_delivered_again_is_kept_aside_once(hub: HubUnderTest) -> None:
    received = hub.received("police", replace(good(hub), value=b""))
    before = len(hub.hub.quarantine.all())

    hub.hub.ingest().take(received)
    hub.hub.ingest().take(received)

    assert len(hub.hub.quarantine.all()) == before + 1


def test_every_reason_has_a_message_here_and_a_sentence() -> None:
    reached = {reason for reason, _ in CASES.values()} | {Reason.CONFLICT, Reason.SUBJECT_ERASED}
    assert reached == set(Reason) == set(SENTENCES)
