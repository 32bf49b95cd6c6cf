from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from gateway.stores.aggregates import joined, listed, numbers, parted
from gateway.stores.questions import Questions
from gateway.stores.statements import table
from gateway.stores.tables import LeafRow
from tests.stores.databases import alter

LEAF = table(LeafRow).c
EVERY_BYTE = bytes(range(256)) * 2


def columns(tenant):
    each = select(LEAF.idx, LEAF.hashes).order_by(LEAF.idx).subquery().c
    return select(listed(each.idx), joined(each.hashes))


def test_a_column_comes_in_one_value_whatever_bytes_it_holds(database):
    url = database.prepared()
    with closing(Questions(url)) as questions, questions.asking() as ask:
        nothing = ask(columns)
        values = [EVERY_BYTE, b"\x00", b"\xff\xfe\x00", b"", b"\xed\xa0\x80"]
        for place, value in enumerate(values):
            given = f"X'{value.hex()}'" if url.startswith("sqlite") else f"'\\x{value.hex()}'"
            alter(url, f"INSERT INTO leaf (idx, hashes) VALUES ({place}, {given})")
        ((listing, data),) = ask(columns)

    assert nothing == [(None, None)]
    assert numbers(listing).tolist() == [0, 1, 2, 3, 4]
    assert bytes(data) == b"".join(values)


@given(st.lists(st.integers(-(1 << 62), 1 << 62)))
def test_numbers_are_read_as_they_were_listed(values):
    assert numbers(",".join(map(str, values)) or None).tolist() == values


@given(st.lists(st.binary(max_size=9)), st.binary(min_size=1, max_size=3))
def test_what_was_joined_is_parted_again_and_nothing_may_be_left(values, more):
    lengths = [len(value) for value in values]

    assert parted(b"".join(values), lengths) == values
    with pytest.raises(ValueError, match="not as long"):
        parted(b"".join(values) + more, lengths)
