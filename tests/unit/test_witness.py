"""A witness cosigns what continues and nothing else, over HTTP as tlog-witness says, and forgets nothing by a crash."""

import http.client
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import hub.proof.witness
from hub.errors import HubError, RetryableError, UsageError
from hub.proof.checkpoint import Checkpoint
from hub.proof.hashing import leaf_hash
from hub.proof.note import SIGNED, Note, SigningKey, read_note, read_signature_lines
from hub.proof.tree import Leaf, Tree
from hub.proof.witness import SIZE, Reply, Request, Witness
from hub.proof.witness_http import LOOPBACK, ask, witness_server

ORIGIN = "mash-hub/test"


class Hub:
    """A log as its witnesses see it."""

    def __init__(self, folder: Path, content: bytes = b"") -> None:
        self.tree = Tree(folder)
        self.key = SigningKey.new(ORIGIN, SIGNED)
        self._content = content

    def grow(self, size: int) -> None:
        with self.tree.growing():
            self.tree.append(
                [Leaf(at + 1, leaf_hash(b"%d" % at + self._content)) for at in range(self.tree.size, size)]
            )

    def note(self, size: int) -> Note:
        text = Checkpoint(ORIGIN, size, self.tree.root(size)).text
        return Note(text, (self.key.line(text),))

    def request(self, old: int, size: int) -> Request:
        return Request(old, tuple(self.tree.consistency(old, size)), self.note(size))


def forked(log: Hub, tmp_path: Path) -> Hub:
    """Return another history under the same key."""
    made = Hub(tmp_path / "other", b"rewritten")
    made.key = log.key
    made.grow(768)
    return made


@pytest.fixture
def log(tmp_path: Path) -> Hub:
    made = Hub(tmp_path / "log")
    made.grow(1024)
    return made


@pytest.fixture
def witness(tmp_path: Path, log: Hub) -> Witness:
    made = Witness.make(tmp_path / "witness", "w.police.example")
    made.trust(log.key.verifier)
    return made


def asked(witness: Witness, request: object) -> Reply:
    return witness.add_checkpoint(str(request), lambda: 1_679_315_147)


class TestDeciding:
    def test_what_continues_is_cosigned(self, witness: Witness, log: Hub) -> None:
        for old, size in ((0, 256), (256, 256), (256, 768), (768, 1024)):
            reply = asked(witness, log.request(old, size))
            assert (reply.status, reply.alarm) == (200, None)
            Note(log.note(size).text, read_signature_lines(reply.body)).verify(witness.key)
        assert witness.seen() == {ORIGIN: log.note(1024)}

    def test_who_asks_from_elsewhere_is_told_where_it_was(self, witness: Witness, log: Hub) -> None:
        asked(witness, log.request(0, 512))
        reply = asked(witness, log.request(0, 1024))
        assert (reply.status, reply.body, reply.content_type) == (409, "512\n", SIZE)

    def test_who_asks_from_elsewhere_is_told_so_even_with_a_fork(
        self, witness: Witness, log: Hub, tmp_path: Path
    ) -> None:
        other = forked(log, tmp_path)
        asked(witness, log.request(0, 512))
        reply = asked(witness, other.request(0, 512))
        assert (reply.status, reply.body, reply.content_type) == (409, "512\n", SIZE)
        assert "two trees of 512 leaves" in str(reply.alarm)

    def test_another_tree_of_the_same_size_is_a_fork(self, witness: Witness, log: Hub, tmp_path: Path) -> None:
        other = forked(log, tmp_path)
        asked(witness, log.request(0, 512))
        reply = asked(witness, other.request(512, 512))
        assert (reply.status, reply.content_type) == (409, "text/plain; charset=utf-8")
        assert "two trees of 512 leaves" in str(reply.alarm)
        assert witness.seen() == {ORIGIN: log.note(512)}

    def test_both_signed_notes_of_a_fork_are_kept(self, witness: Witness, log: Hub, tmp_path: Path) -> None:
        other = forked(log, tmp_path)
        asked(witness, log.request(0, 512))
        asked(witness, other.request(512, 512))
        kept = [read_note(each.read_text()) for each in (tmp_path / "witness" / "refused").iterdir()]
        for each in kept:
            each.verify(log.key.verifier)
        assert {each.text for each in kept} == {log.note(512).text, other.note(512).text}

    def test_a_larger_tree_that_does_not_continue_is_a_fork(self, witness: Witness, log: Hub, tmp_path: Path) -> None:
        other = forked(log, tmp_path)
        asked(witness, log.request(0, 512))
        reply = asked(witness, other.request(512, 768))
        assert (reply.status, reply.alarm) == (422, f"{ORIGIN}: no proof from 512 to 768 leaves")
        assert witness.seen() == {ORIGIN: log.note(512)}

    def test_a_smaller_tree_is_refused_as_a_rollback(self, witness: Witness, log: Hub) -> None:
        asked(witness, log.request(0, 512))
        for old in (0, 256):
            reply = asked(witness, log.request(old, 256))
            assert (reply.status, reply.body, reply.content_type) == (409, "512\n", SIZE)
        assert asked(witness, Request(512, (), log.note(256))).status == 400
        assert witness.seen() == {ORIGIN: log.note(512)}

    def test_a_proof_that_is_not_asked_for_is_refused(self, witness: Witness, log: Hub) -> None:
        request = Request(0, tuple(log.tree.consistency(256, 512)), log.note(512))
        assert asked(witness, request).status == 422

    def test_an_old_size_above_the_checkpoint_is_refused(self, witness: Witness, log: Hub) -> None:
        assert asked(witness, Request(768, (), log.note(512))).status == 400

    def test_an_unknown_log_is_not_found(self, witness: Witness, log: Hub) -> None:
        text = Checkpoint("other/log", 256, log.tree.root(256)).text
        assert asked(witness, Request(0, (), Note(text, (log.key.line(text),)))).status == 404

    def test_a_checkpoint_that_the_log_did_not_sign_is_forbidden(self, witness: Witness, log: Hub) -> None:
        other = SigningKey.new(ORIGIN, SIGNED)
        text = log.note(256).text
        assert asked(witness, Request(0, (), Note(text, (other.line(text),)))).status == 403
        broken = Note(text, (log.key.line(text.replace("256", "257")),))
        assert asked(witness, Request(0, (), broken)).status == 403

    @pytest.mark.parametrize("body", ["", "old 0", "old 00\n\n", "old -1\n\nx\n", "new 0\n\nx\n", "old 0\n!\n\nx\n"])
    def test_rubbish_is_a_bad_request(self, witness: Witness, body: str) -> None:
        assert asked(witness, body).status == 400

    def test_more_proof_than_any_tree_needs_is_a_bad_request(self, witness: Witness, log: Hub) -> None:
        assert asked(witness, Request(0, (bytes(32),) * 64, log.note(256))).status == 400


