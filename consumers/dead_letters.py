"""Tell of every message that was kept aside on the dead-letter topic, for whoever watches the broker.

A dead letter points at the message and says why. It repeats nothing of it: an agency whose own program failed may have
put anything into a payload, a key or a header. The message itself is sealed in the quarantine.
"""

from collections.abc import Sequence

from hub.application.ingest import KeptAside
from hub.broker.port import Message, Producer
from hub.contract.reasons import SENTENCES
from hub.contract.topics import DEAD_LETTERS


def send_dead_letters(producer: Producer, kept: Sequence[KeptAside]) -> None:
    """Send one dead letter for each message; raises `RetryableError` while the broker is away.

    Sent before the offsets of the messages are committed, so after a crash perhaps twice, with the same key.
    """
    if kept:
        producer.send(DEAD_LETTERS, [_dead_letter(each) for each in kept])


def _dead_letter(kept: KeptAside) -> Message:
    told = {
        "mash-reason": kept.reason.value,
        "mash-sentence": SENTENCES[kept.reason],
        "mash-topic": kept.received.topic,
        "mash-partition": str(kept.received.partition),
        "mash-offset": str(kept.received.offset),
        "mash-quarantine": str(kept.id),
    }
    return Message(kept.id.bytes, tuple((name, text.encode()) for name, text in told.items()), b"")
