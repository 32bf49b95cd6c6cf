from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.stores import segments
from gateway.stores.asides import Aside
from gateway.stores.following import Cursors
from gateway.stores.places import Place, crowded, forget, known, remember


@pytest.fixture
def aside(url):
    segments.prepare_index(url)
    with closing(Aside(url, "the test cannot write")) as opened:
        yield opened


def test_the_newest_place_is_kept_and_others_ever_farther_apart(aside):
    with aside.transaction() as ask:
        remember(ask, "other", Place(7, b"o"))
        for position in range(1, 33):
            remember(ask, "search", Place(position, b"%d" % position))
        places = known(ask, "search")
        forget(ask, "search")
        rest = known(ask, "search"), known(ask, "other")

    assert places[0] == (32, b"32")
    assert [place.position for place in places] == [32, 31, 30, 29, 27, 23, 15]
    assert rest == ([], [(7, b"o")])


@given(st.lists(st.integers(1, 300), min_size=1, max_size=200))
def test_however_a_cursor_moves_few_places_are_kept_and_one_not_far_before_any(steps):
    position, kept, passed = 0, [], []
    for step in steps:
        position += step
        dropped = crowded(position, kept)
        kept = [position, *(one for one in kept if one not in dropped)]
        passed.append(position)

    assert len(kept) <= 1 + 2 * position.bit_length()
    for one in passed:
        before = max((place for place in kept if place <= one), default=0)
        assert position - before <= 4 * (position - one) + max(steps)


def test_cursors_remember_places_where_they_stand_apart_from_the_log_and_forget_them_when_they_begin_anew(url):
    segments.prepare_index(url)
    with closing(Cursors(url, "one", apart=True)) as apart, closing(Cursors(url, "one")) as beside:
        for cursors, name in ((apart, "apart"), (beside, "beside")):
            cursors.lead(name)
            cursors.move(name, 0, 5, None, b"leaf")
        before = apart.places("apart"), beside.places("beside")
        apart.restart("apart", lambda ask: None)
        after = apart.places("apart")

    assert (before, after) == (([(5, b"leaf")], ()), [])
