"""Evidence bundles: a response or an incident, and everything that proves it to somebody who has nothing else.

An in-toto statement in a DSSE envelope. It holds the response's entries as they were recorded, what opens the
commitments in their leaves, the proofs that these leaves are in the log, a signed checkpoint of it, and the keys. Every
word of it is checked against the checkpoint; the envelope's signature says who handed it over.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, cast

from gateway.domain.digests import digest
from gateway.domain.errors import NotFound
from gateway.domain.json import JSON, Object
from gateway.lineage import disclosing
from gateway.lineage.checkpoints import Checkpoint
from gateway.lineage.disclosing import Entry
from gateway.lineage.evidence import commitment, salt
from gateway.lineage.merkle import Inclusion, includes, leaf_hash
from gateway.lineage.notes import Note, Signer, VerifierKey
from gateway.lineage.proofs import Nodes, inclusion_proof

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATES = {"response": "urn:lineward:response:v1", "incident": "urn:lineward:incident:v1"}
"""What a bundle is of, and how the statement says so."""


class Log(Nodes, Protocol):
    """Where bundles are made from."""

    def checkpoint(self, size: int | None = None) -> Note:
        """Return the newest checkpoint."""

    def keys(self) -> Sequence[VerifierKey]:
        """Return the keys that ever signed."""

    def places(self, id: str, tenant: str | None) -> Sequence[int]:
        """Return where the events of a response stand."""

    def entry(self, index: int) -> Entry:
        """Return the entry at *index*."""

    def texts(self, digests: Sequence[str], tenant: str) -> Mapping[str, str]:
        """Return those texts that are kept."""


_UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError)
"""What comes of taking JSON that anybody may have written for something else than it is."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a bundle holds, before anything of it was believed."""

    id: str
    """Of the response or incident."""
    entries: Sequence[tuple[Entry, Inclusion]]
    texts: Mapping[str, str]
    checkpoint: Note
    keys: Sequence[VerifierKey]
    kind: str = "response"


@dataclass(slots=True)
class Examination:
    """What became of checking a bundle."""

    id: str = ""
    kind: str = "response"
    entries: list[Entry] = field(default_factory=list)
    """Those that are proved."""
    checkpoint: Checkpoint | None = None
    key: VerifierKey | None = None
    """Who signed the checkpoint."""
    problems: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    """What is no fault, but should be known."""


def gather(log: Log, id: str, tenant: str | None) -> Bundle:
    """Return the evidence for response *id* of *tenant*.

    Raises `NotFound`, or `LineageUnavailable` if what is needed is damaged.
    """
    places = log.places(id, tenant)
    if not places:
        raise NotFound(f"No response {id!r} is recorded here.", code="response_not_found")
    owner = str(_object(json.loads(log.entry(places[0]).leaf)).get("tenant", ""))
    return gather_entries(log, "response", id, places, owner)


def gather_entries(
    log: Log,
    kind: str,
    id: str,
    places: Sequence[int],
    owner: str,
    show: Callable[[Entry], Entry] = lambda entry: entry,
) -> Bundle:
    """Return the evidence in the entries at *places*, which belong to *owner*, for the *kind* of that *id*.

    *show* returns what is shown of an entry. Raises `LineageUnavailable` if what is needed is damaged.
    """
    checkpoint = log.checkpoint()
    size = Checkpoint.parse(checkpoint.text).head.size
    entries = [(show(log.entry(place)), inclusion_proof(log, place, size)) for place in places]
    named = [name for entry, _ in entries for name in _named(entry)]
    return Bundle(id, entries, log.texts(list(dict.fromkeys(named)), owner), checkpoint, log.keys(), kind)


def sealed(bundle: Bundle, signer: Signer | None) -> bytes:
    """Return *bundle* as an envelope that *signer* signs."""
    subject: list[JSON] = [
        {"name": _name(bundle, entry), "digest": {"sha256": leaf_hash(entry.leaf).hex()}} for entry, _ in bundle.entries
    ]
    predicate: Object = {
        "id": bundle.id,
        "checkpoint": str(bundle.checkpoint),
        "keys": [str(key) for key in bundle.keys],
        "entries": [_told(entry, proof) for entry, proof in bundle.entries],
        "texts": dict(bundle.texts),
    }
    statement: Object = {"_type": STATEMENT, "subject": subject, "predicateType": PREDICATES[bundle.kind]}
    statement["predicate"] = predicate
    payload = json.dumps(statement, separators=(",", ":")).encode("ascii")
    signatures: list[JSON] = []
    if signer is not None:
        signature = b64encode(signer.sign(_authenticated(payload))).decode()
        signatures.append({"keyid": str(signer.key), "sig": signature})
    envelope = {"payloadType": PAYLOAD_TYPE, "payload": b64encode(payload).decode(), "signatures": signatures}
    return json.dumps(envelope).encode("ascii")


