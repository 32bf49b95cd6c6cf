import numpy as np
import pytest

from gateway.recognition.aligning import Block
from gateway.recognition.proposing import Rarity
from gateway.recognition.weighing import Claim, Weighing, recognisable
from gateway.recognition.words import read
from tests.recognition.material import prose


def weighing(words=100, documents=1):
    return Weighing(read(prose(1, words)), Rarity.of(np.full(words, documents)))


def settled(claims, lengths, taken=None, **more):
    given = taken if taken is not None else bytearray(100)
    return weighing(**more).settled(claims, lengths, given)


def test_a_stretch_goes_to_the_passage_that_explains_most():
    claims = [Claim(1, Block(0, 50, 50)), Claim(2, Block(30, 100, 70))]

    assert settled(claims, {1: 50, 2: 70}) == {1: [Block(0, 30, 30)], 2: [Block(30, 100, 70)]}


def test_a_few_words_of_a_long_passage_prove_nothing():
    assert settled([Claim(1, Block(0, 12, 12))], {1: 200}) == {}


def test_a_whole_short_passage_needs_fewer_words():
    assert settled([Claim(1, Block(0, 10, 10))], {1: 10}) == {1: [Block(0, 10, 10)]}


def test_words_of_many_documents_prove_nothing():
    assert settled([Claim(1, Block(0, 40, 40))], {1: 80}, documents=10) == {}


def test_a_pattern_with_other_words_in_it_proves_nothing():
    """Badges and forms are alike but for the names in them."""
    assert settled([Claim(1, Block(0, 40, 28, 11))], {1: 40}) == {}


def test_what_proves_nothing_takes_nothing_away():
    claims = [Claim(1, Block(0, 30, 30)), Claim(2, Block(0, 20, 20))]

    assert settled(claims, {1: 5_000, 2: 20}) == {1: [Block(0, 30, 30)]}
    assert settled([Claim(1, Block(0, 22, 22)), claims[1]], {1: 5_000, 2: 20}) == {2: [Block(0, 20, 20)]}


def test_words_that_are_taken_are_nobodys():
    taken = bytearray(100)
    taken[0:50] = b"\1" * 50
    found = settled([Claim(1, Block(0, 100, 100))], {1: 100}, taken)

    assert found == {1: [Block(50, 100, 50)]}
    assert taken == bytearray(b"\1" * 100)


@pytest.mark.parametrize(
    ("text", "enough"),
    [
        ("one two three four five six seven", False),
        ("one two three four five six seven eight", True),
        ("one two one two one two one two one two", False),
        ("日本語の文書を認識するための試", False),
        ("日本語の文書を認識するための試験です", True),
        ("", False),
    ],
)
def test_eight_different_words_can_be_recognised(text, enough):
    assert recognisable(read(text)) is enough
