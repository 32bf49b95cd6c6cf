import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.stores.callerblocks import NOBODY, Block, Column

NUMBERS = st.integers(-(1 << 61), 1 << 61)


def block(*rows: tuple[int, int, int, int]) -> Block:
    return Block(*(Column.of(np.array(column, np.int64)) for column in zip(*rows, strict=True)), ["chat", "böt"])


@given(st.lists(NUMBERS, min_size=1, max_size=40), st.data())
def test_a_column_gives_back_the_numbers_that_were_put_in(numbers, data):
    column = Column.of(np.array(numbers, np.int64))
    places = data.draw(st.lists(st.integers(0, len(numbers) - 1)))

    assert column.at(np.array(places, np.int64)).tolist() == [numbers[place] for place in places]


@given(st.sets(NUMBERS, min_size=1, max_size=40), NUMBERS)
def test_numbers_are_found_in_a_column_that_ascends_and_others_are_not(numbers, other):
    ascending = sorted(numbers)
    column = Column.of(np.array(ascending, np.int64))

    assert column.places(np.array(ascending[::2], np.int64)).tolist() == [*range(0, len(ascending), 2)]
    if other not in numbers:
        with pytest.raises(ValueError, match="responses are missing"):
            column.places(np.array([other], np.int64))


@pytest.mark.parametrize(("largest", "width"), [(255, 1), (256, 2), (65_536, 4), (1 << 40, 8)])
def test_a_column_takes_as_few_bytes_as_its_numbers_need(largest, width):
    assert Column.of(np.array([10, 10 + largest], np.int64)).above.itemsize == width


def test_a_block_is_stored_and_read_again():
    made = block((5, 20_000, 0, NOBODY), (70_000, 20_001, 1, 5))

    read = Block.load(*made.dump())

    assert read.dump() == made.dump()
    assert read.persons.at(np.arange(2)).tolist() == [NOBODY, 5]
    assert read.names == ["chat", "böt"]


@pytest.mark.parametrize("length", [0, 5, 13, 20, -1])
def test_a_damaged_block_is_refused(length):
    columns, names = block((5, 20_000, 0, NOBODY), (9, 20_001, 1, 5)).dump()

    with pytest.raises(ValueError, match=r"damaged|values to unpack|buffer"):
        Block.load(columns[:length], names)
