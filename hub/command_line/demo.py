"""`mash demo`: a small partnership's story, run on the real parts from its first event to its last answer."""

import shutil
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from hub.command_line.account import operator
from hub.command_line.options import asked
from hub.command_line.output import Screen

MARK = "made-by-mash-demo"
KAFKA = "kafka"
SECRETS = "secrets"
SENDERS = {
    "cin-census": "childrens-social-care",
    "school-exclusions": "schools-trust",
    "looked-after-missing": "childrens-social-care",
    "fhir-patient": "hospital-trust",
}
LOOKED = "DisclosureDecided"
_MOST_LOOKS = 10_000
PURPOSE = "strategy-discussion"
WHY = "Strategy discussion on Monday: what do we know, and what did we know in February?"


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(demo)


def demo(
    file: Annotated[Path | None, typer.Option(help="A file of your own records to publish as well.")] = None,
    agency: Annotated[str | None, typer.Option(help="The agency whose file it is, if not its kind's.")] = None,
    kafka: Annotated[bool, typer.Option("--kafka", help="Carry the messages over a Kafka of the hub's own.")] = False,
    once: Annotated[bool, typer.Option("--once", help="End after the story.")] = False,
) -> None:
    """Make a hub of invented agencies and families, tell their story, and show what came of it."""
    from hub.bootstrap import stop_database
    from hub.settings import read_settings

    settings = read_settings()
    try:
        _demo(settings, file, agency, kafka=kafka, once=once)
    finally:
        if (settings.home / MARK).exists():
            _stop_kafka(settings)
            stop_database(settings)


def _demo(settings: Any, file: Path | None, agency: str | None, *, kafka: bool, once: bool) -> None:
    from hub.bootstrap import open_hub
    from hub.clock import FixedClock, SystemClock
    from hub.command_line import demo_narration as narration
    from hub.command_line.demo_audit import auditor
    from hub.making import make_hub
    from hub.partnership import read_partnership
    from producers.synthetic.demo import story

    console = Screen().console
    told = story()
    clock = FixedClock(told.told[0].arrived_at - timedelta(days=1))
    partnership = read_partnership(None)
    if file is not None:
        agency = _sender(file, agency, partnership)
    _clear(settings)
    if kafka:
        with Screen().progress("Starting Kafka"):
            settings = _with_kafka(settings, [each.id for each in partnership.agencies])
    with Screen().progress("Making the hub"):
        make_hub(settings, partnership, by=operator(), clock=clock)
    with open_hub(settings, clock) as hub:
        narration.opening(console, hub, partnership.name)
        with Screen().progress("Telling the story", len(told.told)) as progress:
            intake = _tell(hub, told, clock, progress)
        clock.advance(timedelta(days=1))
        narration.arrivals(console, hub, told, intake)
        person = _person(hub, told.child[0])
        child = narration.identity(console, hub, told, person, asked("mash.analyst", PURPOSE, WHY))
        narration.three_viewers(console, hub, person, lambda viewer: asked(viewer, PURPOSE, WHY))
        narration.earlier(console, hub, told, person, asked("mash.analyst", PURPOSE, WHY))
    with open_hub(settings, SystemClock()) as hub:
        if file is not None and agency is not None:
            _own_file(console, hub, file, agency)
        auditor(console, hub)
        narration.closing(console, hub, settings.home, person)
        (settings.home / MARK).write_text(str(hub.log.head()))
        if not once:
            _serve(hub, settings, child)


def _serve(hub: Any, settings: Any, child: str) -> None:
    """Serve the pages; what came of that belongs to the demonstration too."""
    from hub.command_line.demo_serving import serve_pages

    try:
        serve_pages(hub, settings.home, _kafka_settings(settings) if settings.kafka else {}, child)
    finally:
        (settings.home / MARK).write_text(str(hub.log.head()))


def _with_kafka(settings: Any, agencies: list[str]) -> Any:
    """Start a Kafka in the home, set up what the agencies need, and return the settings with which the hub signs in."""
    from hub.broker.kafka_admin import administrator
    from hub.broker.kafka_server import local_kafka
    from hub.broker.kafka_users import SecretFolder
    from hub.kafka_settings import read_kafka

    server = local_kafka(settings.home / KAFKA)
    server.start()
    secrets = SecretFolder(server.folder / SECRETS)
    with administrator(read_kafka(server.settings(server.admin_secret))) as admin:
        admin.apply(admin.plan(agencies), secrets)
        admin.settle(agencies)
    return replace(settings, kafka=read_kafka(_kafka_settings(settings)))


def _kafka_settings(settings: Any) -> dict[str, str]:
    """Return the settings with which the hub signs in to the demonstration's Kafka."""
    from hub.broker.kafka_server import local_kafka
    from hub.broker.kafka_users import SecretFolder
    from hub.contract.topics import HUB

    server = local_kafka(settings.home / KAFKA)
    return server.settings(SecretFolder(server.folder / SECRETS).file(HUB))


