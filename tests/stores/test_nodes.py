from hypothesis import given
from hypothesis import strategies as st

from gateway.lineage.merkle import Frontier, Node, leaf_hash, root
from gateway.stores.nodes import GROUP, LOW, alike, fits, node, own, stored, there, whole


@given(st.integers(1, 70), st.booleans())
def test_every_node_over_eight_leaves_is_found_again(count, earlier):
    hashes = [leaf_hash(bytes([number])) for number in range(count)]
    frontier = Frontier()
    rows = [frontier.append(hashed) if earlier else stored(frontier.append(hashed)) for hashed in hashes]
    wanted = [Node(level, index) for level in range(LOW, 7) for index in range(count >> level)]

    assert [node(rows[one.last], one.level) for one in wanted] == [
        root(hashes[one.index << one.level : one.last + 1]) for one in wanted
    ]
    assert all(node(row, LOW) == b"" for place, row in enumerate(rows, 1) if place % GROUP)
    assert {whole(row) for row in rows} == {earlier}


@given(st.integers(1, 70), st.integers(0, 69), st.booleans())
def test_a_row_fits_its_leaf_and_its_nodes_and_no_others(count, place, earlier):
    place %= count
    frontier, other = Frontier(), Frontier()
    for number in range(place + 1):
        ending = frontier.append(leaf_hash(bytes([number])))
        another = other.append(leaf_hash(bytes([number, 0])))
    row = ending if earlier else stored(ending)

    assert there(row)
    assert fits(row, leaf_hash(bytes([place])))
    assert not fits(row, leaf_hash(bytes([place, 0])))
    assert alike(row, ending)
    assert alike(row, another) == (len(row) in (4, 32))


def test_the_hash_of_a_leaf_comes_from_the_leaf_or_from_an_earlier_release():
    ending = Frontier().append(leaf_hash(b"leaf"))

    assert own(stored(ending), b"leaf") == own(ending, None) == leaf_hash(b"leaf")
    assert (own(stored(ending), None), own(b"", None)) == (None, None)
    assert not there(None) and not there(b"")
