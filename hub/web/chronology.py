"""A child's chronology and the records behind it. Each look is a read, decided and recorded as any other."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from hub.application.asking import ENGLAND, Asked
from hub.application.chronologies import Window
from hub.application.episodes import Episode, not_there
from hub.application.shown_to import MASH
from hub.sign_in.person import SignedIn
from hub.web.catalogue import N_
from hub.web.desk import Desk
from hub.web.household import household_of
from hub.web.lines import View, binding_all, lines_of, offered_by, seen_by
from hub.web.picture import picture_of
from hub.web.rendering import to
from hub.web.requests import Form, Person, Posted

_DAYS: Final = {"start": N_("Happened from"), "end": N_("Happened up to"), "as_at": N_("As at")}
_HOUR: Final = timedelta(hours=1)
_NOT_A_DAY: Final = N_("Give a real date, such as 27 3 2024, or leave it empty.")
_BACKWARDS: Final = N_("The first day is later than the last.")
_TO_COME: Final = N_("What will be known on a day to come cannot be asked.")


class Silent(NamedTuple):
    """Since when an answer is waited for, and how many whole hours that is."""

    since: datetime
    hours: int


def add_chronology(router: APIRouter, desk: Desk) -> None:
    """Add the chronology and the records behind it."""

    @router.get("/work/{name}/child/{child}")
    def chronology(name: str, child: str, person: Person) -> Response:
        """Show what is known of a child, for this episode's purpose."""
        episode = desk.episode(person, name)
        held = child_of(desk, episode, child)
        return _chronology(desk, person, episode, child, held, {})

    @router.post("/work/{name}/child/{child}")
    def look_otherwise(name: str, child: str, form: Form) -> Response:
        """Look at it with other filters, in another order or as at another day."""
        episode = desk.episode(form.person, name)
        held = child_of(desk, episode, child)
        view, errors = _view(form, desk.now().astimezone(ENGLAND).date())
        if errors:
            return _chronology(desk, form.person, episode, child, held, errors)
        (kept,) = desk.hub.episodes.keep(episode, [{**held, "view": asdict(view)}], desk.now())
        return to(f"/work/{name}/child/{kept}")

    @router.get("/work/{name}/child/{child}/shown")
    def shown(name: str, child: str, person: Person) -> Response:
        """Show the MASH which agencies have been shown what it sees of this child."""
        episode = desk.episode(person, name)
        held = child_of(desk, episode, child)
        desk.refuse_all_but(MASH, person, not_there())
        with desk.on_time():
            answer = desk.hub.shown_to.of_child(UUID(held["person"]), episode.stated.asked(person.user))
            back, agencies = f"/work/{name}/child/{child}", desk.agencies()
            lines = lines_of(answer["items"], agencies)
            told: dict[str, Any] = {"lines": lines, "agencies": agencies, "answer": answer}
            return desk.page("shown.html", person, here="/work", episode=episode, back=back, **told)

    @router.get("/work/{name}/child/{child}/records")
    def records(name: str, child: str, person: Person) -> Response:
        """Show which records are taken for this child, and on what evidence."""
        episode = desk.episode(person, name)
        held = child_of(desk, episode, child)
        with desk.on_time():
            answer = desk.hub.finder.show(UUID(held["person"]), episode.stated.asked(person.user))
            back = f"/work/{name}/child/{child}"
            told = {"children": answer["children"], "agencies": desk.agencies(), "decision": answer["decision"]}
            return desk.page("records.html", person, here="/work", episode=episode, back=back, **told)


def child_of(desk: Desk, episode: Episode, name: str) -> dict[str, Any]:
    """Return the child that an address of an episode stands for; raises `NotThereError`."""
    held = desk.hub.episodes.held(episode, name)
    if "person" not in held:
        raise not_there()
    return held


def _chronology(
    desk: Desk, person: SignedIn, episode: Episode, child: str, held: Mapping[str, Any], errors: Mapping[str, str]
) -> Response:
    with desk.on_time():
        return _told(desk, person, episode, child, held, errors)


def _told(
    desk: Desk, person: SignedIn, episode: Episode, child: str, held: Mapping[str, Any], errors: Mapping[str, str]
) -> Response:
    view = View(**held.get("view", {}))
    as_of = _end_of(view.as_at) if view.as_at else None
    window = Window(_day(view.start), _day(view.end))
    asked = episode.stated.asked(person.user)
    answer = desk.hub.chronologies.read(UUID(held["person"]), asked, as_of=as_of, window=window)
    agencies, of_the_mash = desk.agencies(), not MASH.isdisjoint(desk.who(person).roles)
    lines = lines_of(answer["items"], agencies)
    seen = seen_by(view, lines)
    return desk.page(
        "chronology.html",
        person,
        here="/work",
        episode=episode,
        child={"names": held["names"], "born": held["born"], "at": f"/work/{episode.name}/child/{child}"},
        answer=answer,
        lines=seen,
        binding=binding_all(lines),
        left_out=len(lines) - len(seen),
        offered=offered_by(lines),
        picture=picture_of(seen),
        view=view,
        errors=errors,
        feeds=[] if view.as_at else desk.hub.feeds.promised(),
        of_the_mash=of_the_mash,
        silence=_silence(desk, person, asked, answer["items"]) if of_the_mash else {},
        household=household_of(answer["items"], agencies),
    )


def _silence(desk: Desk, person: SignedIn, asked: Asked, items: Sequence[Mapping[str, Any]]) -> dict[str, Silent]:
    """Return what to say of each item that waits: since when, and how many hours that is."""
    user, now = desk.hub.directory.load().user(person.user), desk.now()
    since = desk.hub.silence.over(items, asked, user)
    return {item: Silent(at, (now - at) // _HOUR) for item, at in since.items()}


def _view(form: Posted, today: date) -> tuple[View, dict[str, str]]:
    days, errors = {}, {}
    for name in _DAYS:
        days[name] = form.text(name)
        if days[name] and _day(days[name]) is None:
            errors[name] = _NOT_A_DAY
    start, end, as_at = (_day(days[name]) for name in _DAYS)
    if start and end and start > end:
        errors["start"] = _BACKWARDS
    if as_at and as_at > today:
        errors["as_at"] = _TO_COME
    if as_at == today:
        days["as_at"] = ""
    chosen = {name: form.text(name) for name in ("agency", "type", "level")}
    return View(oldest_first=form.text("order") == "oldest", **chosen, **days), errors


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _end_of(day: str) -> datetime:
    """Return the last moment of a day in England."""
    return datetime.combine(date.fromisoformat(day), time.max, ENGLAND).astimezone(UTC)
