"""Administration: agencies, keys, users, and how feeds stand. No record of any child is here.

To everybody else none of it is there; who changes anything has just proved who they are, and is recorded with it.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from fastapi import APIRouter
from starlette.responses import Response

from hub.application.directory import agency_json, user_json
from hub.bootstrap import Hub
from hub.contract.reasons import SENTENCES, QuarantineReason
from hub.contract.topics import concerns_topic
from hub.errors import RefusedError, RetryableError
from hub.partnership import ROLES, known_roles, registered_user
from hub.sign_in.person import SignedIn
from hub.sign_in.routes import SIGNED_OUT
from hub.web.catalogue import N_
from hub.web.desk import ADMINISTRATORS, Desk, required, told_at, wrong_reason
from hub.web.rendering import to
from hub.web.requests import Form, Person, Posted

HERE: Final = "/administration"
_USERS: Final = f"{HERE}/users"
_NO_REASON: Final = N_("Say in words why: it is recorded.")
_TOO_LONG: Final = N_("The reason has at most 300 characters.")
_MOST_REASON: Final = 300
# So much of a field is taken that what is too long is refused, never cut.
_TYPED: Final = 1000
_FOLLOWERS: Final[Mapping[str, str]] = {
    "identity": N_("Finding who is who"),
    "tree": N_("The log's tree"),
    "relay": N_("Passing on under standing agreements"),
}


def add_administration(router: APIRouter, desk: Desk, hub: Hub) -> None:
    """Add the administrator's pages."""

    @router.get(HERE)
    def overview(person: Person) -> Response:
        """Show the agencies, and how far each feed and follower is behind."""
        _refuse_others(desk, person)
        return desk.page("administration.html", person, here=HERE, **_overview(hub))

    @router.get(f"{HERE}/agencies/{{agency}}")
    def keys(agency: str, person: Person) -> Response:
        """Show an agency's keys."""
        return _keys_page(desk, person, agency, {})

    @router.post(f"{HERE}/agencies/{{agency}}")
    def revoke(agency: str, form: Form) -> Response:
        """Revoke one of an agency's keys: it verifies nothing any more."""
        _refuse_others(desk, form.person)
        desk.sign_in.refuse_unless_recent(form.person)
        known = {key["id"] for key in _agency(desk, agency)["keys"]}
        errors = {} if form.text("key") in known else {"key": N_("Choose a key.")}
        reason = form.text("reason", _TYPED)
        errors |= _wrong(reason)
        if not errors:
            desk.once(form)
            desk.hub.directory.revoke_key(agency, form.text("key"), reason=reason, by=form.person.user)
            return to(f"{HERE}/agencies/{agency}")
        return _keys_page(desk, form.person, agency, errors, reason)

    @router.get(_USERS)
    def users(person: Person) -> Response:
        """List the users and their roles, with the forms that change them."""
        return _users_page(desk, person, {}, {})

    @router.post(_USERS)
    def change(form: Form) -> Response:
        """Add somebody, move them, let them in no more or end their sessions."""
        _refuse_others(desk, form.person)
        desk.sign_in.refuse_unless_recent(form.person)
        do = _CHANGES.get(form.text("do"))
        errors = do(desk, form) if do else {"do": N_("Choose what to do.")}
        if errors:
            return _users_page(desk, form.person, errors, form.fields)
        # Whoever changed themselves has no session now, and a browser follows no form on to an issuer elsewhere.
        return to(SIGNED_OUT if form.text("user") == form.person.user else _USERS)


def _wrong(reason: str) -> dict[str, str]:
    """Return what to say about a reason that is recorded as a line."""
    return wrong_reason(reason, _MOST_REASON, missing=_NO_REASON, too_long=_TOO_LONG)


def _refuse_others(desk: Desk, person: SignedIn) -> None:
    """Raise `RefusedError` for all but an administrator."""
    refusal = RefusedError("This is for an administrator.", code="not-an-administrator")
    desk.refuse_all_but(ADMINISTRATORS, person, refusal)


