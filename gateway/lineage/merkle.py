"""The Merkle tree of RFC 6962 section 2.1: append, root, proofs of inclusion and of consistency.

Pure arithmetic on hashes: no I/O, no signatures. A *leaf hash* is what `leaf_hash` gives for a leaf's bytes.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

HASH_SIZE = 32
"""Bytes of a SHA-256 hash."""

EMPTY_ROOT = hashlib.sha256(b"").digest()
"""Root of the tree without leaves."""


def leaf_hash(leaf: bytes) -> bytes:
    """Return the hash of a leaf's bytes."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of the node above two hashes."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """The right edge of a growing tree: enough to append and to know the root, in about log2(size) hashes."""

    __slots__ = ("_peaks", "size")

    def __init__(self, size: int = 0, peaks: Sequence[bytes] = ()) -> None:
        if len(peaks) != size.bit_count():
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} complete subtrees, not {len(peaks)}")
        self.size = size
        """Leaves so far."""
        self._peaks = list(peaks)

    @classmethod
    def load(cls, data: bytes) -> "Frontier":
        """Return the frontier that `dump` made *data* of. Raises `ValueError` if it is not one."""
        size, rest = int.from_bytes(data[:8], "big"), data[8:]
        if len(data) < 8 or len(rest) % HASH_SIZE:
            raise ValueError("not the serialised frontier of a tree: wrong length")
        return cls(size, [rest[at : at + HASH_SIZE] for at in range(0, len(rest), HASH_SIZE)])

    def dump(self) -> bytes:
        """Return the frontier as bytes: the size, then the hashes of the complete subtrees, largest first."""
        return self.size.to_bytes(8, "big") + b"".join(self._peaks)

    def append(self, hashed: bytes, level: int = 0) -> bytes:
        """Add one leaf by its hash, *hashed*, and return the hashes of all complete subtrees that end with it.

        They stand one behind the other, the leaf's own first: what a `Node` is found again by. Half of all leaves
        complete a subtree of two, a quarter one of four, so that it is two hashes a leaf on average. With a *level*,
        *hashed* is the root of that many leaves, 2 to the power of it, where a subtree of that size begins.
        """
        size, peaks, ending = self.size >> level, self._peaks, hashed
        while size & 1:
            hashed = node_hash(peaks.pop(), hashed)
            ending += hashed
            size >>= 1
        peaks.append(hashed)
        self.size += 1 << level
        return ending

    def before(self, level: int) -> "Frontier":
        """Return the frontier as it was before the subtree of 2 to the power of *level* leaves that is not complete."""
        complete = self.size >> level
        return Frontier(complete << level, self._peaks[: complete.bit_count()])

    def extend(self, hashes: Sequence[bytes]) -> list[bytes]:
        """Add leaves by their *hashes* and return what `append` would have returned for each.

        A power of two of them, where a subtree of that many begins, takes half the time: level by level.
        """
        count = len(hashes)
        if not count or count & (count - 1) or self.size % count:
            return [self.append(hashed) for hashed in hashes]
        sha256, ending, level = hashlib.sha256, [*hashes], 1
        while len(hashes) > 1:
            hashes = [
                sha256(b"\x01" + left + right).digest() for left, right in zip(hashes[::2], hashes[1::2], strict=True)
            ]
            for place, node in enumerate(hashes, 1):
                ending[(place << level) - 1] += node
            level += 1
        ending[-1] += self.append(hashes[0], level - 1)[HASH_SIZE:]
        return ending

    def root(self) -> bytes:
        """Return the root of the tree as it is now."""
        return joined(self._peaks) if self._peaks else EMPTY_ROOT


@dataclass(frozen=True, slots=True)
class Inclusion:
    """What shows that a leaf stands at *index* in the tree of *size* leaves."""

    index: int
    size: int
    path: tuple[bytes, ...]
    """Sibling hashes from the leaf upwards."""


@dataclass(frozen=True, slots=True)
class Span:
    """The leaves from *low* up to *high*, of which the tree has a subtree."""

    low: int
    high: int

    @property
    def complete(self) -> "Sequence[Node]":
        """The complete subtrees that it consists of, from the left; one, unless it reaches the tree's right edge."""
        nodes, low = [], self.low
        while low < self.high:
            level = (self.high - low).bit_length() - 1
            nodes.append(Node(level, low >> level))
            low += 1 << level
        return nodes