def _name(bundle: Bundle, entry: Entry) -> str:
    return f"{bundle.kind}/{bundle.id}/{entry.type}" + (f"/{entry.index}" if bundle.kind == "incident" else "")


def verify_sealed(
    data: bytes, trusted: Sequence[VerifierKey] = (), step: Callable[[int, int], None] = lambda done, of: None
) -> Examination:
    """Return what is right and wrong with the envelope *data*; nothing but *data* is looked at.

    Without *trusted* keys those that it brings along are believed. *step* is told how many entries are done, of how
    many.
    """
    try:
        payload, signatures, bundle = _opened(data)
        examination = examine(bundle, trusted, step)
    except _UNREADABLE:
        return Examination(problems=["this is no evidence bundle, or it was cut short or altered"])
    keys = trusted or bundle.keys
    if not any(key.verifies(signature, _authenticated(payload)) for key in keys for signature in signatures):
        examination.problems.append("nobody whose key is known signed this bundle as it is")
    return examination


def examine(
    bundle: Bundle, trusted: Sequence[VerifierKey] = (), step: Callable[[int, int], None] = lambda done, of: None
) -> Examination:
    """Return what is right and wrong with *bundle*; see `verify_sealed`."""
    examination = Examination(bundle.id, bundle.kind)
    try:
        checkpoint = examination.checkpoint = Checkpoint.parse(bundle.checkpoint.text)
    except ValueError as exc:
        examination.problems.append(f"the checkpoint cannot be read: {exc}")
        return examination
    keys = trusted or bundle.keys
    examination.key = next((key for key in keys if bundle.checkpoint.signed_by(key)), None)
    if examination.key is None and (bundle.checkpoint.signatures or trusted):
        examination.problems.append("the checkpoint is not signed by a key that is known")
    elif examination.key is None:
        examination.remarks.append("the checkpoint is unsigned: this proves that the parts fit, not whose they are")
    items = _items(bundle)
    for number, (entry, proof) in enumerate(bundle.entries, 1):
        step(number, len(bundle.entries))
        problems = list(_entry_problems(bundle, items, entry, proof, checkpoint))
        examination.problems += problems
        if not problems:
            examination.entries.append(entry)
        if entry.part:
            examination.remarks.append(_held_back(entry))
        elif entry.secret is None:
            examination.remarks.append(f"entry {entry.index}: the secret was erased; nothing proves its content now")
    if not any(entry.type == "incident" or bundle.kind == "response" for entry, _ in bundle.entries):
        examination.problems.append("it has no entries of what it is about")
    examination.problems += _text_problems(bundle)
    return examination


def _held_back(entry: Entry) -> str:
    return (
        f"entry {entry.index}: of this {entry.type} the part that is about an item is shown, and the rest held back"
        + ("; what document its chunk is of is said and not proved" if entry.part and entry.part.opened else "")
    )


def _items(bundle: Bundle) -> frozenset[str]:
    """What *bundle* is about, by kind and id: its response, or what the steps of its incident name."""
    if bundle.kind == "response":
        return frozenset({f"response/{bundle.id}"})
    steps = [_object(json.loads(entry.detail)) for entry, _ in bundle.entries if entry.type == "incident"]
    return frozenset(item for step in steps for item in cast(list[str], step.get("items", [])))


def _belongs(bundle: Bundle, items: frozenset[str], entry: Entry, leaf: Object) -> bool:
    """Whether the leaf is what the entry says that it is, and of something that *bundle* is about."""
    if leaf.get("type") != entry.type:
        return False
    if f"response/{leaf.get('run')}" in items:
        return True
    if bundle.kind == "response":
        return False
    if entry.type in ("intent", "outcome", "traced"):
        # A request may have brought in a document or chunk that the incident is about. Once its secret was erased
        # nothing proves what it brought in.
        return not (entry.secret or (entry.part and entry.part.opened)) or not items.isdisjoint(entry.items)
    return entry.type != "incident" or leaf.get("run") == bundle.id


