"""`mash policy propose`, `approve`, `activate`, `revoke`, `versions`, `export` and `serve`: which policy decides."""

from pathlib import Path
from typing import Annotated, Any

import typer

from hub.command_line.account import operator
from hub.command_line.options import AsJson, day
from hub.command_line.output import Screen, show_table

Version = Annotated[str, typer.Argument(metavar="VERSION", help="The version, or the start of it.")]
Partner = Annotated[
    str,
    typer.Option(
        "--as", metavar="USER", help="A partnership-member or director-of-childrens-services of a statutory partner."
    ),
]
Folder = Annotated[
    Path | None, typer.Argument(metavar="[DIR]", help="The rules (*.cedar) and hub.cedarschema.", show_default=False)
]
_SHORT = 12


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (propose, approve, activate, revoke, versions, export, serve):
        app.command(command.__name__)(command)


def propose(folder: Folder = None, as_json: AsJson = False) -> None:
    """Lay a policy before the partners, with its full text; without a folder, the shipped one."""
    from hub.application.policy_files import read_policy
    from hub.bootstrap import open_hub
    from hub.settings import read_settings

    text = read_policy(folder)
    with open_hub(read_settings()) as hub:
        version = hub.policy_versions.propose(text, by=operator())
    said = f"Proposed: {version}. Each statutory partner approves it: mash policy approve {version[:_SHORT]} --as USER."
    _say(as_json, {"version": version}, said)


def approve(version: Version, user: Partner, as_json: AsJson = False) -> None:
    """Record that a statutory partner approves a version."""
    from hub.bootstrap import open_hub
    from hub.settings import read_settings

    with open_hub(read_settings()) as hub:
        recorded = hub.policy_versions.approve(version, user, by=operator())
    missing = [kind.value for kind in recorded.missing]
    left = f"still to approve: {', '.join(missing)}" if missing else "every statutory partner has approved it"
    proof = recorded.approvals[-1].proof
    said = f"Approved {recorded.version[:_SHORT]} ({proof}): {left}."
    _say(as_json, {"version": recorded.version, "missing": missing, "proof": proof}, said)


def activate(
    version: Version,
    at: Annotated[str | None, typer.Option(metavar="DATE", help="The first day in force; today without it.")] = None,
    as_json: AsJson = False,
) -> None:
    """Put a version in force that every statutory partner has approved."""
    from hub.bootstrap import open_hub
    from hub.settings import read_settings

    with open_hub(read_settings()) as hub:
        made = hub.policy_versions.activate(version, day(at), by=operator())
    first = made.from_day.isoformat()
    _say(as_json, {"version": made.version, "from": first}, f"{made.version[:_SHORT]} is in force from {first} on.")


def revoke(
    version: Version,
    user: Partner,
    reason: Annotated[str, typer.Option(help="Why, in words; it is recorded.")],
    as_json: AsJson = False,
) -> None:
    """Revoke a version at once, on the word of one statutory partner; what was in force before it is so again."""
    from hub.bootstrap import open_hub
    from hub.settings import read_settings

    with open_hub(read_settings()) as hub:
        revoked = hub.policy_versions.one(version).version
        left = hub.policy_versions.revoke(version, user, reason=reason, by=operator())
    now = f"{left[:_SHORT]} is in force" if left else "none is in force, and nothing is shown to anybody until one is"
    _say(as_json, {"version": revoked, "in_force": left}, f"{revoked[:_SHORT]} is revoked: {now}.")


def versions(as_json: AsJson = False) -> None:
    """List the policy versions: who approved each, from when on, and whether this hub can verify it."""
    from hub.bootstrap import open_hub
    from hub.settings import read_settings

    with open_hub(read_settings()) as hub:
        found = hub.policy_versions.as_json()
    columns = ("version", "state", "from", "basis", "approved by", "proved", "verified")
    Screen(as_json).answer(
        {"versions": found},
        lambda console: show_table(console, columns, [_row(each) for each in found], "No policy versions yet."),
    )


def export(
    version: Version,
    to: Annotated[Path, typer.Option("--to", help="The folder of a policy service that runs apart.")],
    as_json: AsJson = False,
) -> None:
    """Write a version to a file, for `python -m policies.service` on another machine."""
    from hub.application.policy_files import write_policy
    from hub.bootstrap import open_hub
    from hub.settings import read_settings

    with open_hub(read_settings()) as hub:
        recorded = hub.policy_versions.one(version)
        file = write_policy(to, recorded.version, hub.policy_versions.text(recorded))
    _say(as_json, {"version": recorded.version, "file": str(file)}, f"Written to {file}")


def serve(
    host: Annotated[str, typer.Option(help="Where to listen; off loopback only with a certificate.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65_535)] = 8181,
    certificate: Annotated[Path | None, typer.Option(help="In PEM.")] = None,
    key: Annotated[Path | None, typer.Option(help="The certificate's private key, in PEM.")] = None,
) -> None:
    """Run the policy service over the versions of this hub, until stopped; hubs find it by MASH_POLICY_URL."""
    from hub.application.policy_serving import serve_policy
    from hub.bootstrap import open_hub
    from hub.settings import read_settings

    with open_hub(read_settings()) as hub:
        typer.echo(f"The policy service listens on {host}:{port}.", err=True)
        serve_policy(hub.policy_texts, host, port, certificate, key)


def _row(each: dict[str, Any]) -> tuple[str, ...]:
    last = each["activations"][-1] if each["activations"] else {"from": "", "basis": ""}
    partners = ", ".join(approval["agency"] for approval in each["approvals"])
    return (
        each["version"][:_SHORT], each["state"], last["from"], last["basis"], partners,
        each["approvals"][-1]["proof"] if each["approvals"] else "",
        "yes" if each["verified"] else "no: it decides nothing",
    )  # fmt: skip


def _say(as_json: bool, value: dict[str, Any], said: str) -> None:
    Screen(as_json).answer(value, lambda console: console.print(said, markup=False, soft_wrap=True))
