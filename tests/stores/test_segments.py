from contextlib import closing

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain.errors import LineageUnavailable
from gateway.recognition.groups import DETAILS, NUMBERS
from gateway.stores import segments
from gateway.stores.asides import Aside
from gateway.stores.connecting import parsed, reading
from gateway.stores.postings import BUCKETS, width_of


@pytest.fixture
def url(database, tmp_path):
    url = segments.index_url(database())
    segments.prepare_index(url)
    segments.prepare_index(url)
    return url


@pytest.fixture
def aside(url):
    with closing(Aside(url, "the test cannot write")) as opened:
        yield opened


def groups(*numbers):
    return np.array(numbers, np.int64)


def held(ask, tenant="acme"):
    """Return which groups each entry has."""
    result = {}
    for segment in segments.segments(ask, tenant, {}):
        postings = segment.postings(ask)
        for entry in segment.entries.tolist():
            result[entry] = set()
        for group, text in zip(postings.groups.tolist(), postings.texts.tolist(), strict=True):
            result[int(segment.entries[text])].add(group)
    return result


def test_the_index_of_a_file_is_a_file_beside_it_and_that_of_a_server_is_in_it():
    assert segments.index_url("sqlite:////srv/data/line.ward.db") == "sqlite:////srv/data/line.ward.search.db"
    assert segments.index_url("postgresql+psycopg://me:s3cret@host/name") == "postgresql+psycopg://me:s3cret@host/name"


def test_what_an_earlier_release_indexed_in_another_way_is_dropped(url, aside):
    earlier = [f"{kind}_{table}" for kind in ("search", "chunk") for table in ("segment", "row", "part", "list")]
    with aside.transaction() as ask:
        for table in earlier:
            ask.run(f"CREATE TABLE {table} (id BIGINT)", ())
    segments.prepare_index(url)

    with aside.transaction() as ask:
        for table in earlier:  # there is room for it again
            ask.run(f"CREATE TABLE {table} (id BIGINT)", ())


def test_texts_are_kept_by_entry_and_tenant(aside):
    with aside.transaction() as ask:
        segments.add(ask, "acme", {4: groups(1, 7), 2: groups(7)})
        segments.add(ask, "rival", {3: groups(9)})
        segments.add(ask, "acme", {8: groups()})
        assert held(ask) == {2: {7}, 4: {1, 7}, 8: set()}
        assert held(ask, "rival") == {3: {9}}
        everybody = segments.segments(ask, None, {})

    assert [segment.entries.tolist() for segment in everybody] == [[2, 4], [3], [8]]


@given(
    st.lists(
        st.lists(st.sets(st.integers(0, NUMBERS - 1) | st.integers(0, 9), max_size=8), min_size=1, max_size=5),
        max_size=24,
    ),
    st.sets(st.integers(1, 99), max_size=30),
    st.sampled_from([1, 64, BUCKETS]),
)
@settings(max_examples=15)
def test_however_few_buckets_are_held_at_a_time_what_was_added_and_not_forgotten_is_there(aside, parts, gone, few):
    wanted: dict[int, set[int]] = {}
    with aside.transaction() as ask, pytest.MonkeyPatch.context() as patch:
        patch.setattr(segments, "AT_ONCE", few)
        patch.setattr(segments, "width_of", lambda room: width_of(room * 400))  # as if there were as many texts
        segments.clear(ask, 0)
        for part in parts:
            texts = dict(enumerate(part, len(wanted) + 1))
            segments.add(ask, "acme", {entry: groups(*sorted(one)) for entry, one in texts.items()})
            wanted |= texts
        assert held(ask) == wanted
        others = {entry: {entry * 300 * DETAILS + entry} if entry % 3 else set() for entry in gone}
        segments.replace(ask, "acme", {entry: groups(*sorted(one)) for entry, one in others.items()})
        changed = {entry: others.get(entry, one) for entry, one in wanted.items()}
        assert held(ask) == {entry: one for entry, one in changed.items() if entry not in gone or one}
        assert {row[0] // BUCKETS for row in ask.rows("SELECT id FROM search_posting")} <= {
            row[0] for row in ask.rows("SELECT id FROM search_piece")
        }


def test_entries_of_only_so_many_segments_are_remembered(aside, monkeypatch):
    monkeypatch.setattr(segments, "REMEMBERED", 2)
    known: dict[int, segments.Segment] = {}
    with aside.transaction() as ask:
        for entry in range(5):
            segments.add(ask, f"tenant-{entry}", {entry: groups(1)})
        found = [segments.segments(ask, None, known) for _ in range(2)]

    assert len(known) == 2
    assert [[one.entries.tolist() for one in some] for some in found] == [[[0], [1], [2], [3], [4]]] * 2