def _entry_problems(
    bundle: Bundle, items: frozenset[str], entry: Entry, proof: Inclusion, checkpoint: Checkpoint
) -> Iterator[str]:
    head = checkpoint.head
    if (proof.index, proof.size) != (entry.index, head.size) or not includes(proof, leaf_hash(entry.leaf), head.root):
        yield f"entry {entry.index}: its leaf is not in the log that the checkpoint is of"
    leaf = _object(json.loads(entry.leaf))
    if not _belongs(bundle, items, entry, leaf):
        yield f"entry {entry.index}: it belongs to another {bundle.kind}, or is of another type"
    if entry.part:
        yield from disclosing.problems(entry, entry.part)
    if entry.secret is None:
        return
    commit = _object(leaf.get("commit"))
    for name, data in (("detail", entry.detail), ("catalogue", entry.catalogue)):
        if (data or name in commit) and commit.get(name) != _commitment(entry.secret, name, data):
            yield f"entry {entry.index}: its {name} is not what the leaf committed to"


def _text_problems(bundle: Bundle) -> Iterator[str]:
    named = {name for entry, _ in bundle.entries for name in _named(entry)}
    for name, text in bundle.texts.items():
        if digest(text) != name:
            yield f"the text {name} has another digest"
        elif name not in named:
            yield f"the text {name} is not one that the response speaks of"


def _commitment(secret: bytes, name: str, data: bytes) -> str:
    return commitment(salt(secret, name.encode()), name.encode(), data)


def _named(entry: Entry) -> Iterator[str]:
    """Yield the digests of the texts that *entry* speaks of."""
    yield from cast(list[str], _object(json.loads(entry.detail)).get("content", []))
    yield from entry.chunks


def _told(entry: Entry, proof: Inclusion) -> Object:
    part = {} if entry.part is None else {"part": disclosing.told(entry.part)}
    return part | {
        "index": entry.index,
        "type": entry.type,
        "leaf": entry.leaf.decode(),
        "detail": entry.detail.decode(),
        "catalogue": entry.catalogue.decode(),
        "secret": None if entry.secret is None else entry.secret.hex(),
        "size": proof.size,
        "path": [node.hex() for node in proof.path],
    }


def _opened(data: bytes) -> tuple[bytes, list[bytes], Bundle]:
    envelope = _object(json.loads(data))
    if envelope["payloadType"] != PAYLOAD_TYPE:
        raise ValueError("another payload")
    payload = b64decode(str(envelope["payload"]), validate=True)
    signatures = [b64decode(str(one["sig"]), validate=True) for one in cast(list[Object], envelope["signatures"])]
    statement = _object(json.loads(payload))
    kind = next((kind for kind, name in PREDICATES.items() if name == statement["predicateType"]), "")
    if statement["_type"] != STATEMENT or not kind:
        raise ValueError("another statement")
    held = _object(statement["predicate"])
    entries = [_entry(told) for told in cast(list[Object], held["entries"])]
    texts = {name: str(text) for name, text in _object(held["texts"]).items()}
    keys = [VerifierKey.parse(key) for key in cast(list[str], held["keys"])]
    return payload, signatures, Bundle(str(held["id"]), entries, texts, Note.parse(str(held["checkpoint"])), keys, kind)


def _entry(told: Object) -> tuple[Entry, Inclusion]:
    index, secret = int(cast(int, told["index"])), told["secret"]
    entry = Entry(
        index=index,
        type=str(told["type"]),
        leaf=str(told["leaf"]).encode(),
        detail=str(told["detail"]).encode(),
        catalogue=str(told["catalogue"]).encode(),
        secret=None if secret is None else bytes.fromhex(str(secret)),
        part=disclosing.read(told.get("part")),
    )
    _object(json.loads(entry.leaf)), _object(json.loads(entry.detail))
    path = tuple(bytes.fromhex(node) for node in cast(list[str], told["path"]))
    return entry, Inclusion(index, int(cast(int, told["size"])), path)


def _authenticated(payload: bytes) -> bytes:
    """Return what DSSE signs: the pre-authentication encoding of *payload* and its type."""
    kind = PAYLOAD_TYPE.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def _object(value: JSON) -> Object:
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")
    return value
