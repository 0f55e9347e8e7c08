"""What tests of the relay share: a child that the school knows, what the police record, and what was sent."""

import time
from contextlib import closing
from datetime import date, timedelta
from threading import Event
from typing import Any
from uuid import UUID

from consumers.relay import Relay, Relayed
from hub.broker.port import Message
from hub.contract.ids import event_id
from hub.contract.relayed import Receipt
from hub.contract.relayed import Relayed as Content
from hub.contract.topics import disclosures_topic, receipts_topic
from hub.events.decisions import DISCLOSED, DisclosureDecided
from hub.events.directory import AgreementMade
from producers.receiver import FromHub, Receiver
from tests.hub_under_test import HubUnderTest, new_nhs_number, told

POLICE, SCHOOL = "police", "schools-trust"
_PATIENCE = 10.0
ABUSE = {"domestic_abuse": True, "incident": "0588-17032025", "nature": "Domestic incident"}


def relays(hub: HubUnderTest, **options: Any) -> Relayed:
    return Relay(hub.hub, Event(), **options).run(once=True)


def on_the_next_beat(hub: HubUnderTest, **options: Any) -> Relayed:
    hub.clock.advance(timedelta(days=1))
    return relays(hub, **options)


def messages(hub: HubUnderTest, topic: str) -> list[Message]:
    """Return all that was ever sent on a topic: nobody's group commits here."""
    with closing(hub.hub.broker.consumer("looking", [topic])) as consumer:
        until = time.monotonic() + (_PATIENCE if any(consumer.ends().values()) else 0)
        found: list[Message] = []
        while (batch := consumer.poll(1000, 0.3)) or (not found and time.monotonic() < until):
            found += [received.message for received in batch]
        return found


def sent(hub: HubUnderTest, agency: str = SCHOOL, topic: str | None = None) -> list[FromHub]:
    receiver = Receiver(hub.hub.credentials(agency))
    return [receiver.read(message) for message in messages(hub, topic or disclosures_topic(agency))]


def contents(hub: HubUnderTest, model: type[Content], agency: str = SCHOOL) -> list[Any]:
    topic = receipts_topic(agency) if model is Receipt else disclosures_topic(agency)
    return [each.content for each in sent(hub, agency, topic) if isinstance(each.content, model)]


def records(hub: HubUnderTest, kind: str = DISCLOSED) -> list[DisclosureDecided]:
    return [each for each in reversed(hub.hub.decisions.newest(1000)) if each.kind == kind]


def pupil(hub: HubUnderTest, name: str, **held: Any) -> str:
    """Let the school hold a record of a child; return the child's NHS number, by which others' records are linked."""
    number = new_nhs_number()
    hub.hears(SCHOOL, told(f"S-{name}", "school-attendance", nhs=number, **held))
    return number


def incident(hub: HubUnderTest, name: str, number: str | None, **data: Any) -> UUID:
    """Let the police record an incident of domestic abuse."""
    detail = {**ABUSE, **data.pop("detail", {})}
    ce_id = data.pop("ce_id", f"incident-{name}")
    return hub.hears(POLICE, told(f"P-{name}", "police-incident", nhs=number, detail=detail, **data), ce_id=ce_id)


def police(name: str) -> str:
    return str(event_id(POLICE, f"incident-{name}"))


def agreed(hub: HubUnderTest, name: str, **changes: Any) -> None:
    """Record an agreement like that of the example."""
    facts = {
        "id": name,
        "owner": POLICE,
        "recipient": SCHOOL,
        "purpose": "encompass-notification",
        "types": ["police-incident"],
        "reason": "A test",
        "authority": "An Act",
        "lead": "The lead",
        "valid_from": date(2023, 1, 1),
        "by": "tester",
    }
    hub.hub.directory.make_agreements([AgreementMade(**{**facts, **changes})])
