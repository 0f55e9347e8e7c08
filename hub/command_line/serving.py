"""`mash serve`: the API, the pages and signing in, at one address."""

from pathlib import Path
from typing import Annotated

import typer


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("serve")(serve)


def serve(
    all_: Annotated[
        bool, typer.Option("--all", help="Run mash consume and mash relay beside it, as a demonstration needs it.")
    ] = False,
    workers: Annotated[int, typer.Option(min=1, max=64, help="How many processes answer.")] = 1,
    certificate: Annotated[Path | None, typer.Option(metavar="FILE", help="The certificate to show, in PEM.")] = None,
    key: Annotated[Path | None, typer.Option(metavar="FILE", help="The certificate's key, in PEM.")] = None,
    trusted_proxy: Annotated[
        list[str] | None,
        typer.Option(metavar="ADDRESS", help="A proxy that is believed who calls; may be repeated."),
    ] = None,
) -> None:
    """Serve the API, the pages and signing in, until told to stop; where, MASH_HOST and MASH_PORT say."""
    from contextlib import ExitStack

    from hub.bootstrap import open_hub
    from hub.serving.beside import beside
    from hub.serving.running import Serving
    from hub.serving.running import serve as run
    from hub.settings import read_settings

    settings = read_settings()
    with open_hub(settings):
        typer.echo(f"serving {settings.sign_in.public_url}", err=True)
    with ExitStack() as stack:
        if all_:
            stack.enter_context(beside(("consume", "relay")))
        run(Serving(workers, certificate, key, tuple(trusted_proxy or ())), settings)
