"""An evidence bundle: its manifest, signed by the log's key, and its verification without hub, database or settings.

The bundle's members and every step of the verification are described in `docs/proof.md`; `verify_bundle.py`, which each
bundle carries, takes the same steps from nothing of ours.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final
from uuid import UUID

from hub.errors import HubError
from hub.proof.archive import pack, refuse_member, unpack
from hub.proof.checkpoint import read_checkpoint, read_leaf_proof
from hub.proof.hashing import leaf_hash
from hub.proof.leaf import read_row
from hub.proof.note import Note, SigningKey, VerifierKey, read_note, read_verifier_key

TITLE: Final = "mash-hub evidence bundle v1"
MANIFEST: Final = "manifest"
VERIFIER: Final = "verify_bundle.py"
_COMMITMENTS_AT: Final = 18
_HASH: Final = 32


@dataclass(frozen=True, slots=True)
class VerifiedBundle:
    """What a bundle proves."""

    decision: UUID
    at: str
    items: int
    rows: int
    openings: int
    size: int
    log: str
    cosigned_by: tuple[str, ...]
    quorum: int


def sealed_bundle(decision: UUID, members: Mapping[str, bytes], key: SigningKey) -> bytes:
    """Return the archive of a bundle's members, with the program that verifies them and the manifest, signed."""
    carried = (files("hub.proof") / VERIFIER).read_bytes()
    ordered = dict(sorted({**members, VERIFIER: carried}.items()))
    lines = [f"{hashlib.sha256(content).hexdigest()} {name}\n" for name, content in ordered.items()]
    text = f"{TITLE}\ndecision {decision}\n{''.join(lines)}"
    return pack({MANIFEST: str(Note(text, (key.line(text),))).encode(), **ordered})


def verify_bundle(raw: bytes, key: VerifierKey | None = None) -> VerifiedBundle:
    """Return what a bundle proves; raises `HubError`, naming the member at fault.

    Without the log's key it is held against the one that it brings along.
    """
    members = unpack(raw)
    try:
        return _verified(members, key)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise HubError(
            "The bundle cannot be read: it is not as this release writes it.", code="bundle-damaged"
        ) from error


def _verified(members: Mapping[str, bytes], key: VerifierKey | None) -> VerifiedBundle:
    log = key or _key_brought_along(members)
    decision = _check_manifest(members, log)
    keys = json.loads(members["keys.json"])
    bundle = json.loads(members["bundle.json"])
    note = _signed(members, "checkpoint", log)
    checkpoint = read_checkpoint(note)
    cosigned = [each for each in map(read_verifier_key, keys["witnesses"]) if note.line_of(each) is not None]
    held = {event: _commitments(members, event, log, str(note)) for event in _events(members)}
    opened = _check_openings(bundle["openings"], held)
    shown = opened[str(decision), "shown", "decision"]
    if shown["id"] != str(decision):
        refuse_member("bundle.json", "its decision is another's")
    _check_items(members, bundle["items"], shown)
    _check_records(members, bundle["items"], opened)
    if bundle["policy"] is not None:
        _check_policy(members, opened[bundle["policy"], "fact", "body"], shown["policy_version"])
    _check_law(members)
    return VerifiedBundle(
        decision, shown["at"], len(bundle["items"]), len(held), len(opened), checkpoint.size, log.name,
        tuple(each.name for each in cosigned), int(keys["quorum"]),
    )  # fmt: skip


def _key_brought_along(members: Mapping[str, bytes]) -> VerifierKey:
    try:
        return read_verifier_key(json.loads(members["keys.json"])["log"])
    except (HubError, ValueError, LookupError, TypeError):
        refuse_member("keys.json", "there is no key of a log in it")


def _signed(members: Mapping[str, bytes], name: str, log: VerifierKey) -> Note:
    try:
        note = read_note(members[name].decode())
        note.verify(log)
    except (HubError, UnicodeDecodeError, KeyError):
        refuse_member(name, f"it is not as {log.name} signed it, or is missing")
    return note


def _check_manifest(members: Mapping[str, bytes], log: VerifierKey) -> UUID:
    title, decision, *lines = _signed(members, MANIFEST, log).text.splitlines()
    if title != TITLE:
        refuse_member(MANIFEST, "this release knows no such bundle")
    listed = {name: digest for digest, _, name in (line.partition(" ") for line in lines)}
    for name in sorted(listed.keys() | members.keys() - {MANIFEST}):
        if listed.get(name) != hashlib.sha256(members.get(name, b"")).hexdigest():
            refuse_member(name, "it is not what the manifest lists")
    return UUID(decision.removeprefix("decision "))


