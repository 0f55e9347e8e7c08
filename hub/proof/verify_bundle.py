"""Verify an evidence bundle of a mash-hub with Python's standard library and `cryptography`, and nothing of the hub's.

    python -I verify_bundle.py BUNDLE.zip [LOG-KEY]

LOG-KEY is the verifier key that the partnership, or better one of its witnesses, handed out; without it the bundle is
held against the key that it brings along, which shows that it is one piece, not whose. Ends with status 0 and what was
proved, or with 1 and the first fault, by the name of the member that it is in. The steps are numbered below.
"""

import base64
import hashlib
import json
import struct
import sys
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

TITLE = "mash-hub evidence bundle v1"
SAME = (("narrative", (), "narrative", ("text",)), ("voice", (), "voice", ()), ("what", ("type",), "what", ("type",)))


class WrongError(Exception):
    """What is wrong, and in which member."""


def wrong(member: str, message: str) -> NoReturn:
    """Raise the error for a member."""
    raise WrongError(f"{member}: {message}")


def members_of(raw: bytes) -> dict[str, bytes]:
    """Step 1: take the archive apart; it is stored, undated and in order, so every byte of it has one right value."""
    found: dict[str, bytes] = {}
    directory, at, last = b"", 0, "the beginning"
    while raw[at : at + 4] == b"PK\3\4":
        if len(raw) < at + 30:
            wrong(f"after {last}", "the archive ends too early")
        size, _, length, _ = struct.unpack_from("<2L2H", raw, at + 18)
        name_bytes, content = raw[at + 30 : at + 30 + length], raw[at + 30 + length : at + 30 + length + size]
        name = name_bytes.decode("ascii", "replace")
        last_fields = struct.pack("<3L2H", zlib.crc32(content), len(content), len(content), len(name_bytes), 0)
        right = b"PK\3\4" + struct.pack("<5H", 20, 0, 0, 0, 33) + last_fields
        if raw[at : at + 30] != right or name in found or not name:
            wrong(name if name.isprintable() else f"after {last}", "its entry in the archive is not as it was written")
        directory += b"PK\1\2" + struct.pack("<6H", 0x0314, 20, 0, 0, 0, 33) + last_fields
        directory += struct.pack("<3H2L", 0, 0, 0, 0o100644 << 16, at) + name_bytes
        found[name], last, at = content, name, at + 30 + length + size
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, len(found), len(found), len(directory), at, 0)
    if raw[at:] != directory + end:
        wrong(f"after {last}", "the archive's directory is not as it was written")
    return found


def read_key(text: str) -> tuple[str, bytes]:
    """Return the name and the bytes (type, then public key) of a signed note's verifier key."""
    name, _, rest = text.strip().partition("+")
    key_id, _, encoded = rest.partition("+")
    key = base64.b64decode(encoded, validate=True)
    if hashlib.sha256(name.encode() + b"\n" + key).hexdigest()[:8] != key_id or len(key) != 33:
        wrong("keys.json", "a key is none of a signed note")
    return name, key


def signed_by(member: str, note: str, key_text: str) -> bool:
    """Say whether a key signs a note; a signature of that key which does not hold is a fault, not a missing one."""
    name, key = read_key(key_text)
    text, _, lines = note.rpartition("\n\n")
    text += "\n"
    if not lines.endswith("\n"):
        wrong(member, "it does not end as a note does")
    for line in lines[:-1].split("\n"):
        encoded = line.rpartition(" ")[2]
        signature = base64.b64decode(encoded, validate=True)
        if base64.b64encode(signature).decode() != encoded or not line.startswith("\u2014 "):
            wrong(member, "a line of it is no signature")
        if line != f"\u2014 {name} {encoded}":
            continue
        if signature[:4] != hashlib.sha256(name.encode() + b"\n" + key).digest()[:4]:
            continue
        at = int.from_bytes(signature[4:12], "big")
        said = f"cosignature/v1\ntime {at}\n{text}" if key[0] == 4 else text
        try:
            Ed25519PublicKey.from_public_bytes(key[1:]).verify(signature[12 if key[0] == 4 else 4 :], said.encode())
        except InvalidSignature:
            wrong(member, f"the signature of {name} does not hold")
        return True
    return False


