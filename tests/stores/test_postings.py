import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gateway.recognition.groups import DETAILS, NUMBERS, Group
from gateway.stores.postings import BUCKETS, TEXTS, Lists, Postings, unpacked, width_of

GROUPS = st.integers(0, NUMBERS - 1) | st.integers(0, 3 * DETAILS) | st.integers(0, 40)
SETS = st.lists(st.sets(GROUPS, max_size=20).map(sorted), max_size=30)


def arrays(sets):
    return [np.array(one, np.int64) for one in sets]


def sets(postings):
    result = [set() for _ in range(postings.size)]
    for group, text in zip(postings.groups.tolist(), postings.texts.tolist(), strict=True):
        result[text].add(group)
    return result


def again(postings):
    width = width_of(postings.room)
    return unpacked(postings.rows(width), width, postings.size)


@given(SETS)
def test_what_is_packed_is_unpacked(texts):
    assert sets(again(Postings.of(arrays(texts)))) == [set(one) for one in texts]


@given(SETS, st.integers(0, 16).map(lambda power: 1 << power), st.integers(0, NUMBERS - 1))
def test_the_lists_of_a_group_are_found_in_its_row(texts, width, known):
    """However much of its number is known."""
    postings, room = Postings.of(arrays(texts)), width * DETAILS
    rows = {number: Lists.opened(data) for number, data in postings.rows(width)}
    mask = known | NUMBERS - DETAILS

    for group in {group for one in texts for group in one}:
        row, name = rows[group // room], group % room
        for wanted in (Group(name), Group(name & mask, mask)):
            same = [
                [one for one in own if one // room == group // room and one % room & wanted.known == wanted.number]
                for own in texts
            ]
            got = row.found(wanted)
            assert got.tolist() == [number for number, own in enumerate(same) if own]
            assert row.count(wanted) == sum(map(len, same))
            for some in (np.arange(len(texts)), np.arange(0, len(texts), 2), np.arange(0)):
                assert row.among(wanted, some).tolist() == np.intersect1d(got, some).tolist()
    assert all(lists.found(Group(room)).size == 0 for lists in rows.values())


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
    assert (np.diff(replaced.texts)[np.diff(replaced.groups) == 0] > 0).all()


def test_a_list_takes_little_more_than_what_it_tells():
    size = 5_000
    texts = [{1} if number % 2 else {2} if number % 40 == 0 else set() for number in range(size)]
    texts[0].add(3)
    texts[4_999].add(3)
    postings = Postings.of(arrays(map(sorted, texts)))
    ((_, data),) = postings.rows(BUCKETS)

    assert sets(again(postings)) == texts
    for group in (1, 2, 3, 4):
        some = np.array([0, 1, 40, 41, 2_000, 4_999])
        assert Lists.opened(data).among(Group(group), some).tolist() == [
            at for at in some.tolist() if group in texts[at]
        ]
    assert len(data) < 500
    assert postings.room >= len(data)
    assert size < TEXTS


def test_the_last_text_of_the_largest_segment_is_found():
    texts = [np.array([7] if at in (0, 255, 256, TEXTS - 1) else [], np.int64) for at in range(TEXTS)]
    ((_, data),) = Postings.of(texts).rows(BUCKETS)

    assert Lists.opened(data).found(Group(7)).tolist() == [0, 255, 256, TEXTS - 1]


def test_rows_are_as_wide_as_they_must_be_to_hold_something():
    assert [width_of(room) for room in (0, 4_096, 8_192, 1 << 28, 1 << 40)] == [BUCKETS, BUCKETS, BUCKETS // 2, 1, 1]
