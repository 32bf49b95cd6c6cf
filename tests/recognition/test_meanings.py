from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gateway.recognition.meanings import LONG, TOGETHER, WINDOW, WINDOWS, Meanings, windows
from gateway.recognition.sentences import LONGEST, sentences

TEXTS = st.lists(
    st.sampled_from(["Toasters break.", "合同条款规定。", "x" * 150, "\n", "- one", "Why? ", " "]), max_size=60
)


@given(TEXTS.map(" ".join))
def test_windows_hold_the_first_sentences_whole_in_order_and_none_twice(text):
    spans, found = sentences(text), windows(text)
    inside = [span for span in spans for start, end in found if start <= span[0] and span[1] <= end]

    assert inside == spans[: len(inside)]
    assert len(inside) == len(spans) or len(found) == WINDOWS
    assert all(before[1] <= after[0] for before, after in pairwise(found))
    assert all(end - start <= max(LONG, LONGEST) for start, end in found)
    assert all(sum(a <= start < b for start, _ in spans) <= WINDOW for a, b in found)


def test_a_text_without_words_has_no_window():
    assert windows(" … \n-- ") == []
    assert len(Meanings.of([])) == 0


@given(arrays(np.float64, (5, 32), elements=st.floats(-1, 1)))
def test_rounded_vectors_are_as_near_as_they_were(given_vectors):
    lengths = np.linalg.norm(given_vectors, axis=1)
    vectors = given_vectors[lengths > 1e-3] / lengths[lengths > 1e-3, None]
    meanings = Meanings.of(vectors.tolist())

    assert meanings.rows.dtype == np.int8
    for vector in vectors:
        assert np.allclose(meanings.nearness(vector.astype(np.float32)), vectors @ vector, atol=0.03)


@pytest.mark.parametrize("count", [0, 1, TOGETHER - 1, TOGETHER, 2 * TOGETHER + 3])
def test_however_many_there_are_each_is_compared(count):
    random = np.random.default_rng(count)
    vectors = random.standard_normal((count, 7)).tolist()
    wanted = random.standard_normal(7).astype(np.float32)
    meanings = Meanings.of(vectors) if count else Meanings(np.empty((0, 7), np.int8), np.empty(0, np.float32))

    found = meanings.nearness(wanted)

    assert np.allclose(found, (meanings.rows * meanings.scales[:, None]) @ wanted, atol=1e-4)
    assert len(found) == count


def test_parts_are_joined_and_taken_out_again():
    one, two = Meanings.of([[1.0, 0.0]]), Meanings.of([[0.0, 1.0], [0.6, 0.8]])
    all_of_them = Meanings.joined([one, two])

    assert len(all_of_them) == 3
    assert all_of_them.some(np.array([2, 0])).nearness(np.array([1, 0], np.float32)) == pytest.approx(
        [0.6, 1.0], abs=0.01
    )
