"""Proofs about a stored log: a few dozen of its nodes are read, whatever its size.

Every complete subtree's root is stored with the leaf that completed it; what the proof needs at the right edge is
joined from those.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from gateway.domain.records import TreeHead
from gateway.lineage.merkle import EMPTY_ROOT, Inclusion, Node, Span, consistency_spans, inclusion_spans, joined


class Nodes(Protocol):
    """Where the nodes of a tree are stored."""

    def nodes(self, wanted: Sequence[Node]) -> Mapping[Node, bytes]:
        """Return the hash of each node that is *wanted*. Raises `LineageUnavailable` if one is not there."""


def inclusion_proof(nodes: Nodes, index: int, size: int) -> Inclusion:
    """Return the proof that leaf *index* stands in the tree of the first *size* leaves.

    Raises `ValueError` if it does not.
    """
    return Inclusion(index, size, _hashes(nodes, inclusion_spans(index, size)))


def consistency_proof(nodes: Nodes, earlier: int, size: int) -> tuple[bytes, ...]:
    """Return the proof that the tree of the first *earlier* leaves is a prefix of that of the first *size*.

    Raises `ValueError` if *earlier* is nothing or more than *size*.
    """
    return _hashes(nodes, consistency_spans(earlier, size))


def head_at(nodes: Nodes, size: int) -> TreeHead:
    """Return what the log was when it had *size* leaves."""
    return TreeHead(size, _hashes(nodes, [Span(0, size)])[0] if size else EMPTY_ROOT)


def _hashes(nodes: Nodes, spans: Sequence[Span]) -> tuple[bytes, ...]:
    parts = [span.complete for span in spans]
    found = nodes.nodes([node for part in parts for node in part])
    return tuple(joined([found[node] for node in part]) for part in parts)
