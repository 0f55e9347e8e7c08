"""Why a message is kept aside instead of being stored: one code each, with the sentence that people read."""

from enum import StrEnum


class QuarantineReason(StrEnum):
    """The stable code of a refusal at the door."""

    NOT_AN_EVENT = "not-an-event"
    EMPTY = "empty"
    TOO_LARGE = "too-large"
    UNKNOWN_KEY = "unknown-key"
    FOREIGN_SOURCE = "foreign-source"
    REVOKED_KEY = "revoked-key"
    KEY_NOT_VALID = "key-not-valid"
    WRONG_SIGNATURE = "wrong-signature"
    CANNOT_OPEN = "cannot-open"
    WRONG_TOPIC = "wrong-topic"
    UNKNOWN_TYPE = "unknown-type"
    NEWER_SCHEMA = "newer-schema"
    NOT_JSON = "not-json"
    DUPLICATE_KEYS = "duplicate-keys"
    BREAKS_CONTRACT = "breaks-contract"
    ENVELOPE_MISMATCH = "envelope-mismatch"
    CONFLICT = "conflict"
    SUBJECT_ERASED = "subject-erased"


SENTENCES: dict[QuarantineReason, str] = {
    QuarantineReason.NOT_AN_EVENT: "The message lacks what every event carries, or carries it twice.",
    QuarantineReason.EMPTY: "The message is empty.",
    QuarantineReason.TOO_LARGE: "The message is larger than the contract allows.",
    QuarantineReason.UNKNOWN_KEY: "The key that signed it is not registered with this partnership.",
    QuarantineReason.FOREIGN_SOURCE: "It names one agency as its source and is signed by another.",
    QuarantineReason.REVOKED_KEY: "The key that signed it has been revoked.",
    QuarantineReason.KEY_NOT_VALID: "The key that signed it was not valid when it was signed.",
    QuarantineReason.WRONG_SIGNATURE: "The signature does not fit: altered on the way, or signed with another key.",
    QuarantineReason.CANNOT_OPEN: "It was not sealed to this hub, or was altered since.",
    QuarantineReason.WRONG_TOPIC: "It came on the topic of another agency.",
    QuarantineReason.UNKNOWN_TYPE: "This hub knows no event of its type.",
    QuarantineReason.NEWER_SCHEMA: "It is of a newer version of the contract than this hub reads.",
    QuarantineReason.NOT_JSON: "What was sealed is not JSON in UTF-8.",
    QuarantineReason.DUPLICATE_KEYS: "What was sealed names the same field twice, so it has no one meaning.",
    QuarantineReason.BREAKS_CONTRACT: "A field is missing, unknown or not as the contract demands.",
    QuarantineReason.ENVELOPE_MISMATCH: "Id, source or type differ inside and outside of the seal.",
    QuarantineReason.CONFLICT: "An event of the same id but other content is already stored.",
    QuarantineReason.SUBJECT_ERASED: "It is about a person whose records were erased by decision.",
}
