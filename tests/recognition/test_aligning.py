from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gateway.recognition.aligning import Block, Sequence, blocks
from gateway.recognition.shingles import SIZE

WORDS = st.lists(st.integers(0, 50), max_size=40)
OTHERS = st.lists(st.integers(60, 99), max_size=40)


def sequence(words):
    return Sequence(np.array(words, "<u4").tobytes())


def shared(prompt, passage):
    """Return where in *prompt* five words stand that *passage* has as well."""
    there = {tuple(passage[at : at + SIZE]) for at in range(len(passage) - SIZE + 1)}
    return [at for at in range(len(prompt) - SIZE + 1) if tuple(prompt[at : at + SIZE]) in there]


def aligned(prompt, passage):
    return [*blocks(sequence(prompt), sequence(passage), shared(prompt, passage))]


PASSAGE = [*range(100, 160)]


def test_a_copy_is_found_whole():
    assert aligned([1, 2, 3, *PASSAGE, 4, 5], PASSAGE) == [Block(3, 63, 60)]


def test_a_piece_is_found_where_it_ends():
    assert aligned([1, 2, *PASSAGE[20:40], 3], PASSAGE) == [Block(2, 22, 20)]


def test_a_block_goes_on_over_typos_additions_and_missing_words():
    damaged = [*PASSAGE[:20], 7, *PASSAGE[21:30], 8, 9, *PASSAGE[30:40], *PASSAGE[43:]]

    assert aligned(damaged, PASSAGE) == [Block(0, 59, 56, 3)]


def test_what_only_begins_alike_ends_there():
    assert aligned([*PASSAGE[:20], *range(40)], PASSAGE) == [Block(0, 20, 20)]


def test_pieces_in_another_order_are_blocks_of_their_own():
    assert aligned([*PASSAGE[30:], *PASSAGE[:30]], PASSAGE) == [Block(0, 30, 30), Block(30, 60, 30)]


def test_a_passage_that_stands_there_twice_has_two_blocks():
    assert aligned([*PASSAGE, 1, *PASSAGE], PASSAGE) == [Block(0, 60, 60), Block(61, 121, 60)]


def test_of_several_places_the_one_that_explains_most_counts():
    passage = [*PASSAGE[:8], 1, 2, *PASSAGE[:30]]

    assert aligned(PASSAGE[:30], passage) == [Block(0, 30, 30)]


@given(OTHERS, st.lists(st.integers(0, 50), min_size=SIZE, max_size=40), OTHERS)
def test_a_copy_is_explained_whatever_stands_around_it(before, passage, after):
    prompt = [*before, *passage, *after]
    explained = {at for block in aligned(prompt, passage) for at in range(block.start, block.end)}

    assert {*range(len(before), len(before) + len(passage))} <= explained


@given(WORDS, WORDS)
def test_blocks_are_in_order_and_do_not_overlap(prompt, passage):
    found = aligned(prompt, passage)

    assert all(0 <= one.start < one.end <= len(prompt) for one in found)
    assert all(one.end <= other.start for one, other in pairwise(found))
    assert all(SIZE <= one.matched <= one.end - one.start for one in found)


@given(WORDS, WORDS)
def test_a_block_without_gaps_is_a_piece_of_the_passage(prompt, passage):
    for block in aligned(prompt, passage):
        if not block.gaps:
            piece = prompt[block.start : block.end]

            assert any(passage[at : at + len(piece)] == piece for at in range(len(passage)))
