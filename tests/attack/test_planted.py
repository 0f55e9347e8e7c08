"""The attack finds what is planted: a leak of each kind, behind one door or another."""

import logging
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pkgutil import resolve_name
from typing import Any
from uuid import uuid4

import pytest
from starlette.responses import Response

from hub.application.chronologies import ChronologyReader
from hub.application.reading import Reading
from hub.application.watching import Watch
from hub.errors import RefusedError, UsageError
from hub.events.decisions import DisclosureDecided
from policies.model import Effect
from tests.attack.attack import Doors, Pair, doors_of, pair_of
from tests.attack.worlds import WORLDS
from tests.hub_under_test import ANALYST, HubTemplate

Answer = dict[str, Any]
Capsys = pytest.CaptureFixture[str]
_HTTP = "the API and the pages"
_READ = f"chronology by {ANALYST} for s47"


@pytest.fixture(scope="module")
def pair(base: HubTemplate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    world = next(each for each in WORLDS if each.name == "a covert police item")
    with pair_of(base, world, tmp_path_factory.mktemp("planted")) as made:
        yield made


def a_count(answer: Answer, hidden: bool) -> Answer:
    return {**answer, "held": len(answer["items"]) + hidden}


def an_order(answer: Answer, hidden: bool) -> Answer:
    return {**answer, "items": answer["items"][:: -1 if hidden else 1]}


def a_sentence(answer: Answer, hidden: bool) -> Answer:
    raise RefusedError(f"{len(answer)} fields may {'not ' if hidden else ''}be shown.", code="refused")


def a_status(answer: Answer, hidden: bool) -> Answer:
    raise (UsageError if hidden else RefusedError)(f"{len(answer)} fields.", code="refused")


def a_size(answer: Answer, hidden: bool) -> Answer:
    return {**answer, "notice": answer["notice"] + " " * hidden}


def a_log_line(answer: Answer, hidden: bool) -> Answer:
    logging.getLogger("hub.planted").debug("answered%s", " with less" * hidden)
    return answer


def a_word_on_standard_error(answer: Answer, hidden: bool) -> Answer:
    sys.stderr.write("." * hidden)
    return answer


def a_moment(answer: Answer, hidden: bool) -> Answer:
    return {**answer, "as_of": str(datetime.fromisoformat(answer["as_of"]) + timedelta(microseconds=hidden))}


def an_id(answer: Answer, hidden: bool) -> Answer:
    return {**answer, "decision": answer["items"][0]["id"] if hidden and answer["items"] else answer["decision"]}


def an_id_of_chance(answer: Answer, hidden: bool) -> Answer:
    return {**answer, "other": uuid4() if hidden else None}


PLANTS = (
    a_count, an_order, a_sentence, a_status, a_size, a_log_line, a_word_on_standard_error, a_moment, an_id,
    an_id_of_chance,
)  # fmt: skip


@pytest.fixture
def denied(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether anything was denied in what was decided last."""
    last: list[bool] = []
    decide = Reading.decide

    def decides(*of: Any, **more: Any) -> Any:
        verdicts = decide(*of, **more)
        last[:] = [any(verdict.effect is Effect.DENY for verdict in verdicts)]
        return verdicts

    monkeypatch.setattr(Reading, "decide", decides)
    return last


@pytest.mark.parametrize("leak", PLANTS)
def test_a_leak_in_an_answer_is_found(
    leak: Callable[[Answer, bool], Answer],
    pair: Pair,
    capsys: Capsys,
    denied: list[bool],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read = ChronologyReader.read
    monkeypatch.setattr(ChronologyReader, "read", lambda *of, **more: leak(read(*of, **more), any(denied)))

    assert pair.leaks(capsys, _only(pair, _READ))


def a_header(response: Response, hidden: bool) -> Response:
    response.headers["X-Rows"] = str(int(hidden))
    return response


def a_space(response: Response, hidden: bool) -> Response:
    return Response(bytes(response.body) + b" " * hidden, response.status_code, media_type=response.media_type)


@pytest.mark.parametrize("leak", [a_header, a_space])
@pytest.mark.parametrize("made_by", ["hub.web.desk.page", "hub.api.analysts.answered"])
def test_a_leak_that_only_the_web_adds_is_found(
    leak: Callable[[Response, bool], Response],
    made_by: str,
    pair: Pair,
    capsys: Capsys,
    denied: list[bool],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make = resolve_name(made_by)
    monkeypatch.setattr(made_by, lambda *of, **more: leak(make(*of, **more), any(denied)))

    assert pair.leaks(capsys, _only(pair, _HTTP))


@pytest.mark.parametrize("door", [_READ, _HTTP])
def test_nothing_is_found_where_nothing_is_planted(door: str, pair: Pair, capsys: Capsys) -> None:
    assert pair.leaks(capsys, _only(pair, door)) == []


def test_a_record_that_only_the_relay_left_is_found(
    pair: Pair, capsys: Capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DisclosureDecided, "told_of", True)

    assert pair.leaks(capsys, _only(pair, "decisions"))


def test_a_measure_is_found(pair: Pair, capsys: Capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Watch, "_behind", lambda watch: {"all": watch._log.head()})

    assert pair.leaks(capsys, _only(pair, "operations"))


def _only(pair: Pair, name: str) -> Doors:
    return {name: doors_of(pair.world)[name]}
