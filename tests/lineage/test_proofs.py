import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.lineage.merkle import EMPTY_ROOT, Frontier, consistency, consistent, includes, inclusion, root
from gateway.lineage.proofs import consistency_proof, head_at, inclusion_proof


class Rows:
    """Nodes as leaves completed them, counting what is asked for."""

    def __init__(self, leaves):
        frontier = Frontier()
        self.rows = [frontier.append(leaf) for leaf in leaves]
        self.asked = 0

    def nodes(self, wanted):
        self.asked += len(wanted)
        return {node: self.rows[node.last][32 * node.level :][:32] for node in wanted}


def leaves(count):
    return [hashlib.sha256(number.to_bytes(4, "big")).digest() for number in range(count)]


@given(st.integers(1, 200), st.data())
def test_proofs_from_stored_nodes_are_those_from_all_leaves(count, data):
    hashes = leaves(count)
    size = data.draw(st.integers(1, count))
    index, earlier = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    log, top = Rows(hashes), root(hashes[:size])
    path = consistency_proof(log, earlier, size)

    assert inclusion_proof(log, index, size) == inclusion(hashes[:size], index)
    assert includes(inclusion_proof(log, index, size), hashes[index], top)
    assert path == consistency(hashes[:size], earlier)
    assert consistent(earlier, size, root(hashes[:earlier]), top, path)
    assert (head_at(log, size).size, head_at(log, size).root) == (size, top)


def test_few_nodes_are_read_of_a_large_log():
    log = Rows(leaves(5_000))
    inclusion_proof(log, 1_234, 4_999)
    of_inclusion, log.asked = log.asked, 0
    consistency_proof(log, 1_235, 4_999)

    assert of_inclusion < 26
    assert log.asked < 26


def test_the_log_was_empty_once():
    assert head_at(Rows([]), 0).root == EMPTY_ROOT


def test_what_the_log_never_was_has_no_proof():
    log = Rows(leaves(3))
    with pytest.raises(ValueError, match="no leaf"):
        inclusion_proof(log, 3, 3)
    with pytest.raises(ValueError, match="no size"):
        consistency_proof(log, 4, 3)
