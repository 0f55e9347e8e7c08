"""Publish an invented stream as its agencies would have sent it, its faults included. Never used for real records."""

import base64
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from itertools import groupby, islice

from hub.broker.port import Message, Producer
from hub.contract.envelope import SIGNATURE
from hub.contract.topics import concerns_topic
from hub.signing.credentials import Credentials
from hub.signing.message import MessageWriter
from producers.synthetic import Fault, Told

_BATCH = 500


def send_told(
    stream: Iterable[Told],
    credentials: Callable[[str], Credentials],
    producer: Producer,
    signed_at: Callable[[Told], datetime],
    on_batch: Callable[[int], None] = lambda _: None,
) -> int:
    """Sign, seal and send every event in order of arrival, at the moment that `signed_at` says; return how many."""
    writers: dict[str, MessageWriter] = {}
    sent = 0
    for batch in _batches(iter(stream)):
        for agency, run in groupby(batch, key=lambda told: told.agency):
            if agency not in writers:
                writers[agency] = MessageWriter(credentials(agency))
            messages = [written(writers[agency], told, signed_at(told)) for told in run]
            producer.send(concerns_topic(agency), messages)
            sent += len(messages)
        on_batch(sent)
    return sent


def _batches(stream: Iterator[Told]) -> Iterator[list[Told]]:
    while batch := list(islice(stream, _BATCH)):
        yield batch


def written(writer: MessageWriter, told: Told, signed_at: datetime | None = None) -> Message:
    """Return one sending as its agency sends it, its fault included; signed when it arrives, if not otherwise."""
    message = writer.write(told.event, now=signed_at or told.arrived_at, recorded_at=told.recorded_at, ce_id=told.ce_id)
    if told.fault is not Fault.WRONG_SIGNATURE:
        return message
    headers: Mapping[str, bytes] = dict(message.headers)
    spoilt = bytearray(base64.b64decode(headers[SIGNATURE]))
    spoilt[0] ^= 1
    return replace(message, headers=(*message.headers[:-1], (SIGNATURE, base64.b64encode(bytes(spoilt)))))