def check_manifest(members: Mapping[str, bytes], log_key: str) -> str:
    """Step 2: the manifest is signed by the log's key and lists each member with its hash; return the decision's id."""
    note = members["manifest"].decode()
    if not signed_by("manifest", note, log_key):
        wrong("manifest", "the log's key does not sign it")
    title, decision, *lines = note.partition("\n\n")[0].split("\n")
    listed = {name: digest for digest, _, name in (line.partition(" ") for line in lines)}
    if title != TITLE:
        wrong("manifest", "this is no evidence bundle that this program knows")
    for name in sorted(listed.keys() | (members.keys() - {"manifest"})):
        if name not in members:
            wrong(name, "it is missing from the bundle")
        if listed.get(name) != hashlib.sha256(members[name]).hexdigest():
            wrong(name, "it is not what the manifest lists")
    return decision.removeprefix("decision ")


def check_checkpoint(
    members: Mapping[str, bytes], log_key: str, keys: Mapping[str, Any]
) -> tuple[int, bytes, list[str]]:
    """Step 3: the checkpoint is the log's; return its size, its root, and which witnesses cosigned it."""
    note = members["checkpoint"].decode()
    if not signed_by("checkpoint", note, log_key):
        wrong("checkpoint", "the log's key does not sign it")
    origin, size, root = note.split("\n")[:3]
    if origin != read_key(log_key)[0]:
        wrong("checkpoint", "it is another log's")
    cosigned = [read_key(each)[0] for each in keys["witnesses"] if signed_by("checkpoint", note, each)]
    return int(size), base64.b64decode(root), cosigned


def check_inclusion(member: str, leaf: bytes, proof: str, note: str, size: int, root: bytes) -> None:
    """Step 4: a leaf is in the checkpoint's tree (RFC 9162, 2.1.3.2)."""
    head, _, carried = proof.partition("\n\n")
    title, index_line, *hashes = head.split("\n")
    if title != "c2sp.org/tlog-proof@v1" or carried != note:
        wrong(member, "its proof is not one to the bundle's checkpoint")
    index, last = int(index_line.removeprefix("index ")), size - 1
    found = hashlib.sha256(b"\0" + leaf).digest()
    if not 0 <= index <= last:
        wrong(member, "its proof is of a leaf that the tree does not have")
    for sibling in map(base64.b64decode, hashes):
        if last == 0:
            wrong(member, "its proof is longer than the tree is high")
        if index & 1 or index == last:
            found = hashlib.sha256(b"\1" + sibling + found).digest()
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            found = hashlib.sha256(b"\1" + found + sibling).digest()
        index, last = index >> 1, last >> 1
    if last != 0 or found != root:
        wrong(member, "it is not in the tree of the checkpoint")


def row_of(member: str, leaf: bytes) -> tuple[list[str], set[bytes]]:
    """Return the tags of a leaf's row, and the commitments in it."""
    magic, kind, _, type_length = struct.unpack_from(">8sBqH", leaf)
    at = 19 + type_length
    _, tags_length = struct.unpack_from(">HI", leaf, at)
    tags = leaf[at + 6 : at + 6 + tags_length].decode().split("\n")
    data = leaf[at + 10 + tags_length :]
    if magic != b"MASHLEAF" or kind != 1 or data[:4] != b"MASH":
        wrong(member, "it is no row of a log")
    count = int.from_bytes(data[16:18], "big")
    return tags, {data[18 + 32 * each : 50 + 32 * each] for each in range(count)}


def check_openings(openings: Sequence[Mapping[str, str]], held: Mapping[str, set[bytes]]) -> dict[tuple[str, ...], Any]:
    """Step 5: each value, with its salt, gives a commitment that is in its event's leaf; return the values."""
    opened: dict[tuple[str, ...], Any] = {}
    for each in openings:
        named = f"{each['part']}/{each['section']}"
        made = hashlib.sha256(bytes.fromhex(each["salt"]) + named.encode() + b"\0" + each["value"].encode()).digest()
        if made not in held.get(each["event"], set()) or made.hex() != each["commitment"]:
            wrong("bundle.json", f"the leaf of event {each['event']} does not commit to {named}")
        opened[each["event"], each["part"], each["section"]] = json.loads(each["value"])
    return opened


def check_items(
    members: Mapping[str, bytes],
    items: Sequence[Mapping[str, Any]],
    shown: Mapping[str, Any],
    opened: Mapping[Any, Any],
) -> None:
    """Step 6: the items are those of the recorded answer, in order, and say what their records say."""
    if len(items) != len(shown["shown"]):
        wrong("bundle.json", "it has more or fewer items than the recorded answer")
    for each, recorded in zip(items, shown["shown"], strict=True):
        content = members[each["file"]]
        item = json.loads(content)
        if hashlib.sha256(content).hexdigest() != recorded["hash"] or item["id"] != recorded["id"]:
            wrong(each["file"], "it is not what the record says was shown")
        for facet, inner, section, path in SAME if item["facets"] else ():
            record = opened.get((each["event"], "child", section))
            if record is not None and into(item["facets"].get(facet), inner) != into(record, path):
                wrong(each["file"], f"its facet {facet} is not what the record in the log says")
    if hashlib.sha256("".join(each["hash"] for each in shown["shown"]).encode()).hexdigest() != shown["answer_hash"]:
        wrong("bundle.json", "the recorded hash of the answer is not that of its items")


