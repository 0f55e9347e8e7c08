"""Lays policy versions out to be read: who sees what under one, and what differs between two. Decides nothing."""

from typing import Any

from hub.application.authoring import said
from hub.application.policy_versions import PolicyVersions
from policies.authoring import policy_changes, seen_by_viewer, viewer_kinds

__all__ = ["changed_since", "seen_under", "viewer_kinds"]


def seen_under(versions: PolicyVersions, version: str, viewer: str) -> dict[str, Any]:
    """Return what a kind of viewer sees under a version; raises `RefusedError` for one that cannot be verified."""
    text = versions.text(versions.one(version))
    with said():
        return seen_by_viewer(text, viewer)


def changed_since(versions: PolicyVersions, before: str, after: str) -> dict[str, Any]:
    """Return what differs between two versions; raises `RefusedError` for one that cannot be verified."""
    texts = [versions.text(versions.one(each)) for each in (before, after)]
    with said():
        return policy_changes(*texts)
