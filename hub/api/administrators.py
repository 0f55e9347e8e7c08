"""What an administrator keeps: the directory, keys, agreements and how feeds stand. No record of any child is here.

To everybody else none of it is there. Who changes anything has just proved who they are, and is recorded with it.
"""

from dataclasses import asdict
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends
from starlette.responses import Response

from hub.api.forms import Answer, EndedAgreement, LeavingUser, MovedUser, NewAgency, NewKey, NewUser, RevokedKey
from hub.api.once import IdempotencyKey
from hub.api.shared import HubOf, OnceOf, Person, answered, example
from hub.application.agreements import agreement_json
from hub.application.directory import agency_json, user_json
from hub.contract.primitives import checked_agency_id
from hub.contract.topics import concerns_topic, disclosures_topic, receipts_topic
from hub.errors import RefusedError, UsageError
from hub.events.directory import PartnerKind
from hub.partnership import known_roles, registered_user
from hub.sign_in.person import SignedIn, refuse_unless_recent
from hub.signing.credentials import key_id_of

_ROLE: Final = "administrator"


def _administrator(person: Person, hub: HubOf) -> SignedIn:
    """Return who is signed in; raises `RefusedError` for all but an administrator."""
    user = hub.directory.load().users.get(person.user)
    if user is None or _ROLE not in user.roles:
        raise RefusedError("This is for an administrator.", code="not-an-administrator")
    return person


def _proved(person: Annotated[SignedIn, Depends(_administrator)], hub: HubOf) -> SignedIn:
    """Return an administrator who has just proved who they are; raises `SignInAgainError`."""
    refuse_unless_recent(person, hub.clock.now(), hub.settings.sign_in.again)
    return person


Proved = Annotated[SignedIn, Depends(_proved)]
router = APIRouter(tags=["administrators"], dependencies=[Depends(_administrator)])


@router.get("/directory/agencies", response_model=Answer, responses=example({"agencies": []}))
def list_agencies(hub: HubOf) -> Response:
    """List the agencies and their keys."""
    return answered({"agencies": agency_json(hub.directory.load())})


@router.get("/directory/users", response_model=Answer, responses=example({"users": []}))
def list_users(hub: HubOf) -> Response:
    """List the users, each with their agency and roles."""
    return answered({"users": user_json(hub.directory.load())})


@router.get("/agreements", response_model=Answer, responses=example({"agreements": []}))
def list_agreements(hub: HubOf) -> Response:
    """List the standing agreements and whether each is in force."""
    return answered({"agreements": agreement_json(hub.directory.load().agreements.values(), hub.clock.now())})


@router.get("/policy/versions", response_model=Answer, responses=example({"versions": []}))
def list_policy_versions(hub: HubOf) -> Response:
    """List the policy versions, with who approved each and since when it decides."""
    return answered({"versions": hub.policy_versions.as_json()})


@router.get("/feeds", response_model=Answer, responses=example({"feeds": [], "quarantine": {}, "behind": {}}))
def show_feeds(hub: HubOf) -> Response:
    """Show how each agency's feed stands, what was kept aside by reason, and how far each follower is behind."""
    return answered(asdict(hub.watched()))


@router.get("/keys/hub", response_model=Answer, responses=example({"source": "hub"}))
def show_hub_keys(hub: HubOf) -> Response:
    """Show the hub's public keys: the one that agencies seal to, and those that it signs with."""
    return answered(hub.public_keys())


@router.post("/directory/users", response_model=Answer, responses=example({"user": "social.worker"}))
def register_user(form: NewUser, key: IdempotencyKey, hub: HubOf, once: OnceOf, person: Proved) -> Response:
    """Register a user."""

    def work() -> Any:
        hub.directory.register_user(registered_user(form.model_dump(), by=person.user))
        return {"user": form.id}

    return answered(once.done(person.user, key, "register_user", form, work))


@router.post("/directory/users/move", response_model=Answer, responses=example({"user": "social.worker"}))
def move_user(form: MovedUser, key: IdempotencyKey, hub: HubOf, once: OnceOf, person: Proved) -> Response:
    """Give a user another agency or other roles; their sessions end."""

    def work() -> Any:
        hub.directory.move_user(form.user, form.agency, known_roles(form.roles), by=person.user)
        return {"user": form.user}

    return answered(once.done(person.user, key, "move_user", form, work))