def into(value: Any, path: Sequence[str]) -> Any:
    """Return what stands at a path in a value, None for nothing."""
    for name in path:
        value = (value or {}).get(name)
    return value or None


def check_policy(members: Mapping[str, bytes], fact: Mapping[str, Any], version: str) -> None:
    """Step 7: the policy's text hashes to the version that decided, and the files are that text."""
    text = json.dumps(fact["text"], ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    if not hashlib.sha256(text.encode()).hexdigest() == fact["version"] == version:
        wrong("bundle.json", "the policy's text is not that of the version that decided")
    for name, content in {**fact["text"]["rules"], "hub.cedarschema": fact["text"]["schema"]}.items():
        if members[f"policy/{name}"] != content.encode():
            wrong(f"policy/{name}", "it is not the text in the log")


def check_law(members: Mapping[str, bytes]) -> None:
    """Step 8: the law cited is that of the rules named with the items."""
    files = (content for name, content in members.items() if name.startswith("items/"))
    rules = {rule["id"]: rule for content in files for rule in json.loads(content)["rules"]}
    if json.loads(members["law.json"]) != [rules[each] for each in sorted(rules)]:
        wrong("law.json", "it is not what the items' rules cite")


def verify(raw: bytes, log_key: str | None) -> list[str]:
    """Return what the bundle proves, a sentence each; raises WrongError."""
    members = members_of(raw)
    for name in ("manifest", "keys.json", "bundle.json", "checkpoint"):
        if name not in members:
            wrong(name, "it is missing from the bundle")
    try:
        log_key_used = log_key or json.loads(members["keys.json"])["log"]
        read_key(log_key_used)
    except (ValueError, LookupError, TypeError, AttributeError):
        wrong("LOG-KEY" if log_key else "keys.json", "this is no key of a log")
    try:
        decision = check_manifest(members, log_key_used)
    except ValueError:
        wrong("manifest", "it is not a signed note")
    keys = json.loads(members["keys.json"])
    bundle = json.loads(members["bundle.json"])
    size, root, cosigned = check_checkpoint(members, log_key_used, keys)
    held = {}
    for name in members:
        if name.startswith("leaves/") and name.endswith(".leaf"):
            event, proof = name[7:-5], members[f"{name[:-5]}.tlog-proof"].decode()
            check_inclusion(name, members[name], proof, members["checkpoint"].decode(), size, root)
            tags, held[event] = row_of(name, members[name])
            if f"event:{event}" not in tags:
                wrong(name, "its row is another event's")
    opened = check_openings(bundle["openings"], held)
    shown = opened[decision, "shown", "decision"]
    if shown["id"] != decision:
        wrong("bundle.json", "its decision is another's")
    check_items(members, bundle["items"], shown, opened)
    if bundle["policy"] is not None:
        check_policy(members, opened[bundle["policy"], "fact", "body"], shown["policy_version"])
    check_law(members)
    whose = "the key that was given" if log_key else "the key in the bundle: compare it with one from elsewhere"
    return [
        f"Decision {decision}: {len(bundle['items'])} items as they were shown at {shown['at']}.",
        f"{len(held)} rows are in the log's tree of {size} leaves; {len(opened)} sections open their commitments.",
        f"Signed by {read_key(log_key_used)[0]}, {whose}.",
        f"Cosigned by {', '.join(cosigned) or 'nobody'}; the partnership asks for {keys['quorum']}.",
    ]


def main(arguments: Sequence[str]) -> int:
    """Verify a file, say what came of it and return the exit status."""
    if len(arguments) not in {1, 2}:
        sys.stderr.write("verify_bundle.py BUNDLE.zip [LOG-KEY]\n")
        return 2
    try:
        told = verify(Path(arguments[0]).read_bytes(), arguments[1] if len(arguments) > 1 else None)
    except WrongError as error:
        sys.stderr.write(f"NOT PROVED. {error}\n")
    except (ValueError, LookupError, TypeError, AttributeError, OSError, struct.error) as error:
        sys.stderr.write(f"NOT PROVED. The bundle is damaged or cannot be read: {type(error).__name__}: {error}\n")
    else:
        sys.stdout.write("PROVED.\n" + "".join(f"{line}\n" for line in told))
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