def test_segments_are_merged_as_they_grow(aside):
    with aside.transaction() as ask:
        for number in range(200):
            segments.add(ask, "acme", {number: groups(number % 5, 100 + number)})
        sizes = [segment.size for segment in segments.segments(ask, "acme", {})]

        assert held(ask) == {number: {number % 5, 100 + number} for number in range(200)}
    assert len(sizes) < 24 and max(sizes) >= 64


def test_the_largest_are_merged_by_two(aside, monkeypatch):
    """An index that is made anew adds many at a time, and a search asks each segment."""
    monkeypatch.setattr(segments, "TEXTS", 40)
    with aside.transaction() as ask:
        for start in range(0, 400, 20):
            segments.add(ask, "acme", {number: groups(number) for number in range(start, start + 18 + start % 3)})
        sizes = [segment.size for segment in segments.segments(ask, "acme", {})]

    assert max(sizes) <= 40
    assert len(sizes) == 13 and min(sizes[-7:]) > 30


def test_a_segment_has_only_so_many_texts(aside, monkeypatch):
    monkeypatch.setattr(segments, "TEXTS", 40)
    with aside.transaction() as ask:
        segments.add(ask, "acme", {number: groups(number) for number in range(100)})
        for number in range(100, 180):
            segments.add(ask, "acme", {number: groups(number)})
        sizes = [segment.size for segment in segments.segments(ask, "acme", {})]

        assert held(ask) == {number: {number} for number in range(180)}
    assert max(sizes) <= 40


def test_what_was_read_before_is_read_again_only_when_it_changed(aside):
    known = {}
    with aside.transaction() as ask:
        segments.add(ask, "acme", {1: groups(1), 2: groups(2)})
        segments.add(ask, "rival", {3: groups(1)})
        first = segments.segments(ask, "acme", known)
        again = segments.segments(ask, "acme", known)
        segments.segments(ask, "rival", known)
        segments.replace(ask, "acme", {1: groups()})
        left = segments.segments(ask, "acme", known)

    assert again[0] is first[0]
    assert [segment.entries.tolist() for segment in left] == [[2]]
    assert sorted(segment.tenant for segment in known.values()) == ["acme", "rival"]


def test_texts_are_replaced_segment_by_segment(aside, monkeypatch):
    monkeypatch.setattr(segments, "UNEVEN", 0)
    monkeypatch.setattr(segments, "TEXTS", 2)
    with aside.transaction() as ask:
        segments.add(ask, "acme", {entry: groups(entry, 77) for entry in range(6)})
        segments.add(ask, "rival", {9: groups(1)})
        parts = segments.apart(ask, "acme", [5, 0, 3, 2, 12])
        nothing = segments.apart(ask, "acme", [])
        count = segments.replace(ask, "acme", {0: groups(), 1: groups(), 3: groups(8), 9: groups(), 12: groups(2)})

        assert (parts, nothing, count) == ([[0], [2, 3], [5, 12]], [], 3)
        assert held(ask) == {2: {2, 77}, 3: {8}, 4: {4, 77}, 5: {5, 77}}
        assert held(ask, "rival") == {9: {1}}


def test_nothing_of_a_forgotten_text_is_left_on_the_disk(tmp_path):
    """Lists of its own are bytes that nothing else has."""
    url = f"sqlite:///{tmp_path}/x.search.db"
    segments.prepare_index(url)
    own = np.unique(np.random.default_rng(1).integers(3, NUMBERS, 4_000))
    with closing(Aside(url, "test")) as aside:
        with aside.transaction() as ask:
            segments.add(ask, "acme", {number: groups(1) for number in range(1, 400)})
            segments.add(ask, "acme", {400: own})
            mark = bytes(max((row[0] for row in ask.rows("SELECT lists FROM search_posting")), key=len))[100:180]

        def on_disk():
            return any(mark in path.read_bytes() for path in tmp_path.iterdir())

        assert on_disk()
        with aside.transaction() as ask:
            segments.replace(ask, "acme", {400: groups()})
        segments.clean(url)

    assert not on_disk()


def test_while_somebody_reads_nothing_is_said_to_be_overwritten(tmp_path, monkeypatch):
    url = f"sqlite:///{tmp_path}/x.search.db"
    segments.prepare_index(url)
    monkeypatch.setattr(segments, "BUSY_SECONDS", 0.05)
    with closing(Aside(url, "test")) as aside, closing(reading(parsed(url))) as reader:
        cursor = reader.cursor()
        cursor.execute("BEGIN")
        cursor.execute("SELECT * FROM search_posting")
        with aside.transaction() as ask:
            segments.add(ask, "acme", {1: groups(1)})
        with pytest.raises(LineageUnavailable, match="while the search index is read"):
            segments.clean(url)


def test_cleaning_works_on_every_database(url, aside):
    with aside.transaction() as ask:
        segments.add(ask, "acme", {1: groups(1)})
        segments.replace(ask, "acme", {1: groups()})
    segments.clean(url)

    with aside.transaction() as ask:
        assert held(ask) == {}
