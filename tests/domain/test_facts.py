from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.facts import Facts

ITEMS = st.dictionaries(st.text(max_size=4), st.integers() | st.text(max_size=4) | st.tuples(st.text(max_size=3)))


@given(ITEMS)
def test_equal_facts_hash_alike_in_any_order(items):
    backwards = dict(reversed(items.items()))

    assert Facts(items) == Facts(backwards)
    assert hash(Facts(items)) == hash(Facts(backwards))


def test_facts_are_joined_without_changing_either():
    ours, more = Facts(a=1, b=2), Facts(b=3)

    assert ours | more == Facts(a=1, b=3)
    assert ours == Facts(a=1, b=2)