def _stop_kafka(settings: Any) -> None:
    from hub.broker.kafka_server import local_kafka

    if (settings.home / KAFKA / "cluster.json").exists():
        local_kafka(settings.home / KAFKA).stop()


def _clear(settings: Any) -> None:
    """Remove what an earlier demonstration made; a hub that somebody made or has used since is never touched."""
    from hub.bootstrap import stop_database
    from hub.errors import UsageError

    if not settings.embedded:
        raise UsageError("The demonstration makes a database of its own: unset MASH_DATABASE_URL.", code="not-embedded")
    mark = settings.home / MARK
    if mark.exists():
        if _used_since(settings, mark.read_text()):
            raise UsageError(
                "The demonstration's hub was used since: set MASH_HOME to another folder, or remove this one.",
                code="home-in-use",
                place=str(settings.home),
            )
        _stop_kafka(settings)
        stop_database(settings)
        shutil.rmtree(settings.home)
    elif settings.home.exists() and any(settings.home.iterdir()):
        raise UsageError(
            "There is a hub here that the demonstration did not make: set MASH_HOME to another folder.",
            code="home-in-use",
            place=str(settings.home),
        )
    settings.home.mkdir(mode=0o700, parents=True)
    mark.touch()


def _used_since(settings: Any, told: str) -> bool:
    """Say whether anything but looks was recorded after a story told to its end, perhaps by an older version."""
    from hub.bootstrap import open_hub
    from hub.making import make_hub
    from hub.partnership import read_partnership

    if not told.isdecimal():
        return False
    make_hub(settings, read_partnership(None), by=operator())
    with open_hub(settings) as hub:
        return any(each.type != LOOKED for each in hub.log.after(int(told), _MOST_LOOKS))


@dataclass(frozen=True, slots=True)
class _Sending:
    """One message and when it arrives."""

    at: datetime
    agency: str
    message: Any


def _tell(hub: Any, told: Any, clock: Any, progress: Any) -> Any:
    """Send every event when it was told and take it in at once, so that the hub knows each from its own day on."""
    from consumers.worker import take_in_as_sent

    def at_each(done: int, at: datetime) -> None:
        clock.at = max(clock.at, at)
        progress(done)

    sendings = [(each.at, each.agency, each.message) for each in _sendings(hub, told)]
    return take_in_as_sent(hub, sendings, at_each)


def _sendings(hub: Any, told: Any) -> list[_Sending]:
    from hub.contract.canonical import canonical
    from hub.signing.message import MessageWriter
    from producers.spoiling import written

    writers = {record.agency: MessageWriter(hub.credentials(record.agency)) for record in told.told}
    sendings = [_Sending(each.arrived_at, each.agency, written(writers[each.agency], each)) for each in told.told]
    odd = told.out_of_contract
    message = writers[odd.agency].write_data(
        canonical(odd.data), odd.type, odd.data["subject"]["reference"],
        now=odd.recorded_at, recorded_at=odd.recorded_at, ce_id=odd.ce_id,
    )  # fmt: skip
    return sorted([*sendings, _Sending(odd.recorded_at, odd.agency, message)], key=lambda sending: sending.at)


def _person(hub: Any, record: Any) -> UUID:
    found = hub.finder.find(asked("mash.analyst", PURPOSE, WHY), identifier=record.reference)
    return UUID(found["children"][0]["person"])


def _sender(file: Path, agency: str | None, partnership: Any) -> str:
    """Return whose file it is: as told, as its kind says or as it says itself; a fault is said before the story."""
    from hub.errors import UsageError
    from producers.adapters import Record
    from producers.files import adapter_of, read_records

    kind = adapter_of(file).name
    if agency is None and kind not in SENDERS:
        agency = next((each.source for each in read_records(file) if isinstance(each, Record) and each.source), None)
    agency = agency or SENDERS.get(kind, "childrens-social-care")
    if agency not in {each.id for each in partnership.agencies}:
        raise UsageError(f"There is no agency {agency!r} in the demonstration.", code="unknown-agency")
    return agency


def _own_file(console: Any, hub: Any, file: Path, agency: str) -> None:
    import threading

    from consumers.worker import take_in
    from hub.command_line import demo_narration as narration
    from hub.command_line.publishing import publish_files
    from producers.publisher import Published

    published = Published()
    publish_files(hub, [file], agency, None, lambda _: None, published)
    taken = take_in(hub, once=True, stop=threading.Event())
    hub.identify()
    narration.own_file(console, hub, file, agency, published, taken, asked("mash.analyst", PURPOSE, WHY))
