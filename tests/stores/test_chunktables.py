import numpy as np
import pytest

from gateway.recognition.groups import Group, grouped
from gateway.stores import chunktables, segments
from gateway.stores.asides import Aside
from gateway.stores.segments import index_url, prepare_index
from tests.stores.databases import rows


@pytest.fixture
def url(database):
    url = index_url(database.prepared())
    prepare_index(url)
    return url


def cut(text):
    return grouped([text], [()])[0].astype(np.uint32)


def test_chunks_and_responses_stand_in_tables_of_their_own(url):
    """Of both an entry 1 is there; forgetting that of a response forgets no chunk."""
    aside = Aside(url, "x")
    with aside.transaction() as ask:
        segments.add(ask, "acme", {1: cut("What was asked").astype(np.int64)})
        chunktables.add(ask, "acme", {1: cut("What was written"), 2: None})
        segments.replace(ask, "acme", {1: np.empty(0, np.int64)})
        own = chunktables.ChunkTables(ask)
        entries = [segment.entries.tolist() for segment in segments.segments(own, "acme", {})]
        without = chunktables.textless(ask, range(9))
    aside.close()

    assert (entries, without) == ([[1, 2]], {2})
    assert rows(url, "SELECT COUNT(*) FROM search_piece") == [(0,)]


def test_a_text_comes_and_goes_and_its_place_stays(url):
    aside, text = Aside(url, "x"), cut("The blue kettle")
    with aside.transaction() as ask:
        chunktables.add(ask, "acme", {1: text, 2: None})
        own = chunktables.ChunkTables(ask)

        def having():
            (segment,) = segments.segments(own, "acme", {})
            return {int(one) for group in map(Group, text.tolist()) for one in segment.having(own, [group])[group]}

        first = having()
        changed = chunktables.change(ask, "acme", {1: None, 2: text}), having(), chunktables.textless(ask, [1, 2])
        other = chunktables.change(ask, "rival", {1: None})
        parts = [[*part] for part in chunktables.apart(ask, "acme", [2, 1])]
        chunktables.clear(ask, 0)
        nothing = segments.segments(own, "acme", {})
    aside.close()

    assert first == {0}
    assert changed == (2, {1}, {1})
    assert (other, parts, nothing) == (0, [[1, 2]], [])


def test_thousands_of_chunks_are_merged_like_the_texts_of_responses(url):
    aside = Aside(url, "x")
    with aside.transaction() as ask:
        for start in range(1, 200, 5):
            chunktables.add(ask, "acme", {at: np.array([at], np.uint32) for at in range(start, start + 5)})
        found = segments.segments(chunktables.ChunkTables(ask), None, {})
    aside.close()

    assert len(found) < 20
    assert [entry for segment in found for entry in segment.entries.tolist()] == [*range(1, 201)]
