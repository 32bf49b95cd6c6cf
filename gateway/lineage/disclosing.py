"""What is shown of a request that brought in a document: the document's part in it, and not whose question it was.

Every field of an entry has a salt of its own in the leaf's commitments (evidence.py). So one chunk of a request can be
proved to have been in it, with its place, state and time, while question, person, findings and other documents stay
commitments that nobody can test a guess on.
"""

import json
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import cast

from gateway.domain.digests import Digest
from gateway.domain.json import JSON, Object
from gateway.lineage.evidence import commitment, salt

_CHUNK, _CATALOGUE = b"chunk", b"catalogue"

_NOTHING = b"{}"
"""A detail that is held back."""

PARTIAL = frozenset({"intent", "outcome", "traced"})
"""Types of entries that are about somebody's request."""


@dataclass(frozen=True, slots=True)
class Opened:
    """One chunk of a request, with what opens its commitment."""

    position: int
    """Among the chunks of the leaf."""
    chunk: Digest
    salt: bytes
    names: tuple[str, ...] = ()
    """Version and document that it is said to be of, as items. This is not proved."""


@dataclass(frozen=True, slots=True)
class Part:
    """What opens those commitments of an entry that are shown, where the others are held back."""

    opened: tuple[Opened, ...]
    catalogue: bytes | None = None
    """Salt of what the entry added to the catalogue, which proves what was new; `None` where others' was, too."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the log, with what opens its commitments."""

    index: int
    type: str
    leaf: bytes
    detail: bytes
    catalogue: bytes
    secret: bytes | None
    """`None` once it was erased, or where a part is shown: the leaf is proved all the same, but nothing else is."""
    part: Part | None = None

    @property
    def chunks(self) -> Iterator[str]:
        """The digests of the chunks that are told of."""
        if self.part:
            yield from (one.chunk for one in self.part.opened)
        else:
            yield from (str(edge.get("chunk")) for edge in _edges(self.detail))

    @property
    def items(self) -> Iterator[str]:
        """The items that it names as context of a response."""
        if self.part:
            for one in self.part.opened:
                yield from (f"chunk/{one.chunk}", *one.names)
        else:
            for edge in _edges(self.detail):
                yield from _names(edge)


def narrowed(entry: Entry, items: AbstractSet[str]) -> Entry:
    """Return of an *entry* about a request what concerns the documents, versions and chunks among *items*.

    Of an operator's look at the record nothing is shown but that it was, if it was at anything else, too: that may be
    another tenant's.
    """
    if entry.type == "access" and not _object(entry.leaf).get("tenant"):
        subjects = cast("list[str]", _object(entry.detail).get("subjects", []))
        return entry if items >= {*subjects} else _bare(entry)
    if entry.type not in PARTIAL:
        return entry
    edges = _edges(entry.detail)
    places = [at for at, edge in enumerate(edges) if not items.isdisjoint(_names(edge))]
    empty = replace(_bare(entry), part=None)
    if entry.secret is None:
        return empty
    committed = cast("list[Object]", _object(entry.leaf).get("chunks", []))
    opened = tuple(
        Opened(at, str(edges[at]["chunk"]), salt(entry.secret, _CHUNK, at), tuple([*_names(edges[at])][1:]))
        for at in places
        if at < len(committed)
    )
    if not entry.catalogue or not _only(entry.catalogue, [edges[at] for at in places], places):
        return replace(empty, part=Part(opened))
    return replace(empty, catalogue=entry.catalogue, part=Part(opened, salt(entry.secret, _CATALOGUE)))


def problems(entry: Entry, part: Part) -> Iterator[str]:
    """Yield what is wrong with the *part* that is shown of *entry*."""
    if entry.detail != _NOTHING or (entry.catalogue and part.catalogue is None):
        yield f"entry {entry.index}: more is shown of it than is proved"
    leaf = _object(entry.leaf)
    committed = cast("list[Object]", leaf.get("chunks", []))
    for one in part.opened:
        held = committed[one.position].get("c") if 0 <= one.position < len(committed) else None
        if held != commitment(one.salt, _CHUNK, one.chunk.encode("utf-8", "surrogatepass")):
            yield f"entry {entry.index}: the chunk {one.chunk} is not what the leaf committed to"
    if part.catalogue is not None:
        commit = cast(Object, leaf.get("commit"))
        if commit.get("catalogue") != commitment(part.catalogue, _CATALOGUE, entry.catalogue):
            yield f"entry {entry.index}: its catalogue is not what the leaf committed to"


def told(part: Part) -> Object:
    """Return *part* as JSON."""
    opened: list[JSON] = [
        {"position": one.position, "chunk": one.chunk, "salt": one.salt.hex(), "names": [*one.names]}
        for one in part.opened
    ]
    return {"opened": opened} | ({"catalogue": part.catalogue.hex()} if part.catalogue is not None else {})


def read(value: JSON) -> Part | None:
    """Return what `told` made *value* of. Raises `ValueError`, `KeyError` or `TypeError` for anything else."""
    if value is None:
        return None
    held = cast(Object, value)
    opened = tuple(
        Opened(
            int(cast(int, one["position"])),
            str(one["chunk"]),
            bytes.fromhex(str(one["salt"])),
            tuple(map(str, cast("list[str]", one["names"]))),
        )
        for one in cast("list[Object]", held["opened"])
    )
    return Part(opened, bytes.fromhex(str(held["catalogue"])) if "catalogue" in held else None)


def _bare(entry: Entry) -> Entry:
    """Return *entry* with nothing shown but its leaf."""
    return replace(entry, detail=_NOTHING, catalogue=b"", secret=None, part=Part(()))


def _only(catalogue: bytes, edges: Sequence[Object], places: Sequence[int]) -> bool:
    """Return whether *catalogue*, what an entry added to it, is about the documents of *edges*, at *places*, alone."""
    added = cast("dict[str, list[list[JSON]]]", json.loads(catalogue))
    known = {str(edge.get(name)) for edge in edges for name in ("document", "version", "chunk")}
    sources = [edge.get("source") for edge in edges]
    return (
        all(new[1:3] in sources for new in added.get("sources", ()))
        and all(new[2] in known for new in (*added.get("documents", ()), *added.get("versions", ())))
        and all(new[3] in known for new in added.get("chunks", ()))
        and all(new[0] in places for new in added.get("differing", ()))
    )


def _names(edge: Object) -> Iterator[str]:
    return (f"{kind}/{edge.get(kind)}" for kind in ("chunk", "version", "document"))


def _edges(detail: bytes) -> list[Object]:
    return cast("list[Object]", _object(detail).get("edges", []))


def _object(data: bytes) -> Object:
    value = json.loads(data)
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")
    return value
