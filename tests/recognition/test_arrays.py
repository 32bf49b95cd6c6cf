import numpy as np
from hypothesis import given
from hypothesis.strategies import integers, lists

from gateway.recognition.arrays import distinct, mixed


def test_mixing_gives_the_published_numbers():
    """The first outputs of SplitMix64 seeded with 1234567, as its reference implementation prints them."""
    states = np.array([1234567], np.uint64) + np.uint64(0x9E3779B97F4A7C15) * np.arange(1, 4, dtype=np.uint64)

    assert mixed(states).tolist() == [6457827717110365317, 3203168211198807973, 9817491932198370423]


@given(lists(integers(0, 2**64 - 1) | integers(0, 5)))
def test_distinct_numbers_are_a_set_in_order(values):
    found = distinct(np.array(values, np.uint64))

    assert found.tolist() == sorted(set(values))
    assert found.dtype == np.uint64
