"""The log's tree, grown again leaf by leaf, and compared with what is stored of it: nodes, checkpoints, its state."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import orjson

from gateway.domain.records import Fault, TreeHead
from gateway.lineage.checkpoints import Checkpoint
from gateway.lineage.merkle import HASH_SIZE, Frontier, leaf_hash
from gateway.lineage.notes import VerifierKey, key_id
from gateway.stores import checks, leaves
from gateway.stores.aggregates import numbers, parted
from gateway.stores.compression import LEAVES, compressor
from gateway.stores.connecting import Row
from gateway.stores.leaves import unpacked
from gateway.stores.nodes import GROUP, LOW, alike, fits, node, stored, there, whole
from gateway.stores.queries import Asking

_FAR = 1 << 62

_KEY = b',"type":"key","v":1}'
"""How the leaf of an event that brings a key ends, and no other: these are the last names of its canonical form."""


@dataclass(frozen=True, slots=True)
class Page:
    """Leaves of the log that stand together."""

    first: int
    """From where on they were asked for."""
    count: int
    last: int
    hashes: bytes = b""
    """What stands of the tree beside them (nodes.py)."""
    data: Sequence[bytes] = ()
    """The leaves; none unless all from `first` to `last` are there, and undamaged as far as can be seen."""

    @classmethod
    def read(cls, ask: Asking, first: int) -> "Page | None":
        """Return leaves from *first* on; `None` if there are none."""
        ((count, low, high, hashes, sizes, packed),) = ask(leaves.page, first=first, limit=LEAVES)
        if not count:
            return None
        lengths = numbers(sizes).tolist()
        if low != first or high != first + count - 1 or len(lengths) != count:
            return cls(first, count, high)
        try:
            data = compressor().unpack_leaves(parted(bytes(packed), lengths))
        except (ValueError, TypeError):
            return cls(first, count, high)
        return cls(first, count, high, bytes(hashes or b""), data)


class Growth:
    """Takes leaves in order; what is asked of the database is asked with *ask*."""

    def __init__(self, ask: Asking) -> None:
        self.next = 0
        """The index that the next leaf must have."""
        self._ask = ask
        self._frontier = Frontier()
        self._checkpoints: dict[int, Row] = {}
        self._base: int | None = None
        self._signing: list[str] = []
        self._before: list[str] = []
        self._activated = -1
        self._known: dict[str, VerifierKey] = {}
        self._lost = False
        self._damaged = False
        """Whether a leaf was, of the eight of which one comes next: of them the stored root is taken then."""

    def load(self, last: int) -> None:
        """Read the checkpoints of the leaves up to *last*."""
        rows = self._ask(leaves.checkpoints, first=self.next + 1, last=last + 1)
        self._checkpoints = {row[0]: row for row in rows}

    def load_newest(self) -> None:
        """Read the newest checkpoint, which alone is compared then."""
        self._checkpoints = {row[0]: row for row in self._ask(leaves.newest)}
        for row in self._checkpoints.values():
            self._base = row[1]

    def missing(self, index: int, what: str) -> Iterator[Fault]:
        """Yield a fault if the leaf at *index* is not the next one."""
        if index != self.next:
            self._lost = True
            yield Fault(self.next, f"{_entries_from(self.next, index)} missing from {what}")
            self._skip(index)
        self.next = index + 1

    def add(self, index: int, hashes: bytes | None, packed: bytes | None) -> Iterator[Fault]:
        """Yield what is wrong with the leaf at *index*, *packed* as it is stored, and with the nodes beside it."""
        if hashes is None or not there(hashes):
            self._lost = True
            yield Fault(index, "the leaf of this entry is missing from the Merkle tree")
            return
        data = None if packed is None else unpacked(packed)
        hashed = leaf_hash(data or b"")
        if data is None:
            self._damaged |= not whole(hashes)
            yield Fault(index, "the leaf of this entry was not kept, so that it cannot be proved")
        elif not fits(hashes, hashed):
            self._damaged |= not whole(hashes)
            problem = "the leaf of this entry was altered: it has not the hash that stands in the log"
            yield Fault(
                index, problem if whole(hashes) else f"{problem}, so that nothing proves {_beside(index)} either"
            )
        elif data.endswith(_KEY):
            self._activate(index, data)
        if not alike(hashes, self._grown(hashes, hashed)) and not self._lost:
            yield Fault(index, "the nodes of the Merkle tree that end here are not those that its leaves give")

    def _grown(self, hashes: bytes, hashed: bytes) -> bytes:
        """Return the nodes that end with a leaf, which has the hash *hashed*, and *hashes* beside it."""
        if whole(hashes):
            return self._frontier.append(hashes[:HASH_SIZE])
        above = node(hashes, LOW)
        if not (self._damaged and above):
            return self._frontier.append(hashed)
        self._damaged = False
        self._frontier = self._frontier.before(LOW)
        return hashed + bytes((LOW - 1) * HASH_SIZE) + self._frontier.append(above, LOW)

    def add_page(self, page: Page, rows: Callable[[], Sequence[Row]]) -> Iterator[Fault]:
        """Yield what is wrong with the leaves of *page*: the same, many at a time.

        Where something is, they are looked at one by one, as *rows* (`leaves.leaves`).
        """
        before = self._frontier.dump()
        if self._fit(page):
            self.next += page.count
        else:
            self._frontier = Frontier.load(before)
            for index, hashes, packed in rows():
                yield from self.missing(index, "the log")
                yield from self.add(index, hashes, packed)
                yield from self.checkpoint(index)
        yield from self.checkpoint(self.next - 1)

    def _fit(self, page: Page) -> bool:
        """Grow by the leaves of *page*, and return whether all is well.

        Also where one of them brings a key it is not.
        """
        if page.first != self.next or not page.data or self._damaged:
            return False
        if True in [leaf.endswith(_KEY) for leaf in page.data]:
            return False
        sha256 = hashlib.sha256
        grown = self._frontier.extend([sha256(b"\x00" + leaf).digest() for leaf in page.data])
        return page.hashes in (b"".join([stored(ending) for ending in grown]), b"".join(grown))

    def _activate(self, index: int, data: bytes) -> None:
        """From this leaf on its key signs."""
        entry = orjson.loads(data)["key"]
        self._activated = index
        self._before = self._signing
        kept = [key for key in self._signing if key not in entry["retires"]]
        self._signing = list(dict.fromkeys([*kept, entry["signs"]]))

    def checkpoint(self, index: int) -> Iterator[Fault]:
        """Yield what is wrong with the checkpoint that was signed with the leaf at *index* as the last, if one was."""
        row = self._checkpoints.pop(index + 1, None)
        if row is None:
            return
        size, base, root, name, signature = row
        if self._base is not None and base != self._base:
            yield Fault(index, f"checkpoints between {self._base} and {size} entries are missing")
        elif self._base is None and self._activated < base:
            yield Fault(index, f"checkpoints before {size} entries are missing")
        since, self._base = self._base or 0, size
        if self._frontier.size == size and root != self._frontier.root() and not self._lost and not self._damaged:
            self._lost = True
            problem = f"entries {since} to {index}: with them the log is not the one that was signed at {size} entries"
            yield Fault(index, problem)
        # In the transaction that brings a key, the one before it may still sign: so it vouches for its successor.
        handed = self._activated >= base
        valid = [*self._signing, *(self._before if handed else ())]
        yield from self._signature(index, TreeHead(size, root), name, signature, valid)
        if handed and self._before and not any(key_id(key) == name for key in self._before):
            key = self._signing[-1]
            yield Fault(self._activated, f"the key {key} signs from here on, but no key before it signed that")

    def _signature(
        self, index: int, head: TreeHead, name: bytes, signature: bytes, valid: Sequence[str]
    ) -> Iterator[Fault]:
        for text in dict.fromkeys(valid):
            key = self._key(text)
            if key is not None and key_id(text) == name:
                if not key.verifies(signature, str(Checkpoint(key.name, head)).encode()):
                    yield Fault(index, f"the checkpoint of {head.size} entries was altered: its signature does not fit")
                return
        yield Fault(index, f"the checkpoint of {head.size} entries is not signed with a key that was valid then")

    def _key(self, text: str) -> VerifierKey | None:
        if text not in self._known:
            try:
                self._known[text] = VerifierKey.parse(text)
            except ValueError:
                return None
        return self._known[text]

    def end(self) -> Iterator[Fault]:
        """Yield what is wrong with the state of the tree, now that all leaves were added."""
        rows = self._ask(checks.tree)
        if len(rows) != 1:
            yield Fault(self.next, f"the Merkle tree's state stands in {len(rows)} rows instead of one")
            return
        size, root, frontier, keys = rows[0]
        if size != self.next:
            yield Fault(min(size, self.next), f"the Merkle tree has {size} leaves, the log {self.next} entries")
        elif self._damaged:
            pass  # no node over the last leaves is stored yet, which could stand for the altered one
        elif root != self._frontier.root():
            yield Fault(self.next, "the log's leaf hashes do not give the root of the Merkle tree")
        elif frontier != self._frontier.dump():
            yield Fault(self.next, "the log's leaf hashes do not give the frontier of the Merkle tree")
        if [key for key in keys.split("\n") if key] != self._signing:
            yield Fault(self.next, "the keys that may sign are not those that the log tells of")
        if self._signing and self._base != size:
            yield Fault(self.next, f"the checkpoint of the log's {size} entries is missing")
        for row in self._ask(leaves.checkpoints, first=self.next + 1, last=_FAR):
            yield Fault(self.next, f"the log had {row[0]} entries when they were signed, and has {self.next} now")
            return

    def _skip(self, index: int) -> None:
        """Remember what checkpoints of the leaves that are missing say of those that come after them."""
        for size in sorted(self._checkpoints):
            if self.next < size <= index:
                self._base = size


def _beside(index: int) -> str:
    """Return the entries whose leaves the same stored node covers: one of them may be a decoy for another."""
    first = index >> LOW << LOW
    return f"the leaves of entries {first} to {first + GROUP - 1}"


def _entries_from(first: int, end: int) -> str:
    return f"entry {first} is" if end == first + 1 else f"entries {first} to {end - 1} are"


def standing(hashes: bytes | None, packed: bytes | None, leaf: bytes) -> bool:
    """Return whether *leaf* is the one that is stored as *packed*, with *hashes* beside it.

    Where that one was damaged or not kept, it is if those are its.
    """
    if hashes is None or not there(hashes):
        return False
    data = None if packed is None else unpacked(packed)
    return data == leaf if data and fits(hashes, leaf_hash(data)) else fits(hashes, leaf_hash(leaf))
