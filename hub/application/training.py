"""Viewers whose safeguarding training has lapsed: the sentence that they are refused with. Decides nothing itself.

What refuses them is the policy's word on a plain record of their own agency: shown to whoever is trained, not to them.
A decision asked by such a viewer is recorded with a tag, and by that their manager is told (`training_notices`).
"""

from dataclasses import replace
from typing import Final

from hub.errors import RefusedError
from hub.events.decisions import DisclosureDecided
from policies.client import DecisionClient
from policies.model import Effect, Facts, ItemType, Request, SubjectKind, Training, Traits

LAPSED_TAG: Final = "training-lapsed"


def has_lapsed(decision: DisclosureDecided) -> bool:
    """Say whether the viewer's training had lapsed when they asked."""
    return decision.request.get("training") == Training.LAPSED.value


def untrained(policy: DecisionClient, request: Request) -> RefusedError | None:
    """Return what refuses a viewer whose training has lapsed, None where they may go on; raises as the policy does.

    It hangs on the viewer and the question alone, so it is said of a child that does not exist as of any other.
    """
    if request.training is not Training.LAPSED:
        return None
    own = [Facts(request.viewer, Traits(request.agency_kind, SubjectKind.CHILD, ItemType.CONTACT))]
    (verdict,) = policy.decide(request, own)
    (trained,) = policy.decide(replace(request, training=Training.CURRENT), own)
    if verdict.effect is not Effect.DENY or trained.effect is Effect.DENY:
        return None
    return RefusedError(" ".join(rule.reason for rule in verdict.rules), code="training-lapsed")
