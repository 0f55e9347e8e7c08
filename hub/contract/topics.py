"""Names of topics and types on the wire."""

CONCERNS = "mash.concerns."
DISCLOSURES = "mash.disclosures."
RECEIPTS = "mash.receipts."
DEAD_LETTERS = "mash.dead-letters"
RELAY = "mash.relay"
TYPE_PREFIX = "uk.mash."
HUB = "hub"
WIRE_VERSION = 1


def concerns_topic(agency: str) -> str:
    """Return the topic that one agency publishes its concern events to."""
    return f"{CONCERNS}{agency}"


def disclosures_topic(agency: str) -> str:
    """Return the topic on which one agency receives what it may see."""
    return f"{DISCLOSURES}{agency}"


def receipts_topic(agency: str) -> str:
    """Return the topic on which one agency learns what of its own was shown, and to whom."""
    return f"{RECEIPTS}{agency}"


def wire_type(event_type: str) -> str:
    """Return the CloudEvents type of an event type: `referral` becomes `uk.mash.referral.v1`."""
    return f"{TYPE_PREFIX}{event_type}.v{WIRE_VERSION}"


def schema_name(event_type: str) -> str:
    """Return the CloudEvents data schema of an event type."""
    return f"urn:mash:schema:{event_type}:v{WIRE_VERSION}"
