from contextlib import closing

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.recognition.meanings import WINDOWS, Meanings
from gateway.stores import vectors
from gateway.stores.asides import Aside
from gateway.stores.segments import index_url, prepare_index

ALL = {"first": 0, "before": 1 << 40, "least": 0.3, "count": 9}


@pytest.fixture(scope="module")
def index(database):
    url = index_url(database())
    prepare_index(url)
    with closing(Aside(url, "the index cannot be written")) as aside:
        yield aside


@pytest.fixture
def ask(index):
    with index.transaction() as ask:
        vectors.clear(ask)
        yield ask


def turned(*degrees):
    return Meanings.of([[np.cos(np.radians(one)), np.sin(np.radians(one))] for one in degrees])


EAST = np.array([1, 0], np.float32)


def nearest(ask, tenant="acme", known=None, **more):
    found = (known or vectors.Vectors()).nearest(ask, tenant, EAST, **(ALL | more))
    return [(near.entry, near.window) for near in found]


def sizes(ask):
    return [row[0] for row in ask.rows("SELECT size FROM search_vector ORDER BY first, last")]


def test_the_nearest_window_of_each_text_counts_and_the_nearest_text_comes_first(ask):
    vectors.add(ask, "acme", {3: turned(80, 20), 4: turned(10), 5: turned(90, 180)})
    vectors.add(ask, "acme", {8: turned(30, 0, 45)})
    vectors.add(ask, "rival", {9: turned(0)})

    assert nearest(ask) == [(8, 1), (4, 0), (3, 1)]
    assert nearest(ask, "rival") == [(9, 0)] and nearest(ask, "nobody") == []
    assert nearest(ask, None) == [(9, 0), (8, 1), (4, 0), (3, 1)]
    assert nearest(ask, count=1) == [(8, 1)]
    assert nearest(ask, first=4, before=8) == [(4, 0)]
    assert nearest(ask, least=0.99) == [(8, 1)]


def test_what_was_forgotten_is_gone(ask):
    known = vectors.Vectors()
    vectors.add(ask, "acme", {number: turned(number, number + 1) for number in range(9)})
    before = nearest(ask, known=known)
    vectors.forget(ask, "acme", [0, 5])
    vectors.forget(ask, "rival", [1])
    vectors.forget(ask, "acme", [])

    assert before[:2] == [(0, 0), (1, 0)]
    assert nearest(ask, known=known) == [(number, 0) for number in (1, 2, 3, 4, 6, 7, 8)]
    assert sum(sizes(ask)) == 14
    vectors.forget(ask, "acme", [*range(9)])
    assert sizes(ask) == [] and nearest(ask, known=known) == []


def test_few_blocks_stay_and_none_has_too_many(ask, monkeypatch):
    monkeypatch.setattr(vectors, "FULL", 64)
    monkeypatch.setattr(vectors, "CACHED", 2)
    for number in range(200):
        vectors.add(ask, "acme", {number: turned(number)})
    first = sizes(ask)
    vectors.add(ask, "acme", {200 + number: turned(0) for number in range(100)})

    assert sum(first) == 200 and len(first) <= 8 and max(first) <= 64
    assert max(sizes(ask)) <= 64
    known = vectors.Vectors()
    assert nearest(ask, known=known, first=0, before=200) == nearest(ask, known=known, before=200)
    assert nearest(ask, before=200, count=2) == [(0, 0), (1, 0)]


def test_vectors_of_another_model_are_passed_over(ask):
    vectors.add(ask, "acme", {1: Meanings.of([[1.0, 0.0, 0.0]])})
    vectors.add(ask, "acme", {2: turned(0)})

    assert nearest(ask) == [(2, 0)]


@settings(max_examples=30)
@given(
    st.lists(st.lists(st.integers(0, 359), max_size=WINDOWS), max_size=30),
    st.sets(st.integers(0, 29)),
    st.integers(1, 7),
)
def test_what_is_found_is_what_comparing_all_finds(tmp_path_factory, texts, gone, together):
    url = f"sqlite:///{tmp_path_factory.mktemp('vectors')}/x.db"
    prepare_index(url)
    with closing(Aside(url, "the index cannot be written")) as aside, aside.transaction() as ask:
        for start in range(0, len(texts), together):
            part = {start + at: turned(*one) for at, one in enumerate(texts[start : start + together]) if one}
            vectors.add(ask, "acme", part)
        vectors.forget(ask, "acme", [*gone])
        found = vectors.Vectors().nearest(ask, "acme", EAST, **(ALL | {"count": 99}))
    wanted = {
        entry: max(np.cos(np.radians(one)))
        for entry, one in enumerate(texts)
        if one and entry not in gone and max(np.cos(np.radians(one))) >= 0.33
    }

    assert {near.entry for near in found} >= {*wanted}
    assert all(abs(near.score - wanted.get(near.entry, 0.31)) < 0.03 for near in found)
