from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.digests import digest, new_id
from gateway.stores.packing import (
    pack_digest,
    pack_id,
    pack_time,
    pack_trace,
    plain,
    unpack_digest,
    unpack_id,
    unpack_time,
)
from tests.stores.bodies import texts

hexadecimal = st.text("0123456789abcdefABCDEF-", max_size=80)


@given(texts | hexadecimal | st.uuids().map(str))
def test_every_id_comes_back(id):
    assert unpack_id(pack_id(id)) == id


@given(texts | hexadecimal | texts.map(digest) | hexadecimal.map("sha256:".__add__))
def test_every_digest_comes_back(name):
    assert unpack_digest(pack_digest(name)) == name


@given(st.lists(texts | hexadecimal | st.uuids().map(str), unique=True, max_size=5))
def test_different_names_stay_different(names):
    assert len({pack_id(name) for name in names}) == len({pack_digest(name) for name in names}) == len(names)


def test_usual_names_are_short():
    assert len(pack_id(new_id())) == 16
    assert len(pack_digest(digest("x"))) == 32


@pytest.mark.parametrize(
    ("trace_id", "packed"),
    [("0af7651916cd43dd8448eb211c80319c", 16), ("0AF7651916CD43DD8448EB211C80319C", 16), ("0" * 32, None), ("", None),
     ("0af7", None), ("x" * 32, None), ("0af7651916cd43dd8448eb211c80 31 9c", None)],
)  # fmt: skip
def test_a_trace_id_is_packed_if_it_is_one(trace_id, packed):
    found = pack_trace(trace_id)

    assert (None if found is None else len(found)) == packed


def test_an_id_in_capitals_is_another_id():
    name = new_id()

    assert pack_id(name.upper()) != pack_id(name)
    assert pack_digest(digest("x").upper()) != pack_digest(digest("x"))


@given(st.datetimes(timezones=st.just(UTC)))
def test_every_time_comes_back(at):
    assert unpack_time(pack_time(at)) == at


def test_a_time_without_zone_is_refused():
    with pytest.raises(TypeError):
        pack_time(datetime(2026, 1, 1))


@given(texts)
def test_any_text_becomes_one_that_columns_take(text):
    made = plain(text)

    assert "\0" not in made
    assert made.encode("utf-8").decode("utf-8") == made
    assert bool(made) == bool(text)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_texts_that_columns_take_stay_as_they_are(text):
    assert plain(text) == text
