from contextlib import closing

import numpy as np
import pytest

from gateway.recognition.groups import Group
from gateway.stores import segments
from gateway.stores.asides import Aside
from gateway.stores.candidates import Candidates


@pytest.fixture
def ask(database):
    url = database()
    segments.prepare_index(url)
    with closing(Aside(url, "test")) as aside, aside.transaction() as ask:
        segments.add(ask, "acme", {entry: np.array([1, 2 + entry % 2, 10 + entry]) for entry in range(100)})
        segments.add(ask, "acme", {entry: np.array([1, 2 + entry % 2, 10 + entry]) for entry in range(100, 120)})
        yield ask


def groups(*numbers):
    return [Group(number) for number in numbers]


def candidates(ask, *tail, indexed=120):
    return Candidates(ask, segments.segments(ask, "acme", {}), tail, indexed)


def test_texts_that_have_all_are_told_the_newest_first(ask):
    found = [*candidates(ask).having(groups(1, 3), 0, 1_000)]

    assert found == [*range(119, 0, -2)]
    assert [*candidates(ask).having(groups(1, 2, 3), 0, 1_000)] == []
    assert [*candidates(ask).having(groups(), 95, 105)] == [*range(104, 94, -1)]


def test_those_behind_the_index_come_first_and_once(ask):
    assert [*candidates(ask, 130, 119, 118, indexed=118).having(groups(10 + 119), 0, 1_000)] == [130, 119, 118]
    assert [*candidates(ask, 130, indexed=120).having(groups(10 + 119), 0, 125)] == [119]


def test_only_a_range_is_told(ask):
    assert [*candidates(ask).having(groups(3), 50, 56)] == [55, 53, 51]
    assert [*candidates(ask).most(groups(3, 10 + 51), 50, 56, 9)] == [51, 55, 53]


def test_rare_groups_count_more_than_common_ones(ask):
    assert next(iter(candidates(ask).most(groups(1, 2, 10 + 7), 0, 1_000, 3))) == 7
    assert len(candidates(ask).most(groups(1), 0, 1_000, 5)) == 5
    assert candidates(ask, 140).most(groups(10 + 7), 0, 1_000, 5) == [140, 7]
