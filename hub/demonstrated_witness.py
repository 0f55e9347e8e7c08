"""A partner agency's witness beside the demonstration's hub, listening on loopback while it is needed; nowhere else.

Its key and state stay in a folder of the demonstration's home, as they would at the agency.
"""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from hub.application.proving import LogTree
from hub.application.witnessing import Round, WitnessDesk, pad
from hub.bootstrap import database_urls
from hub.demonstrated_damage import damaged
from hub.proof.note import VerifierKey
from hub.proof.witness import Witness
from hub.proof.witness_http import LOOPBACK, witness_server

NAME: Final = "witness.housing.example"


@contextmanager
def witnessing(folder: Path, log: VerifierKey) -> Iterator[tuple[str, str]]:
    """Run a witness that knows the log, and yield its key and address."""
    witness = Witness.make(folder, NAME)
    witness.trust(log)
    server = witness_server(witness, LOOPBACK, 0)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield str(witness.key), f"http://{LOOPBACK}:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def cosigned(hub: Any, key: str, url: str) -> Round:
    """Fill the tree up, sign it, and have the witness cosign it."""
    desk = WitnessDesk(hub.tree)
    desk.add(key, url)
    pad(hub.log, hub.clock)
    hub.tree.grow()
    return desk.run()


def history_made_anew(hub: Any, position: int, key: str, url: str) -> Round:
    """Ask the witness for a tree made anew from a log whose row at a position was changed, signed by the log's key."""
    settings = hub.settings
    with (
        damaged(settings, position),
        TemporaryDirectory() as folder,
        closing(LogTree(database_urls(settings).app, Path(folder), settings.log_key)) as tree,
    ):
        tree.grow()
        desk = WitnessDesk(tree)
        desk.add(key, url)
        return desk.run()
