import numpy as np

from gateway.recognition.index import Index
from gateway.recognition.proposing import COMMON, Rarity, proposed
from gateway.recognition.shingles import shingles
from gateway.recognition.words import read
from tests.recognition.material import prose


def index_of(*texts, kin=None):
    index = Index()
    words = [read(text).hashes for text in texts]
    kins = np.array(kin or range(len(texts)), np.uint32)
    index.add(np.arange(len(texts)), kins, np.concatenate(words), np.array([len(one) for one in words]))
    return index


def ask(index, text):
    return proposed(index, shingles(read(text).hashes))


def test_the_passage_that_shares_most_comes_first():
    index = index_of(prose(1), prose(2), prose(3))
    candidates, _ = ask(index, prose(2)[:150] + "\n" + prose(3))

    assert [candidate.passage for candidate in candidates] == [2, 1]


def test_what_many_documents_share_proposes_nothing():
    texts = [prose(0, 24) + "\n" + prose(seed, 24) for seed in range(1, COMMON + 10)]
    candidates, _ = ask(index_of(*texts), prose(0, 24))

    assert candidates == []


def test_versions_of_one_document_do_not_make_their_words_common():
    texts = [prose(0, 24) + "\n" + prose(seed, 24) for seed in range(1, COMMON + 10)]
    candidates, rarity = ask(index_of(*texts, kin=[7] * len(texts)), prose(0, 24))

    assert candidates
    assert rarity.between(0, 20) == 1


def test_rarity_is_one_by_the_number_of_documents():
    _, rarity = ask(index_of(prose(1), prose(1)), prose(1))

    assert rarity.between(0, 100) == 0.5
    assert Rarity.of(np.zeros(5, int)).between(0, 5) == 0


def test_nothing_is_proposed_for_a_text_without_words():
    assert ask(index_of(prose(1)), "")[0] == []