def _overview(hub: Hub) -> dict[str, Any]:
    """Return how all stands; where broker or database cannot be asked, the agencies alone."""
    agencies = [{**each, "topic": concerns_topic(each["id"])} for each in agency_json(hub.directory.load())]
    try:
        watched = hub.watched()
    except RetryableError:
        return {"agencies": agencies, "feeds": {}, "watched": None}
    kept = [(SENTENCES[QuarantineReason(reason)], count) for reason, count in sorted(watched.quarantine.items())]
    behind = [(_FOLLOWERS.get(name, name), count) for name, count in sorted(watched.behind.items())]
    feeds = {feed.agency: feed for feed in watched.feeds}
    return {"agencies": agencies, "feeds": feeds, "watched": watched, "kept_aside": kept, "behind": behind}


def _agency(desk: Desk, agency: str) -> dict[str, Any]:
    for each in agency_json(desk.hub.directory.load()):
        if each["id"] == agency:
            return each
    raise RefusedError("There is nothing here.", code="not-found")


def _keys_page(desk: Desk, person: SignedIn, agency: str, errors: Mapping[str, str], reason: str = "") -> Response:
    _refuse_others(desk, person)
    found = _agency(desk, agency)
    keys = [{**key, "state": _state(key, desk.now())} for key in found["keys"]]
    return desk.page("keys.html", person, here=HERE, errors=errors, agency=found, keys=keys, reason=reason)


def _state(key: Mapping[str, Any], now: datetime) -> str:
    if key["revoked"]:
        return N_("Revoked")
    if key["until"] and datetime.fromisoformat(key["until"]) <= now:
        return N_("Retired: verifies what was signed before")
    return N_("In use")


def _users_page(
    desk: Desk, person: SignedIn, errors: Mapping[str, str], typed: Mapping[str, tuple[str, ...]]
) -> Response:
    _refuse_others(desk, person)
    told = {"users": user_json(desk.hub.directory.load()), "agencies": desk.agencies(), "roles": ROLES}
    first = {name: values[0] for name, values in typed.items() if values}
    chosen = list(typed.get("roles", ()))
    return desk.page("users.html", person, here=HERE, errors=errors, typed=first, chosen=chosen, **told)


def _add(desk: Desk, form: Posted) -> dict[str, str]:
    missing = required(form, id=N_("Give the user name."), name=N_("Give their name."), roles=N_("Choose a role."))
    if missing:
        return missing
    told = {name: form.text(name, _TYPED) for name in ("id", "name", "agency")}
    until = {"trained_until": form.text("trained_until")} if form.text("trained_until") else {}
    return _done(
        desk,
        form,
        "id",
        lambda: desk.hub.directory.register_user(
            registered_user({**told, **until, "roles": list(form.all("roles"))}, by=form.person.user)
        ),
    )


def _move(desk: Desk, form: Posted) -> dict[str, str]:
    user, agency, roles = form.text("user"), form.text("agency"), form.all("roles")
    return _done(
        desk, form, "user", lambda: desk.hub.directory.move_user(user, agency, known_roles(roles), by=form.person.user)
    )


def _remove(desk: Desk, form: Posted) -> dict[str, str]:
    user, reason = form.text("user"), form.text("reason", _TYPED)
    return _wrong(reason) or _done(
        desk, form, "user", lambda: desk.hub.directory.user_leaves(user, reason=reason, by=form.person.user)
    )


def _sign_out(desk: Desk, form: Posted) -> dict[str, str]:
    return _done(desk, form, "user", lambda: desk.sign_in.end_all(form.text("user"), by=form.person))


_CHANGES: Final[Mapping[str, Callable[[Desk, Posted], dict[str, str]]]] = {
    "add": _add,
    "move": _move,
    "remove": _remove,
    "sign-out": _sign_out,
}


def _done(desk: Desk, form: Posted, field: str, change: Callable[[], object]) -> dict[str, str]:
    """Make a change, once; return what is wrong with what was typed."""
    desk.once(form)
    errors: dict[str, str] = {}
    with told_at(field, errors):
        change()
    return errors
