"""The pages of the policy: versions and approvals, who sees what, what differs, the agreements. No child is here.

For auditors and those who answer for the policy; it changes nothing, which is for `mash policy` and its approvals.
"""

from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter
from starlette.responses import Response

from hub.application.agreements import agreement_json
from hub.application.episodes import not_there
from hub.application.policy_telling import changed_since, seen_under, viewer_kinds
from hub.bootstrap import Hub
from hub.sign_in.person import SignedIn
from hub.web.catalogue import N_
from hub.web.desk import GOVERNORS, Desk, told_at
from hub.web.requests import Person

HERE: Final = "/policy"
STATE_WORDS: Final[Mapping[str, str]] = {
    "in-force": N_("In force"),
    "activated": N_("Put in force for another day"),
    "approved": N_("Approved, not in force"),
    "proposed": N_("Proposed, not approved yet"),
    "revoked": N_("Revoked"),
}


def add_policies(router: APIRouter, desk: Desk, hub: Hub) -> None:
    """Add the pages of the policy."""

    @router.get(HERE)
    def overview(person: Person) -> Response:
        """List the versions, the newest first, and the agreements."""
        found = _versions(desk, hub, person)
        agreements = agreement_json(hub.directory.load().agreements.values(), desk.now())
        return _page(desk, "policy.html", person, versions=found[::-1], agreements=agreements)

    @router.get(f"{HERE}/versions/{{version}}")
    def one(version: str, person: Person) -> Response:
        """Show who approved a version, when it was in force, and its rules in plain words."""
        found = _versions(desk, hub, person)
        told: dict[str, Any] = {"version": _one(found, version)}
        told["others"] = [each for each in found if each["version"] != version]
        rules = hub.policy_texts.told_of(version)
        return _page(desk, "policy_version.html", person, **told, rules=rules, kinds=viewer_kinds())

    @router.get(f"{HERE}/versions/{{version}}/viewers/{{kind}}")
    def seen(version: str, kind: str, person: Person) -> Response:
        """Lay out what a kind of viewer sees, by purpose and kind of item."""
        told: dict[str, Any] = {"version": _one(_versions(desk, hub, person), version), "viewer": _viewer(kind)}
        errors: dict[str, str] = {}
        with told_at("version", errors):
            told["seen"] = seen_under(hub.policy_versions, version, told["viewer"])
        return _page(desk, "policy_seen.html", person, errors, **told)

    @router.get(f"{HERE}/versions/{{version}}/since/{{before}}")
    def since(version: str, before: str, person: Person) -> Response:
        """Show what differs between two versions."""
        found = _versions(desk, hub, person)
        told = {"version": _one(found, version), "before": _one(found, before)}
        errors: dict[str, str] = {}
        with told_at("version", errors):
            told["changed"] = changed_since(hub.policy_versions, before, version)
        return _page(desk, "policy_changes.html", person, errors, **told)


def _versions(desk: Desk, hub: Hub, person: SignedIn) -> list[dict[str, Any]]:
    """Return the versions, the oldest first; raises `NotThereError` for whom they are not."""
    desk.refuse_all_but(GOVERNORS, person, not_there())
    return hub.policy_versions.as_json()


def _one(versions: list[dict[str, Any]], version: str) -> dict[str, Any]:
    found = next((each for each in versions if each["version"] == version), None)
    if found is None:
        raise not_there()
    return found


def _viewer(kind: str) -> str:
    """Return the kind of viewer of a number in an address."""
    kinds = {str(number): name for number, name in enumerate(viewer_kinds())}
    if kind not in kinds:
        raise not_there()
    return kinds[kind]


def _page(
    desk: Desk, template: str, person: SignedIn, errors: Mapping[str, str] | None = None, **told: Any
) -> Response:
    agencies = desk.agencies()
    return desk.page(template, person, here=HERE, errors=errors, agencies=agencies, states=STATE_WORDS, **told)