@router.post("/directory/users/remove", response_model=Answer, responses=example({"user": "social.worker"}))
def remove_user(form: LeavingUser, key: IdempotencyKey, hub: HubOf, once: OnceOf, person: Proved) -> Response:
    """Let a user in no more; their sessions end."""

    def work() -> Any:
        hub.directory.user_leaves(form.user, reason=form.reason, by=person.user)
        return {"user": form.user}

    return answered(once.done(person.user, key, "remove_user", form, work))


@router.post("/directory/agencies", response_model=Answer, responses=example({"agency": "hospital-trust", "key": ""}))
def register_agency(form: NewAgency, key: IdempotencyKey, hub: HubOf, once: OnceOf, person: Proved) -> Response:
    """Register an agency that keeps its own keys."""

    def work() -> Any:
        checked_agency_id(form.id)
        if form.kind not in {kind.value for kind in PartnerKind}:
            raise UsageError("There is no such kind of agency.", code="unknown-kind")
        public = bytes.fromhex(form.signing_key)
        key_id = key_id_of(public)
        hub.directory.load().refuse_known_key(key_id)
        hub.directory.register_agency(form.id, form.name, PartnerKind(form.kind), by=person.user)
        hub.directory.register_key(form.id, key_id, public, by=person.user)
        if form.opening_key is not None:
            opening = bytes.fromhex(form.opening_key)
            hub.directory.register_opening_key(form.id, key_id_of(opening), opening, by=person.user)
        hub.make_topics([topic(form.id) for topic in (concerns_topic, disclosures_topic, receipts_topic)])
        return {"agency": form.id, "key": key_id}

    return answered(once.done(person.user, key, "register_agency", form, work))


@router.post("/keys/signing", response_model=Answer, responses=example({"agency": "hospital-trust", "key": ""}))
def register_signing_key(form: NewKey, key: IdempotencyKey, hub: HubOf, once: OnceOf, person: Proved) -> Response:
    """Give an agency a new signing key; the old one still verifies what it signed until now."""

    def work() -> Any:
        hub.directory.load().agency(form.agency)
        public = bytes.fromhex(form.public_key)
        hub.directory.register_key(form.agency, key_id_of(public), public, by=person.user)
        return {"agency": form.agency, "key": key_id_of(public)}

    return answered(once.done(person.user, key, "register_signing_key", form, work))


@router.post("/keys/opening", response_model=Answer, responses=example({"agency": "hospital-trust", "key": ""}))
def register_opening_key(form: NewKey, key: IdempotencyKey, hub: HubOf, once: OnceOf, person: Proved) -> Response:
    """Seal what an agency is sent to a new key."""

    def work() -> Any:
        hub.directory.load().agency(form.agency)
        public = bytes.fromhex(form.public_key)
        hub.directory.register_opening_key(form.agency, key_id_of(public), public, by=person.user)
        return {"agency": form.agency, "key": key_id_of(public)}

    return answered(once.done(person.user, key, "register_opening_key", form, work))


@router.post("/keys/revoke", response_model=Answer, responses=example({"agency": "hospital-trust", "revoked": ""}))
def revoke_signing_key(form: RevokedKey, key: IdempotencyKey, hub: HubOf, once: OnceOf, person: Proved) -> Response:
    """Revoke a signing key: it verifies nothing any more, whenever it was used."""

    def work() -> Any:
        hub.directory.load().agency(form.agency)
        revoked = hub.directory.revoke_key(form.agency, form.key, reason=form.reason, by=person.user)
        return {"agency": form.agency, "revoked": revoked.id}

    return answered(once.done(person.user, key, "revoke_signing_key", form, work))


@router.post("/agreements/end", response_model=Answer, responses=example({"agreement": "encompass-schools"}))
def end_agreement(form: EndedAgreement, key: IdempotencyKey, hub: HubOf, once: OnceOf, person: Proved) -> Response:
    """End a standing agreement at once."""

    def work() -> Any:
        hub.directory.end_agreement(form.agreement, reason=form.reason, by=person.user)
        return {"agreement": form.agreement}

    return answered(once.done(person.user, key, "end_agreement", form, work))
