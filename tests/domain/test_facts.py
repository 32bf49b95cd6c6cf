from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.facts import Facts

ITEMS = st.dictionaries(st.text(max_size=4), st.integers() | st.text(max_size=4) | st.tuples(st.text(max_size=3)))


@given(ITEMS)
def test_equal_facts_hash_alike_in_any_order(items):
    backwards = dict(reversed(items.items()))

    assert Facts(items) == Facts(backwards)
    assert hash(Facts(items)) == hash(Facts(backwards))


NUMBERS = st.dictionaries(st.sampled_from("ab"), st.sampled_from([0, 0.0, False, 1, 1.0, True, "1"]))


@given(NUMBERS, NUMBERS)
def test_numbers_of_different_types_are_different_items(one, other):
    """A remembered decision about one is none about the other."""
    same = {name: (type(value), value) for name, value in one.items()} == {
        name: (type(value), value) for name, value in other.items()
    }

    assert (Facts(one) == Facts(other)) is same
    assert len({Facts(one): 1, Facts(other): 2}) == 2 - same


def test_facts_are_joined_without_changing_either():
    ours, more = Facts(a=1, b=2), Facts(b=3)

    assert ours | more == Facts(a=1, b=3)
    assert ours == Facts(a=1, b=2)
