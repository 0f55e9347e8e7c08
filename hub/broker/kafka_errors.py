"""What kafka-python's errors mean to the hub. A topic that one may not know of is as one that does not exist."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from kafka.errors import (
    AuthorizationError,
    CorruptRecordError,
    GroupAuthorizationFailedError,
    KafkaError,
    SaslAuthenticationFailedError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
    UnsupportedCodecError,
    UnsupportedSaslMechanismError,
)

from hub.broker.port import unknown_topic
from hub.errors import HubError, RefusedError, RetryableError, UsageError


@contextmanager
def kafka_errors(topic: str | None = None) -> Iterator[None]:
    """Raise the hub's error for one of kafka-python; `topic` is the one in question."""
    try:
        yield
    except KafkaError as error:
        raise error_for(error, topic) from error


def error_for(error: BaseException, topic: str | None = None) -> HubError:
    """Return the hub's error for one of kafka-python: what is not known to be final is worth another try."""
    if isinstance(error, SaslAuthenticationFailedError | UnsupportedSaslMechanismError):
        return UsageError(
            "Kafka refused the user or password of MASH_KAFKA_USER and MASH_KAFKA_SECRET_FILE.", code="sign-in-refused"
        )
    if isinstance(error.__context__, ssl.SSLCertVerificationError):
        return UsageError(
            "Kafka's certificate is not signed by an authority of MASH_KAFKA_CA_FILE.", code="certificate-refused"
        )
    if isinstance(error, TopicAuthorizationFailedError | UnknownTopicOrPartitionError):
        return unknown_topic(topic or "")
    if isinstance(error, GroupAuthorizationFailedError):
        return RefusedError("Kafka does not let this user read with this group.", code="group-refused")
    if isinstance(error, AuthorizationError):
        return RefusedError("Kafka does not let this user do this.", code="broker-refused")
    if isinstance(error, CorruptRecordError | UnsupportedCodecError):
        return HubError("A topic holds bytes that are no messages: its operator must look.", code="unreadable-topic")
    return RetryableError(f"Kafka is away: {type(error).__name__}.", code="broker-away")
