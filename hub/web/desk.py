"""What every page needs: the hub, whoever asks and their episode of work. Decides nothing."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from starlette.responses import Response

from hub.answering import Answering
from hub.application.alert_list import PROTECTORS
from hub.application.asking import Asked
from hub.application.episodes import Episode
from hub.errors import HubError, RefusedError, RetryableError
from hub.sign_in.person import SignedIn
from hub.sign_in.service import SignIn
from hub.web.catalogue import N_
from hub.web.rendering import Who, page
from hub.web.requests import Posted

OWN_SERVICE: Final = "own-service"
ADMINISTRATORS: Final = frozenset({"administrator"})
# A MASH manager may decide reviews too, with a purpose of the MASH: by the API.
DATA_STEWARDS: Final = frozenset({"data-steward"})
AUDITORS: Final = frozenset({"auditor"})
# Who answers for the policy and for how information is governed, beside those who check it.
GOVERNORS: Final = AUDITORS | {
    "partnership-member",
    "director-of-childrens-services",
    "caldicott-guardian",
    "data-protection-officer",
    "mash-information-manager",
}
_OF_ROLES: Final = (
    (AUDITORS, ("/audit", N_("Audit"))),
    (GOVERNORS, ("/policy", N_("Policy"))),
    (ADMINISTRATORS, ("/administration", N_("Administration"))),
    (DATA_STEWARDS, ("/steward", N_("Records to put right"))),
)


@dataclass(frozen=True, slots=True)
class Desk:
    """The pages of one hub."""

    sign_in: SignIn

    @property
    def hub(self) -> Answering:
        """The hub itself."""
        return self.sign_in.hub

    def on_time(self) -> AbstractContextManager[None]:
        """Do what answers a question about a child, with its page, and leave at the boundary."""
        return self.hub.leaving.at_boundary()

    def once(self, form: Posted) -> None:
        """Pass for a form that was not sent before; raises `FormSentError`."""
        self.sign_in.forms.take(form.person, form.token, self.now())

    def now(self) -> datetime:
        """Return the present moment."""
        return self.hub.clock.now()

    def who(self, person: SignedIn) -> Who:
        """Return who somebody is, by the directory; raises `RefusedError` for whoever is in it no more."""
        directory = self.hub.directory.load()
        user = directory.user(person.user)
        return Who(user.id, user.name, directory.agency(user.agency).name, user.roles, person.form_token)

    def agencies(self) -> dict[str, str]:
        """Return the names of agencies by their ids."""
        return {agency.id: agency.name for agency in self.hub.directory.load().agencies.values()}

    def episode(self, person: SignedIn, name: str) -> Episode:
        """Return an episode of somebody's session; raises `NotThereError`."""
        return self.hub.episodes.episode(person.session, name)

    def page(
        self, template: str, person: SignedIn, *, here: str = "", errors: Mapping[str, str] | None = None, **told: Any
    ) -> Response:
        """Return a page of whoever is signed in; one with errors on it answers a form that was not in order."""
        who = self.who(person)
        told = {"episode": None, "printed_at": self.now(), "who": who, "navigation": navigation(who, here), **told}
        return page(template, status=400 if errors else 200, errors=errors or {}, **told)

    def refuse_all_but(self, roles: frozenset[str], person: SignedIn, refusal: RefusedError) -> None:
        """Pass for whoever holds one of the roles; raises the refusal for all others, to whom a page is not there."""
        user = self.hub.directory.load().users.get(person.user)
        if user is None or roles.isdisjoint(user.roles):
            raise refusal


def navigation(who: Who, here: str) -> Sequence[dict[str, Any]]:
    """Return the links at the head of every page."""
    links = [
        ("/", N_("Start")),
        ("/work", N_("Find a child")),
        ("/tasks", N_("Tasks")),
        ("/emergency", N_("Emergency")),
    ]
    if not PROTECTORS.isdisjoint(who.roles):
        links.insert(3, ("/alerts", N_("Alerts")))
    links += [link for roles, link in _OF_ROLES if not roles.isdisjoint(who.roles)]
    return [{"href": href, "text": text, "current": href == here} for href, text in links]


def own(person: SignedIn, reason: str) -> Asked:
    """Return a question that is somebody's own work, about no child in particular."""
    return Asked(person.user, person.user, OWN_SERVICE, reason)


def without_words(reason: str, said: str, field: str = "reason") -> dict[str, str]:
    """Return what to say about a reason that has no word in it."""
    return {} if any(map(str.isalpha, reason)) else {field: said}


def wrong_reason(reason: str, most: int, *, missing: str, too_long: str) -> dict[str, str]:
    """Return what to say about a reason that has no word in it, or more letters than are kept."""
    return {"reason": too_long} if len(reason) > most else without_words(reason, missing)


@contextmanager
def told_at(field: str, errors: dict[str, str]) -> Iterator[None]:
    """Put what the hub refuses inside among a form's errors, at a field; what may work later is raised on."""
    try:
        yield
    except RetryableError:
        raise
    except HubError as error:
        errors[field] = error.message


def required(form: Posted, **sentences: str) -> dict[str, str]:
    """Return what to say about each field that is empty and must not be."""
    return {name: said for name, said in sentences.items() if not form.text(name)}
