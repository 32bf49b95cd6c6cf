import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.recognition.index import MOST, PASSAGES, Index
from gateway.recognition.shingles import shingles
from gateway.recognition.words import read
from tests.recognition.material import prose


def add(index, numbers, texts, kin=0):
    words = [read(text).hashes for text in texts]
    kins = np.full(len(texts), kin, np.uint32)
    index.add(np.array(numbers), kins, np.concatenate(words), np.array([len(one) for one in words]))


def found(index, text):
    return {*index.find(shingles(read(text).hashes)).passages.tolist()}


def test_a_text_is_found_by_its_fingerprints():
    index = Index()
    add(index, [7, 9], [prose(1), prose(2)])

    assert found(index, prose(1)) == {7}
    assert found(index, prose(2)) == {9}
    assert found(index, prose(3)) == set()


def test_nothing_is_found_in_an_empty_index_or_by_no_hash():
    index = Index()
    add(index, [], [""])

    assert found(index, prose(1)) == found(index, "") == set()


def test_what_is_added_one_by_one_is_found_like_what_is_added_at_once():
    together, single = Index(), Index()
    texts = [prose(seed) for seed in range(300)]
    add(together, [*range(300)], texts)
    for number, text in enumerate(texts):
        add(single, [number], [text])

    assert len(single) == len(together)
    assert all(found(single, text) == {number} for number, text in enumerate(texts))
    assert len(single._arrays) <= 4


def test_a_passage_that_is_added_again_is_there_once():
    index = Index()
    add(index, [1], [prose(1)])
    size = len(index)
    add(index, [1], [prose(1)])

    assert len(index) == size


def test_of_many_passages_with_one_fingerprint_the_newest_are_told():
    index = Index()
    add(index, [*range(500)], [prose(1)] * 500)

    assert found(index, prose(1)) == {*range(500 - MOST, 500)}


def test_beyond_the_limit_fewer_fingerprints_of_every_passage_are_held():
    index = Index(limit=4_000)
    texts = [prose(seed) for seed in range(400)]
    for number, text in enumerate(texts):
        add(index, [number], [text])

    assert len(index) <= 4_000
    assert index.thinned == 8
    assert index.bytes < 4_000 * 16 + 100_000
    assert sum(found(index, text) == {number} for number, text in enumerate(texts)) > 390


@pytest.fixture(scope="module", params=[10_000, 300])
def filled(request):
    """An index, one of them thinned, and its entries."""
    index = Index(limit=request.param)
    add(index, [*range(30)], [prose(seed) for seed in range(30)])
    add(index, [*range(30, 100)], [prose(31)] * 70)
    return index, np.concatenate([postings.entries for postings in index._arrays]).tolist()


@given(st.data())
def test_what_is_known_is_what_would_be_found(filled, data):
    index, entries = filled
    near = st.tuples(st.sampled_from(entries), st.sampled_from([0, 1, 1 << 23, 1 << 24, -(1 << 24), 1 << 40]))
    some = st.one_of(near.map(lambda pair: (pair[0] + pair[1]) % (1 << 64)), st.integers(0, (1 << 64) - 1))
    hashes = np.array(data.draw(st.lists(some, max_size=5)), np.uint64)

    assert index.knows(hashes) == bool(index.find(hashes).positions.size)


def test_there_is_a_last_number():
    with pytest.raises(OverflowError, match="16,777,216"):
        add(Index(), [PASSAGES], [prose(1)])


def test_a_passage_tells_its_document_and_how_many_fingerprints_it_has():
    index = Index()
    add(index, [5], [prose(1, 8)], kin=77)

    assert index.kin(np.array([5])).tolist() == [77]
    assert index.sizes(np.array([5])).tolist() == [1]
