"""Notes, checkpoints and kept proofs: Go opens ours, we open the specification's, and nothing else is believed."""

from collections.abc import Callable
from pathlib import Path

import pytest

from hub.errors import HubError, UsageError
from hub.proof.checkpoint import Checkpoint, LeafProof, read_checkpoint, read_leaf_proof
from hub.proof.files import make_key, read_key
from hub.proof.hashing import EMPTY_ROOT, leaf_hash
from hub.proof.note import COSIGNED, SIGNED, Note, SigningKey, read_note, read_signing_key, read_verifier_key
from hub.proof.tree import Leaf, Tree
from tests.tlog_go import GoTlog

TEXT = Checkpoint("mash-hub/test", 7, leaf_hash(b"root")).text
# The example of golang.org/x/mod/sumdb/note.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = """If you think cryptography is the answer to your problem,
then you don't know what your problem is.

— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
"""


@pytest.fixture
def key() -> SigningKey:
    return SigningKey.new("mash-hub/test", SIGNED)


def signed(key: SigningKey, text: str = TEXT) -> Note:
    return Note(text, (key.line(text),))


class TestNotes:
    def test_go_opens_what_we_sign(self, key: SigningKey, go_tlog: GoTlog) -> None:
        go_tlog.accepts([{"op": "note", "key": str(key.verifier), "note": str(signed(key))}])

    def test_we_open_what_go_signs(self) -> None:
        read_note(GO_NOTE).verify(read_verifier_key(GO_KEY))

    def test_other_signatures_are_passed_over(self, key: SigningKey, go_tlog: GoTlog) -> None:
        other = SigningKey.new("w.example", COSIGNED)
        note = read_note(str(Note(TEXT, (other.line(TEXT, 1_679_315_147), key.line(TEXT)))))
        note.verify(key.verifier)
        note.verify(other.verifier)
        go_tlog.accepts([{"op": "note", "key": str(key.verifier), "note": str(note)}])

    @pytest.mark.parametrize("kind", [SIGNED, COSIGNED])
    def test_another_text_is_not_signed(self, kind: int) -> None:
        key = SigningKey.new("mash-hub/test", kind)
        note = Note(TEXT.replace("7", "8"), (key.line(TEXT, 5),))
        with pytest.raises(HubError, match="does not hold"):
            note.verify(key.verifier)

    def test_a_cosignature_states_its_moment(self) -> None:
        key = SigningKey.new("w.example", COSIGNED)
        assert key.line(TEXT, 5) != key.line(TEXT, 6)

    def test_an_unknown_key_is_not_believed(self, key: SigningKey) -> None:
        with pytest.raises(HubError, match="not signed by"):
            signed(key).verify(SigningKey.new("mash-hub/test", SIGNED).verifier)

    @pytest.mark.parametrize("content", ["", "a\n", "a\n\n", "a\n\nb\n", "a\n\n— k !\n", "a\x01\n\n— k AAAAAAAA\n"])
    def test_rubbish_is_refused(self, content: str) -> None:
        with pytest.raises(HubError, match="damaged"):
            read_note(content)

    def test_every_flipped_byte_is_found(self, key: SigningKey) -> None:
        content = bytearray(str(signed(key)).encode())
        for at in range(len(content)):
            for bit in (1, 0x80):
                content[at] ^= bit
                with pytest.raises(HubError):
                    read_note(content.decode("utf-8", "replace")).verify(key.verifier)
                content[at] ^= bit
        read_note(content.decode()).verify(key.verifier)


class TestKeys:
    def test_both_halves_are_read_back(self, key: SigningKey) -> None:
        assert read_signing_key(key.encoded()) == key
        assert read_verifier_key(str(key.verifier)) == key.verifier

    @pytest.mark.parametrize("text", ["", "a", "a+b+c", GO_KEY[:-4], GO_KEY.replace("c74f", "c74e"), f"x{GO_KEY}"])
    def test_rubbish_is_refused(self, text: str) -> None:
        with pytest.raises(UsageError):
            read_verifier_key(text)

    def test_a_name_has_no_space_and_no_plus(self) -> None:
        for name in ("", "a b", "a+b", "a\u00a0b", "a\n"):
            with pytest.raises(UsageError):
                SigningKey.new(name, SIGNED)

    def test_a_file_that_others_may_read_is_refused(self, tmp_path: Path) -> None:
        made = make_key(tmp_path / "key", "mash-hub/test", SIGNED)
        assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
        assert make_key(tmp_path / "key", "another", SIGNED) == made
        (tmp_path / "key").chmod(0o640)
        with pytest.raises(UsageError, match="chmod 600"):
            read_key(tmp_path / "key")


class TestKeptProofs:
    @pytest.fixture
    def proof(self, tmp_path: Path, key: SigningKey) -> LeafProof:
        tree = Tree(tmp_path)
        with tree.growing():
            tree.append([Leaf(index + 1, leaf_hash(b"%d" % index)) for index in range(300)])
        note = signed(key, Checkpoint(key.name, 300, tree.root()).text)
        return LeafProof(200, tuple(tree.inclusion(200, 300)), note)

    def test_is_read_back_and_holds(self, proof: LeafProof, key: SigningKey) -> None:
        again = read_leaf_proof(str(proof))
        assert again == proof
        assert again.verify(leaf_hash(b"200"), key.verifier).size == 300

    def test_may_bring_extra_data(self, proof: LeafProof) -> None:
        lines = str(proof).split("\n")
        assert read_leaf_proof("\n".join([lines[0], "extra AAAA", *lines[1:]])) == proof

    @pytest.mark.parametrize(
        "change",
        [
            lambda text: text.replace("index 200", "index 201"),
            lambda text: text.replace("index 200", "index 0200"),
            lambda text: text.replace("@v1", "@v2"),
            lambda text: text.replace("\n300\n", "\n301\n"),
            lambda text: text.replace("mash-hub/test\n", "mash-hub/tess\n"),
        ],
        ids=["index", "zeroes", "version", "size", "log"],
    )
    def test_a_changed_one_does_not_hold(self, proof: LeafProof, key: SigningKey, change: Callable[[str], str]) -> None:
        with pytest.raises(HubError):
            read_leaf_proof(change(str(proof))).verify(leaf_hash(b"200"), key.verifier)

    def test_every_flipped_byte_is_found(self, proof: LeafProof, key: SigningKey) -> None:
        content = bytearray(str(proof).encode())
        for at in range(len(content)):
            content[at] ^= 1
            with pytest.raises(HubError):
                read_leaf_proof(content.decode("utf-8", "replace")).verify(leaf_hash(b"200"), key.verifier)
            content[at] ^= 1

    def test_another_leaf_is_not_proved(self, proof: LeafProof, key: SigningKey) -> None:
        with pytest.raises(HubError, match="not in the tree"):
            proof.verify(leaf_hash(b"201"), key.verifier)


def test_a_checkpoint_is_read_back() -> None:
    assert read_checkpoint(
        Note("a.example/log\n0\n" + Checkpoint("", 0, EMPTY_ROOT).text.split("\n")[2] + "\n", ())
    ) == (Checkpoint("a.example/log", 0, EMPTY_ROOT))


@pytest.mark.parametrize("text", ["a\n1\n", "a\n01\nAAAA\n", "a\n1\nAAAA\n", "a\n-1\nAAAA\n", "a\n\n1\n"])
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(HubError, match="damaged"):
        read_checkpoint(Note(text, ()))
