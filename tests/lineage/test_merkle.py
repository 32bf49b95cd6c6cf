import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.lineage.merkle import (
    EMPTY_ROOT,
    Frontier,
    Inclusion,
    Span,
    consistency,
    consistency_spans,
    consistent,
    includes,
    inclusion,
    inclusion_spans,
    joined,
    leaf_hash,
    node_hash,
    root,
)

LEAVES = [
    bytes.fromhex(leaf)
    for leaf in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
"""The eight leaves that implementations of Certificate Transparency share as test data."""

ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]

PATHS = {
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}

PREFIXES = {
    (1, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}

trees = st.lists(st.binary(max_size=4), min_size=1, max_size=70)


def naive_root(leaves):
    """The definition of section 2.1, written down as it stands there."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\0" + leaves[0]).digest()
    k = naive_split(len(leaves))
    return hashlib.sha256(b"\1" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


def naive_path(m, leaves):
    """PATH(m, D[n]) of section 2.1.1."""
    if len(leaves) == 1:
        return []
    k = naive_split(len(leaves))
    if m < k:
        return [*naive_path(m, leaves[:k]), naive_root(leaves[k:])]
    return [*naive_path(m - k, leaves[k:]), naive_root(leaves[:k])]


def naive_proof(m, leaves, whole=True):
    """SUBPROOF(m, D[n], b) of section 2.1.2."""
    if m == len(leaves):
        return [] if whole else [naive_root(leaves)]
    k = naive_split(len(leaves))
    if m <= k:
        return [*naive_proof(m, leaves[:k], whole), naive_root(leaves[k:])]
    return [*naive_proof(m - k, leaves[k:], False), naive_root(leaves[:k])]


def naive_split(n):
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def hashed(leaves):
    return [leaf_hash(leaf) for leaf in leaves]


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_those_of_certificate_transparency(size):
    assert root(hashed(LEAVES[:size])).hex() == ROOTS[size - 1]


@pytest.mark.parametrize(("index", "size"), PATHS)
def test_audit_paths_are_those_of_certificate_transparency(index, size):
    proof = inclusion(hashed(LEAVES[:size]), index)

    assert [node.hex() for node in proof.path] == PATHS[index, size]


@pytest.mark.parametrize(("earlier", "later"), PREFIXES)
def test_consistency_proofs_are_those_of_certificate_transparency(earlier, later):
    path = consistency(hashed(LEAVES[:later]), earlier)

    assert [node.hex() for node in path] == PREFIXES[earlier, later]


def test_the_empty_tree_has_the_hash_of_nothing():
    assert Frontier().root() == EMPTY_ROOT == naive_root([])


@given(trees)
def test_appending_gives_the_root_that_the_definition_gives(leaves):
    frontier = Frontier()
    for size, leaf in enumerate(leaves, start=1):
        frontier.append(leaf_hash(leaf))

        assert frontier.size == size
        assert frontier.root() == naive_root(leaves[:size])


@given(trees, st.lists(st.integers(0, 6), max_size=6))
def test_many_leaves_at_once_give_what_one_after_the_other_gives(leaves, sizes):
    one, many, ending = Frontier(), Frontier(), []
    rest = hashed(leaves)
    for size in [*(1 << size for size in sizes), len(leaves)]:
        ending += many.extend(rest[:size])
        rest = rest[size:]

    assert ending == [one.append(leaf) for leaf in hashed(leaves)]
    assert many.dump() == one.dump()


@given(trees, st.data())
def test_proofs_are_made_of_the_nodes_that_leaves_completed(leaves, data):
    """Any subtree in a proof is found again by the leaf that ends it, without the leaves themselves."""
    frontier = Frontier()
    rows = [frontier.append(leaf) for leaf in hashed(leaves)]
    size = data.draw(st.integers(1, len(leaves)))
    place = data.draw(st.integers(0, size - 1))
    tree = leaves[:size]

    assert [stored(rows, span) for span in inclusion_spans(place, size)] == naive_path(place, tree)
    assert [stored(rows, span) for span in consistency_spans(place + 1, size)] == naive_proof(place + 1, tree)
    assert stored(rows, Span(0, size)) == naive_root(tree)


def stored(rows, span):
    return joined([rows[node.last][32 * node.level : 32 * node.level + 32] for node in span.complete])


@given(trees, st.data())
def test_a_frontier_goes_on_after_it_was_stored(leaves, data):
    cut = data.draw(st.integers(0, len(leaves)))
    frontier = Frontier()
    for leaf in leaves[:cut]:
        frontier.append(leaf_hash(leaf))
    again = Frontier.load(frontier.dump())
    for leaf in leaves[cut:]:
        again.append(leaf_hash(leaf))

    assert again.root() == naive_root(leaves)
    assert again.size == len(leaves)


@given(trees, st.data())
def test_every_leaf_is_proved_as_the_definition_says(leaves, data):
    index = data.draw(st.integers(0, len(leaves) - 1))
    proof = inclusion(hashed(leaves), index)

    assert list(proof.path) == naive_path(index, leaves)
    assert includes(proof, leaf_hash(leaves[index]), naive_root(leaves))


@given(trees, st.data())
def test_every_earlier_tree_is_proved_as_the_definition_says(leaves, data):
    earlier = data.draw(st.integers(1, len(leaves)))
    path = consistency(hashed(leaves), earlier)

    assert list(path) == naive_proof(earlier, leaves)
    assert consistent(earlier, len(leaves), naive_root(leaves[:earlier]), naive_root(leaves), path)


@given(st.lists(st.binary(max_size=4), min_size=2, max_size=40, unique=True), st.data())
def test_a_proof_holds_for_no_other_leaf_place_size_or_root(leaves, data):
    index = data.draw(st.integers(0, len(leaves) - 1))
    other = data.draw(st.integers(0, len(leaves) - 1).filter(lambda place: place != index))
    proof, top = inclusion(hashed(leaves), index), naive_root(leaves)
    right = leaf_hash(leaves[index])

    assert not includes(proof, leaf_hash(leaves[other]), top)
    assert not includes(Inclusion(other, proof.size, proof.path), right, top)
    assert not includes(Inclusion(index, proof.size, proof.path[:-1]), right, top)
    assert not includes(Inclusion(index, proof.size, (*proof.path, top)), right, top)
    assert not includes(Inclusion(proof.size, proof.size, proof.path), right, top)
    assert not includes(Inclusion(-1, proof.size, proof.path), right, top)
    assert not includes(proof, right, naive_root(leaves[:-1]))


@given(st.lists(st.binary(max_size=4), min_size=2, max_size=40, unique=True), st.data())
def test_a_rewritten_past_is_not_consistent(leaves, data):
    earlier = data.draw(st.integers(1, len(leaves) - 1))
    path = consistency(hashed(leaves), earlier)
    old, new = naive_root(leaves[:earlier]), naive_root(leaves)
    forged = naive_root([b"forged", *leaves[1:earlier]])

    assert not consistent(earlier, len(leaves), forged, new, path)
    assert not consistent(earlier, len(leaves), old, forged, path)
    assert not consistent(earlier, len(leaves), old, new, path[:-1])
    assert not consistent(earlier, len(leaves), old, new, (*path, new))
    assert not consistent(0, len(leaves), EMPTY_ROOT, new, path)
    assert not consistent(len(leaves), earlier, new, old, path)


def test_a_tree_is_consistent_with_itself_only_without_a_path():
    top = naive_root(LEAVES)

    assert consistent(8, 8, top, top, ())
    assert not consistent(8, 8, top, top, (top,))
    assert not consistent(8, 8, top, EMPTY_ROOT, ())


@pytest.mark.parametrize("data", [b"", b"short", bytes(8) + b"x" * 31, (3).to_bytes(8, "big") + b"x" * 32])
def test_what_is_not_a_frontier_is_refused(data):
    with pytest.raises(ValueError, match=r"not the serialised frontier|complete subtrees"):
        Frontier.load(data)


@pytest.mark.parametrize("index", [-1, 8])
def test_there_is_no_path_for_a_leaf_that_is_not_there(index):
    with pytest.raises(ValueError, match="there is no leaf"):
        inclusion(hashed(LEAVES), index)


@pytest.mark.parametrize("earlier", [0, 9])
def test_there_is_no_proof_for_a_tree_that_never_was(earlier):
    with pytest.raises(ValueError, match="had no size"):
        consistency(hashed(LEAVES), earlier)


def test_a_leaf_cannot_pass_for_a_node():
    left, right = leaf_hash(b"a"), leaf_hash(b"b")

    assert leaf_hash(left + right) != node_hash(left, right)
