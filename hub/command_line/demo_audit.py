"""The end of the demonstration's story: an auditor who need not trust the hub. No rule is here, only sentences."""

from typing import Any, Final

from rich.console import Console
from rich.text import Text

from hub.application.impact import ImpactTally, drafted, tried
from hub.application.replaying import Ending
from hub.application.verifying import verify_log
from hub.command_line.demo_narration import chapter
from hub.demonstrated_damage import damaged
from hub.demonstrated_witness import cosigned, history_made_anew, witnessing

_STORY: Final = 200
_DRAFT: Final = """
@id("draft-housing-sees-that-something-happened")
@authority("A draft for the board")
@reason("Housing would see that something happened, and when.")
@facets("what when")
permit (principal, action == Action::"see", resource)
when { principal.agency_kind == AgencyKind::"housing" };
"""


def auditor(console: Console, hub: Any) -> None:
    """Take the story's decisions again, try a draft on them, check the log, and find a change made behind its back."""
    said = "Somebody who need not trust the hub checks what it did."
    chapter(console, "The auditor", said)
    decisions = hub.decisions.newest(_STORY)
    _again(console, hub, decisions)
    _draft(console, hub, decisions)
    with witnessing(hub.settings.home / "witness", hub.tree.key.verifier) as (key, url):
        _whole(console, hub, key, url)
        _changed(console, hub, decisions[0], key, url)


def _again(console: Console, hub: Any, decisions: list[Any]) -> None:
    replays = [hub.replayer.replay(each) for each in decisions]
    same = sum(each.ending is Ending.SAME for each in replays)
    taken = sum(each.ending is not Ending.NOTHING_DECIDED for each in replays)
    told = f"  {taken} answers taken again from the log, links and policy of their moment: {same} the same to the byte."
    console.print(Text(told))


def _draft(console: Console, hub: Any, decisions: list[Any]) -> None:
    draft, tally = drafted(None, _DRAFT), ImpactTally()
    for each in decisions:
        tally.add(tried(hub.replayer, each, draft, None))
    told = "  A draft rule tried on them before anybody signs it: housing would have seen"
    console.print(Text(f"{told} {tally.agencies['housing'].more} records more."))


def _whole(console: Console, hub: Any, key: str, url: str) -> None:
    found = cosigned(hub, key, url)
    verified = verify_log(hub.tree)
    signers = " and ".join(verified.cosigned_by) or "nobody"
    console.print(Text(f"  The log's {found.size} leaves are signed; cosigned by {signers}, a partner's own witness."))
    told = "as it was recorded" if verified.whole else "NOT whole"
    console.print(Text(f"  The log, {verified.rows} records, is {told}."))


def _changed(console: Console, hub: Any, decision: Any, key: str, url: str) -> None:
    if not hub.settings.embedded:
        return
    (stored,) = hub.log.read([f"decision:{decision.id}"])
    console.print(Text("  Now a superuser switches the triggers off and changes one byte of the last decision:"))
    with damaged(hub.settings, stored.position):
        fault = verify_log(hub.tree).faults[0]
    console.print(Text(f"  the next check names event {fault.event}, position {fault.position}."))
    refused = history_made_anew(hub, stored.position, key, url).forked
    told = "refuses it: it has seen another history" if refused else "does NOT refuse it"
    console.print(
        Text(f"  Had they made the tree anew as well, and signed it with the log's own key: the witness {told}.")
    )
    console.print(Text("  The byte is put back."))