@dataclass(frozen=True, slots=True)
class Node:
    """The root of the complete subtree over the leaves from `index << level`, 2 to the power of *level* of them."""

    level: int
    index: int

    @property
    def last(self) -> int:
        """The leaf that completes it: `Frontier.append` gave its hash with that one, at *level*."""
        return (self.index + 1 << self.level) - 1


def joined(hashes: Sequence[bytes]) -> bytes:
    """Return the root over complete subtrees side by side, from their *hashes*, each larger than the next."""
    root = hashes[-1]
    for left in hashes[-2::-1]:
        root = node_hash(left, root)
    return root


def root(hashes: Sequence[bytes]) -> bytes:
    """Return the root of the tree over leaf *hashes*."""
    frontier = Frontier()
    for hashed in hashes:
        frontier.append(hashed)
    return frontier.root()


def inclusion(hashes: Sequence[bytes], index: int) -> Inclusion:
    """Return the audit path of leaf *index* in the tree over leaf *hashes* (section 2.1.1)."""
    spans = inclusion_spans(index, len(hashes))
    return Inclusion(index, len(hashes), tuple(root(hashes[span.low : span.high]) for span in spans))


def inclusion_spans(index: int, size: int) -> Sequence[Span]:
    """Return the subtrees whose roots are the audit path of leaf *index* in a tree of *size* leaves."""
    if not 0 <= index < size:
        raise ValueError(f"there is no leaf {index} in a tree of {size} leaves")
    spans: list[Span] = []
    low, high = 0, size
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            spans.append(Span(middle, high))
            high = middle
        else:
            spans.append(Span(low, middle))
            low = middle
    return spans[::-1]


def includes(proof: Inclusion, hashed: bytes, root: bytes) -> bool:
    """Return whether *proof* shows that the leaf with hash *hashed* is in the tree with *root*."""
    if not 0 <= proof.index < proof.size:
        return False
    node, last = proof.index, proof.size - 1
    for sibling in proof.path:
        if last == 0:
            return False
        if node & 1 or node == last:
            hashed = node_hash(sibling, hashed)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            hashed = node_hash(hashed, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and hashed == root


def consistency(hashes: Sequence[bytes], earlier: int) -> tuple[bytes, ...]:
    """Return the proof that the tree over the first *earlier* leaf hashes is a prefix of the one over all (2.1.2)."""
    return tuple(root(hashes[span.low : span.high]) for span in consistency_spans(earlier, len(hashes)))


def consistency_spans(earlier: int, size: int) -> Sequence[Span]:
    """Return the subtrees whose roots are the proof that a tree of *earlier* leaves is a prefix of one of *size*."""
    if not 0 < earlier <= size:
        raise ValueError(f"a tree of {size} leaves had no size {earlier} to compare with")
    spans: list[Span] = []
    low, high, whole = 0, size, True
    while earlier != high:
        middle = low + _split(high - low)
        if earlier <= middle:
            spans.append(Span(middle, high))
            high = middle
        else:
            spans.append(Span(low, middle))
            low, whole = middle, False
    if not whole:
        spans.append(Span(low, high))
    return spans[::-1]


def consistent(earlier: int, later: int, earlier_root: bytes, later_root: bytes, path: Sequence[bytes]) -> bool:
    """Return whether *path* shows that the tree of *earlier* leaves is a prefix of that of *later* leaves."""
    if not 0 < earlier <= later:
        return False
    if earlier == later:
        return not path and earlier_root == later_root
    # The way down from the earlier tree's last complete subtree: while it is a right child, it is wholly inside.
    node, last = earlier - 1, later - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    rest = list(path) if node else [earlier_root, *path]
    if not rest:
        return False
    old = new = rest[0]
    for sibling in rest[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and old == earlier_root and new == later_root


def _split(size: int) -> int:
    """Return the largest power of two smaller than *size*: how many leaves go left."""
    return 1 << (size - 1).bit_length() - 1
