import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gateway.recognition.arrays import mixed
from gateway.recognition.shingles import GUARANTEED, SIZE, chosen, shingles
from gateway.recognition.words import read
from tests.recognition.material import prose

NUMBERS = st.lists(st.integers(0, 2**32 - 1), max_size=60)


def array(numbers):
    return np.array(numbers, np.uint32)


def of(numbers):
    return chosen(array(numbers), np.array([len(numbers)]))


def test_shingles_are_those_of_every_release():
    assert shingles(read("Registered chunks are recognised in any text.").hashes).tolist() == GOLDEN


GOLDEN = [13631086875227883055, 13341437467029443582, 15205660173186639349]


@given(NUMBERS)
def test_each_five_words_have_a_shingle(numbers):
    found = shingles(array(numbers))

    assert len(found) == max(0, len(numbers) - SIZE + 1)
    for at, number in enumerate(found.tolist()):
        assert shingles(array(numbers[at : at + SIZE])).tolist() == [number]


@given(NUMBERS, NUMBERS, NUMBERS)
def test_eight_words_in_a_row_have_a_chosen_fingerprint(before, shared, after):
    kept = {*of([*before, *shared, *after]).hashes.tolist()}

    if len(shared) >= GUARANTEED:
        assert kept & {*shingles(array(shared)).tolist()}
    assert kept <= {*shingles(array([*before, *shared, *after])).tolist()}


@given(st.lists(NUMBERS, max_size=8))
def test_many_texts_at_once_have_what_each_has_alone(texts):
    together = chosen(array([word for text in texts for word in text]), np.array([len(text) for text in texts], int))

    for number, text in enumerate(texts):
        assert {*together.hashes[together.owners == number].tolist()} == {*of(text).hashes.tolist()}


def test_two_of_five_shingles_are_chosen():
    words = read(prose(1, 2_000)).hashes

    share = len(of(words).hashes) / len(shingles(words))

    assert 0.35 < share < 0.45


@given(st.lists(st.integers(0, 2**32 - 1), max_size=40))
def test_a_shingle_is_the_mixed_sum_of_its_words_each_by_its_factor(words):
    factors = [pow(0xD6E8FEB86659FD93, power, 1 << 64) for power in range(1, 6)]
    sums = [sum(map(int.__mul__, words[at : at + 5], factors)) % (1 << 64) for at in range(len(words) - 4)]

    assert shingles(np.array(words, np.uint32)).tolist() == mixed(np.array(sums, np.uint64)).tolist()
