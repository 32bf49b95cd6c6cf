from gateway.recognition.aligning import Block, Sequence
from gateway.recognition.explaining import Explaining
from gateway.recognition.proposing import Candidate, Rarity
from gateway.recognition.words import read
from tests.recognition.material import prose

WORDS = read(prose(1, 100))
PASSAGES = {1: Sequence(WORDS.data), 2: Sequence(WORDS.data[: 4 * 60])}


def explaining():
    return Explaining(WORDS, Rarity.of(WORDS.starts * 0 + 1), PASSAGES)


def test_a_candidate_explains_what_it_shares():
    assert explaining().explained([Candidate(2, [0, 30])]) == {2: [Block(0, 60, 60)]}


def test_what_a_likelier_one_explains_is_not_explained_again():
    assert explaining().explained([Candidate(1, [0]), Candidate(2, [0])]) == {1: [Block(0, 100, 100)]}


def test_what_was_explained_before_is_not_explained_again():
    text = explaining()
    first = text.explained([Candidate(2, [0])])
    second = text.explained([Candidate(1, [0, 70])])

    assert (first, second) == ({2: [Block(0, 60, 60)]}, {1: [Block(60, 100, 40)]})


def test_a_candidate_that_was_forgotten_explains_nothing():
    assert explaining().explained([Candidate(3, [0])]) == {}
