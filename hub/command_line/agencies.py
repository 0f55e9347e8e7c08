"""`mash agency`: which agencies there are, and what they sign with."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hub.command_line.account import operator
from hub.command_line.options import AsJson
from hub.command_line.output import Screen, show_table
from hub.events.directory import PartnerKind

if TYPE_CHECKING:
    from hub.bootstrap import Hub

app = typer.Typer(help="Register agencies and their signing keys.", no_args_is_help=True)

Id = Annotated[str, typer.Argument(metavar="AGENCY", help="The agency's id, such as hospital-trust.")]
OpeningKey = Annotated[
    str | None, typer.Option(help="The agency's own X25519 public key that it is sealed to, 64 hexadecimal digits.")
]
PublicKey = Annotated[str | None, typer.Option(help="The agency's own Ed25519 public key, 64 hexadecimal digits.")]


@app.command()
def add(
    agency: Id,
    name: Annotated[str, typer.Option(help="The agency's name.")],
    kind: Annotated[PartnerKind, typer.Option(help="What kind of agency it is.")],
    public_key: PublicKey = None,
    opening_key: OpeningKey = None,
    as_json: AsJson = False,
) -> None:
    """Register an agency; without its public key, make credentials for it in this hub's home."""
    from hub.bootstrap import open_hub
    from hub.contract.primitives import checked_agency_id
    from hub.contract.topics import concerns_topic, disclosures_topic, receipts_topic
    from hub.settings import read_settings
    from hub.signing.credentials import key_id_of

    checked_agency_id(agency)
    public, opening = _public(public_key), _public(opening_key)
    with open_hub(read_settings()) as hub:
        if public is not None:
            hub.directory.load().refuse_known_key(key_id_of(public))
        hub.directory.register_agency(agency, name, kind, by=operator())
        key = _register(hub, agency, public)
        if opening is not None or public is None:
            _register_opening(hub, agency, opening)
        hub.make_topics([concerns_topic(agency), disclosures_topic(agency), receipts_topic(agency)])
    _say(as_json, {"agency": agency, "key": key}, f"{agency} is registered; its signing key is {key}.")


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the agencies and their signing keys."""
    from hub.application.directory import agency_json
    from hub.bootstrap import open_hub
    from hub.settings import read_settings

    with open_hub(read_settings()) as hub:
        directory = hub.directory.load()
    agencies = agency_json(directory)
    rows = [
        (agency["id"], agency["kind"], agency["name"], key["id"][:12], key["from"][:10], _state(key))
        for agency in agencies
        for key in agency["keys"] or [{"id": "none", "from": "", "until": None, "revoked": None}]
    ]
    columns = ("agency", "kind", "name", "key", "from", "state")
    Screen(as_json).answer(
        {"agencies": agencies}, lambda console: show_table(console, columns, rows, "No agencies yet.")
    )


@app.command("rotate-key")
def rotate_key(agency: Id, public_key: PublicKey = None, as_json: AsJson = False) -> None:
    """Give an agency a new signing key; the old one still verifies what it signed until now."""
    from hub.bootstrap import open_hub
    from hub.settings import read_settings

    public = _public(public_key)
    with open_hub(read_settings()) as hub:
        _refuse_without(hub, agency, public, "--public-key")
        key = _register(hub, agency, public)
    _say(as_json, {"agency": agency, "key": key}, f"{agency} signs with {key} from now on.")


@app.command("rotate-opening-key")
def rotate_opening_key(agency: Id, opening_key: OpeningKey = None, as_json: AsJson = False) -> None:
    """Seal what an agency is sent to a new key; its older keys still open what was sent before."""
    from hub.bootstrap import open_hub
    from hub.settings import read_settings

    opening = _public(opening_key)
    with open_hub(read_settings()) as hub:
        _refuse_without(hub, agency, opening, "--opening-key")
        key = _register_opening(hub, agency, opening)
    _say(as_json, {"agency": agency, "key": key}, f"What {agency} is sent is sealed to {key} from now on.")


def _refuse_without(hub: "Hub", agency: str, given: bytes | None, option: str) -> None:
    """Refuse where an agency that keeps its own keys is given none; raises `UsageError`."""
    from hub.errors import UsageError

    hub.directory.load().agency(agency)
    if given is None and not hub.settings.credentials(agency).exists():
        raise UsageError(f"{agency} keeps its own key: give its new one with {option}.", code="needs-public-key")


@app.command()
def export(
    to: Annotated[Path | None, typer.Option("--to", help="The file to write; it holds nothing secret.")] = None,
) -> None:
    """Write the hub's public keys as JSON: the one that agencies seal to, and those that it signs with."""
    import json

    from hub.bootstrap import open_hub
    from hub.settings import read_settings

    with open_hub(read_settings()) as hub:
        text = json.dumps(hub.public_keys(), indent=1) + "\n"
    if to is None:
        typer.echo(text, nl=False)
    else:
        to.write_text(text, encoding="utf-8")


@app.command()
def revoke(
    agency: Id,
    key: Annotated[str, typer.Argument(help="The key's id, or the start of it.")],
    reason: Annotated[str, typer.Option(help="Why, in words; it is recorded.")],
    as_json: AsJson = False,
) -> None:
    """Revoke a signing key: it verifies nothing any more, whenever it was used."""
    from hub.bootstrap import open_hub
    from hub.settings import read_settings

    with open_hub(read_settings()) as hub:
        hub.directory.load().agency(agency)
        revoked = hub.directory.revoke_key(agency, key, reason=reason, by=operator())
    _say(as_json, {"agency": agency, "revoked": revoked.id}, f"Key {revoked.id} of {agency} is revoked.")


def _register(hub: "Hub", agency: str, public: bytes | None) -> str:
    from hub.signing.credentials import key_id_of

    public = hub.new_credentials(agency).public if public is None else public
    key = key_id_of(public)
    hub.directory.register_key(agency, key, public, by=operator())
    return key


def _register_opening(hub: "Hub", agency: str, public: bytes | None) -> str:
    from hub.signing.credentials import key_id_of

    public = hub.new_opening_key(agency) if public is None else public
    key = key_id_of(public)
    hub.directory.register_opening_key(agency, key, public, by=operator())
    return key


def _public(text: str | None) -> bytes | None:
    from hub.errors import UsageError

    if text is None:
        return None
    try:
        public = bytes.fromhex(text)
    except ValueError:
        public = b""
    if len(public) != 32:
        raise UsageError("A public key is 64 hexadecimal digits (RFC 8032, RFC 7748).", code="bad-key")
    return public


def _state(key: dict[str, str | None]) -> str:
    if key["revoked"]:
        return f"revoked {key['revoked'][:10]}"
    return f"until {key['until'][:19]}" if key["until"] else "signs"


def _say(as_json: bool, value: dict[str, str], said: str) -> None:
    Screen(as_json).answer(value, lambda console: console.print(said, markup=False))