def _events(members: Mapping[str, bytes]) -> Iterator[str]:
    for name in members:
        if name.startswith("leaves/") and name.endswith(".leaf"):
            yield name.removeprefix("leaves/").removesuffix(".leaf")


def _commitments(members: Mapping[str, bytes], event: str, log: VerifierKey, note: str) -> set[bytes]:
    """Return the commitments in an event's row, which is in the tree of the bundle's checkpoint."""
    name = f"leaves/{event}.leaf"
    try:
        proof = read_leaf_proof(members[f"leaves/{event}.tlog-proof"].decode())
        proof.verify(leaf_hash(members[name]), log)
        row = read_row(members[name])
    except HubError as error:
        refuse_member(name, error.message)
    if row.event != event or str(proof.note) != note:
        refuse_member(name, "it is another event's, or its proof is to another checkpoint")
    data = row.data[_COMMITMENTS_AT:]
    count = int.from_bytes(row.data[_COMMITMENTS_AT - 2 : _COMMITMENTS_AT])
    return {data[at : at + _HASH] for at in range(0, count * _HASH, _HASH)}


def _check_openings(openings: list[dict[str, str]], held: Mapping[str, set[bytes]]) -> dict[tuple[str, str, str], Any]:
    opened: dict[tuple[str, str, str], Any] = {}
    for each in openings:
        named = f"{each['part']}/{each['section']}\0{each['value']}"
        made = hashlib.sha256(bytes.fromhex(each["salt"]) + named.encode()).digest()
        if made.hex() != each["commitment"] or made not in held.get(each["event"], set()):
            refuse_member("bundle.json", f"the row of event {each['event']} does not commit to what is opened")
        opened[each["event"], each["part"], each["section"]] = json.loads(each["value"])
    return opened


def _check_items(members: Mapping[str, bytes], items: list[dict[str, Any]], shown: Mapping[str, Any]) -> None:
    hashes = [hashlib.sha256(members[each["file"]]).hexdigest() for each in items]
    ids = [json.loads(members[each["file"]])["id"] for each in items]
    recorded = [(each["id"], each["hash"]) for each in shown["shown"]]
    for each, is_now, was in zip(items, zip(ids, hashes, strict=True), recorded, strict=False):
        if is_now != was:
            refuse_member(each["file"], "it is not what the record says was shown")
    whole = hashlib.sha256("".join(hashes).encode()).hexdigest()
    if len(items) != len(recorded) or whole != shown["answer_hash"]:
        refuse_member("bundle.json", "its items are not those of the recorded answer")


def _check_records(
    members: Mapping[str, bytes], items: list[dict[str, Any]], opened: Mapping[tuple[str, str, str], Any]
) -> None:
    """Hold what an item says against what its record in the log says, where that was opened."""
    for each in items:
        facets = json.loads(members[each["file"]])["facets"]
        records = {name: opened.get((each["event"], "child", name)) for name in ("what", "narrative", "voice")}
        pairs = [
            (section.get("type") if name == "what" else section.get("text") if name == "narrative" else section,
             facets[name]["type"] if name == "what" else facets[name])
            for name, section in records.items() if section is not None
        ]  # fmt: skip
        if any((record or None) != (told or None) for record, told in pairs):
            refuse_member(each["file"], "it does not say what the record in the log says")


def _check_policy(members: Mapping[str, bytes], fact: Mapping[str, Any], version: str) -> None:
    text = fact["text"]
    canonical = json.dumps(text, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    if {hashlib.sha256(canonical.encode()).hexdigest(), fact["version"]} != {version}:
        refuse_member("bundle.json", "the policy's text is not that of the version that decided")
    for name, content in policy_files(text).items():
        if members[name] != content:
            refuse_member(name, "it is not the text in the log")


def policy_files(text: Mapping[str, Any]) -> dict[str, bytes]:
    """Return the files in which a bundle holds a policy's text for reading."""
    named = {**text["rules"], "hub.cedarschema": text["schema"]}
    return {f"policy/{name}": content.encode() for name, content in named.items()}


def _check_law(members: Mapping[str, bytes]) -> None:
    items = [json.loads(content) for name, content in members.items() if name.startswith("items/")]
    if json.loads(members["law.json"]) != law_cited(items):
        refuse_member("law.json", "it is not what the items' rules cite")


def law_cited(items: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Return the rules named with some items, each with its authority and its sentence."""
    rules = {rule["id"]: rule for item in items for rule in item["rules"]}
    return [rules[each] for each in sorted(rules)]