def test_what_it_saw_is_on_the_disk_before_it_signs(
    witness: Witness, log: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Crash(BaseException):
        pass

    def crash(*_: object) -> str:
        raise Crash

    asked(witness, log.request(0, 256))
    note = log.request(256, 512)
    with monkeypatch.context() as patch:
        patch.setattr(SigningKey, "line", crash)
        with pytest.raises(Crash):
            asked(witness, note)
    assert Witness(tmp_path / "witness").seen() == {ORIGIN: log.note(512)}


def test_a_state_that_cannot_be_kept_is_not_signed(witness: Witness, log: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(hub.proof.witness, "write_whole", full)
    with pytest.raises(OSError, match="No space"):
        asked(witness, log.request(0, 256))


@pytest.mark.parametrize("content", [None, "", "[]", "{", '{"a": 1}', '{"a": "b"}'])
def test_a_damaged_state_is_never_taken_for_none(
    witness: Witness, log: Hub, tmp_path: Path, content: str | None
) -> None:
    asked(witness, log.request(0, 512))
    path = tmp_path / "witness" / "state.json"
    if content is None:
        path.unlink()
    else:
        path.write_text(content)
    again = Witness.make(tmp_path / "witness", "w.police.example")
    with pytest.raises(HubError, match="state is"):
        asked(again, log.request(0, 256))


def test_a_folder_keeps_its_witness(tmp_path: Path, witness: Witness, log: Hub) -> None:
    assert Witness.make(tmp_path / "witness", "w.police.example").key == witness.key
    with pytest.raises(UsageError, match=r"w\.police\.example"):
        Witness.make(tmp_path / "witness", "other.example")
    with pytest.raises(UsageError, match="no log's key"):
        witness.trust(witness.key)


class TestOverHttp:
    @pytest.fixture
    def port(self, witness: Witness) -> Iterator[int]:
        with witness_server(witness, LOOPBACK, 0) as server:
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            yield server.server_address[1]
            server.shutdown()
            thread.join()

    def test_it_answers_as_the_protocol_says(self, port: int, witness: Witness, log: Hub) -> None:
        url = f"http://{LOOPBACK}:{port}/"
        reply = ask(url, log.request(0, 256))
        Note(log.note(256).text, read_signature_lines(reply.body)).verify(witness.key)
        assert (ask(url, log.request(0, 512)).status, ask(url, log.request(0, 512)).content_type) == (409, SIZE)

    def test_it_takes_several_requests_on_one_connection(self, port: int, log: Hub) -> None:
        connection = http.client.HTTPConnection(LOOPBACK, port, timeout=60)
        for old, size in ((0, 256), (256, 512)):
            connection.request("POST", "/add-checkpoint", str(log.request(old, size)).encode())
            answer = connection.getresponse()
            assert answer.status == 200
            answer.read()
        connection.close()

    @pytest.mark.parametrize(
        ("path", "length", "status"),
        [("/", "0", 404), ("/add-checkpoint", "x", 400), ("/add-checkpoint", "99999999", 400)],
    )
    def test_what_is_no_request_is_refused(self, port: int, path: str, length: str, status: int) -> None:
        connection = http.client.HTTPConnection(LOOPBACK, port, timeout=60)
        connection.request("POST", path, headers={"Content-Length": length})
        assert connection.getresponse().status == status
        connection.close()

    def test_one_that_is_away_may_be_asked_again(self, log: Hub) -> None:
        with pytest.raises(RetryableError):
            ask(f"http://{LOOPBACK}:1", log.request(0, 256))

    @pytest.mark.parametrize("url", ["ftp://a/", "http://", "a", "http://a/?b"])
    def test_an_address_is_http(self, log: Hub, url: str) -> None:
        with pytest.raises(UsageError):
            ask(url, log.request(0, 256))
