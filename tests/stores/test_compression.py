import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.stores.compression import Compressor, compressor
from gateway.stores.encoding import encode
from tests.stores.material import run

COMPRESSOR = Compressor()


@given(st.binary(max_size=2_000))
def test_everything_comes_back(data):
    assert COMPRESSOR.unpack(COMPRESSOR.pack_text(data)) == data
    assert COMPRESSOR.unpack(COMPRESSOR.pack_record(data)) == data
    assert COMPRESSOR.unpack(COMPRESSOR.pack_leaf(data)) == data


@given(st.binary(max_size=2_000))
def test_nothing_grows_by_more_than_its_mark(data):
    assert len(COMPRESSOR.pack_text(data)) <= len(data) + 1
    assert len(COMPRESSOR.pack_record(data)) <= len(data) + 1
    assert len(COMPRESSOR.pack_leaf(data)) <= len(data) + 1


def test_a_record_shrinks_to_little_more_than_its_digests():
    start, end = run()

    assert len(COMPRESSOR.pack_record(encode(start.body))) < len(encode(start.body)) / 3
    assert len(COMPRESSOR.pack_record(encode(end.body))) < len(encode(end.body)) / 3


@pytest.mark.parametrize(
    "packed", [b"", b"\x07abc", b"\x01abc", b"\x02abc", b"\x03abc", COMPRESSOR.pack_text(b"a" * 99)[:-1]]
)
def test_what_is_damaged_is_refused(packed):
    with pytest.raises(ValueError):
        COMPRESSOR.unpack(packed)


def test_a_damaged_size_does_not_ask_for_all_memory():
    packed = COMPRESSOR.pack_text(b"a" * 99)
    magic, rest = packed[:5], packed[5:]
    boast = magic + bytes([0b11100000]) + (1 << 60).to_bytes(8, "little") + rest[2:]

    with pytest.raises(ValueError, match="larger than any"):
        COMPRESSOR.unpack(boast)


@given(st.lists(st.binary(max_size=300), max_size=5))
def test_leaves_together_are_the_leaves_one_by_one(leaves):
    packed = [COMPRESSOR.pack_leaf(leaf) for leaf in leaves]

    assert COMPRESSOR.unpack_leaves(packed) == leaves


@pytest.mark.parametrize("place", [0, 2])
@pytest.mark.parametrize("damaged", [b"", b"\x07abc", b"\x03abc", COMPRESSOR.pack_leaf(b"a" * 99)[:-1]])
def test_one_damaged_leaf_is_refused_among_others(place, damaged):
    packed = [COMPRESSOR.pack_leaf(b'{"v":1}' * number) for number in range(9, 12)]
    packed[place] = damaged

    with pytest.raises(ValueError):
        COMPRESSOR.unpack_leaves(packed)


def test_each_thread_has_its_own():
    found = [compressor()]
    thread = threading.Thread(target=lambda: found.append(compressor()))
    thread.start()
    thread.join()

    assert found[0] is not found[1]
    assert found[0] is compressor()
