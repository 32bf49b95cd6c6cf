import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gateway.recognition.folding import BUCKETS
from gateway.stores.postings import TEXTS, Postings, among, found, opened, unpacked, width_of

SETS = st.lists(st.sets(st.integers(0, BUCKETS - 1), max_size=20).map(sorted), max_size=30)


def arrays(sets):
    return [np.array(one, np.int64) for one in sets]


def sets(postings):
    result = [set() for _ in range(postings.size)]
    for bucket, text in zip(postings.buckets.tolist(), postings.texts.tolist(), strict=True):
        result[text].add(bucket)
    return result


def again(postings):
    width = width_of(postings.room)
    return unpacked(postings.rows(width), width, postings.size)


@given(SETS)
def test_what_is_packed_is_unpacked(texts):
    assert sets(again(Postings.of(arrays(texts)))) == [set(one) for one in texts]


@given(SETS, st.integers(0, 15).map(lambda power: 1 << power))
def test_each_list_is_found_in_its_row(texts, width):
    postings = Postings.of(arrays(texts))
    packed = {number: opened(data) for number, data in postings.rows(width)}

    for bucket in {bucket for one in texts for bucket in one}:
        got = found(packed[bucket // width], bucket % width, postings.size)
        assert got.tolist() == [number for number, one in enumerate(texts) if bucket in one]
        for some in (np.arange(len(texts)), np.arange(0, len(texts), 2), np.arange(0)):
            few = among(packed[bucket // width], bucket % width, postings.size, some)
            assert few.tolist() == np.intersect1d(got, some).tolist()
    assert all(found(data, width, postings.size).size == 0 for data in packed.values())


@given(st.lists(SETS, min_size=1, max_size=4))
def test_joined_postings_are_those_of_all_texts_in_order(parts):
    joined = Postings.joined([Postings.of(arrays(part)) for part in parts])

    assert sets(joined) == [set(one) for part in parts for one in part]


@given(SETS, st.data())
def test_what_is_taken_out_leaves_the_others_in_order(texts, data):
    gone = data.draw(st.sets(st.integers(0, len(texts) - 1))) if texts else set()
    left = Postings.of(arrays(texts)).without(np.array(sorted(gone), np.int64))

    assert sets(left) == [set(one) for number, one in enumerate(texts) if number not in gone]


@given(SETS, st.data())
def test_what_is_replaced_changes_no_other_text(texts, data):
    changed = (
        data.draw(st.dictionaries(st.integers(0, len(texts) - 1), SETS.map(lambda s: s[0] if s else [])))
        if texts
        else {}
    )
    replaced = Postings.of(arrays(texts)).replaced(dict(zip(changed, arrays(changed.values()), strict=True)))

    assert sets(again(replaced)) == [set(changed.get(number, one)) for number, one in enumerate(texts)]
    assert (np.diff(replaced.texts)[np.diff(replaced.buckets) == 0] > 0).all()


def test_every_form_of_a_list_is_read_back():
    """A dense one has a bit a text, one with small gaps a byte a text, one with large gaps two."""
    size = 5_000
    texts = [set() for _ in range(size)]
    for number in range(size):
        if number % 2:
            texts[number].add(1)
        if number % 40 == 0:
            texts[number].add(2)
    texts[0].add(3)
    texts[4_999].add(3)
    postings = Postings.of(arrays(map(sorted, texts)))
    room = sum(len(data) for _, data in postings.rows(BUCKETS))

    (row,) = (opened(data) for _, data in postings.rows(BUCKETS))

    assert sets(again(postings)) == texts
    for bucket in (1, 2, 3, 4):
        some = np.array([0, 1, 40, 41, 2_000, 4_999])
        assert among(row, bucket, size, some).tolist() == [at for at in some.tolist() if bucket in texts[at]]
    assert room < 500
    assert postings.room >= room
    assert size < TEXTS


def test_rows_are_as_wide_as_they_must_be_to_hold_something():
    assert [width_of(room) for room in (0, 4_096, 8_192, 1 << 28, 1 << 40)] == [BUCKETS, BUCKETS, BUCKETS // 2, 1, 1]
