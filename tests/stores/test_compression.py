import threading

import orjson
import pytest
import zstandard
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.lineage.evidence import draw, leaf
from gateway.stores.compression import Compressor, compressor
from gateway.stores.dictionaries import LEAF_1, RECORD_1
from gateway.stores.encoding import encode
from tests.stores.material import chunk, edges, run

COMPRESSOR = Compressor()

PACKED = [
    COMPRESSOR.pack_text(b"a" * 99),
    COMPRESSOR.pack_prose("What the customer asked was answered within two days. " * 9),
    *(COMPRESSOR.pack_record(encode(event.body)) for event in run()),
    *(COMPRESSOR.pack_leaf(leaf(event, b"", b"", draw())) for event in run()),
]


@given(st.binary(max_size=2_000))
def test_everything_comes_back(data):
    assert COMPRESSOR.unpack(COMPRESSOR.pack_text(data)) == data
    assert COMPRESSOR.unpack(COMPRESSOR.pack_record(data)) == data
    assert COMPRESSOR.unpack(COMPRESSOR.pack_leaf(data)) == data


@given(st.binary(max_size=2_000))
@example(b"sha256:" + b"a" * 64)
@example(b"\x01\x02sha256:" + b"a" * 64)
def test_nothing_grows_by_more_than_its_mark(data):
    assert len(COMPRESSOR.pack_text(data)) <= len(data) + 1
    assert len(COMPRESSOR.pack_record(data)) <= len(data) + 1
    assert len(COMPRESSOR.pack_leaf(data)) <= len(data) + 1


@given(st.text(st.characters(), max_size=2_000))
@example("\ud800 half of a pair")
@example("What is the notice period of our contract? Всё остальное по-русски.")
def test_every_text_comes_back(text):
    packed, data = COMPRESSOR.pack_prose(text), text.encode("utf-8", "surrogatepass")

    assert COMPRESSOR.unpack(packed) == data
    assert len(packed) <= len(data) + 1


def test_a_text_in_another_script_is_no_larger_than_without_the_dictionary():
    text = "Срок действия договора истекает тридцать первого марта, если его не продлят обе стороны. " * 3

    assert len(COMPRESSOR.pack_prose(text)) <= len(COMPRESSOR.pack_text(text.encode()))


def test_threads_pack_and_unpack_with_the_same_dictionaries():
    text = "An answer that several threads pack at once, and that all of them can read again."
    found = []

    def work():
        own = Compressor()
        found.extend(
            own.unpack(own.pack_prose(text + str(number))) == (text + str(number)).encode() for number in range(200)
        )

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == [True] * 800


def test_a_record_and_its_leaf_shrink_to_little_more_than_their_digests():
    start, end = run(*edges(*(chunk(f"page-{number}.md") for number in range(5))))
    details = [encode(event.body) for event in (start, end)]
    leaves = [leaf(event, detail, b"", draw()) for event, detail in zip((start, end), details, strict=True)]

    assert [_beside_digests(COMPRESSOR.pack_record(one)) < len(one) / 7 for one in details] == [True, True]
    assert [_beside_digests(COMPRESSOR.pack_leaf(one)) < 140 for one in leaves] == [True, True]


def _beside_digests(packed):
    return len(packed) - 32 * packed[1]


@given(st.integers(0, 600))
@example(254)
@example(255)
@example(70_000)
def test_any_number_of_digests_comes_back(count):
    names = [f"sha256:{number:064x}" for number in range(count)]
    data = orjson.dumps({"a": names})

    assert COMPRESSOR.unpack(COMPRESSOR.pack_record(data)) == data
    assert COMPRESSOR.unpack(COMPRESSOR.pack_leaf(data)) == data


@pytest.mark.parametrize("mark, words", [(b"\x02", RECORD_1), (b"\x03", LEAF_1)])
def test_what_earlier_releases_packed_is_still_read(mark, words):
    [start, _] = run()
    data = encode(start.body)
    known = zstandard.ZstdCompressionDict(words, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
    packed = mark + zstandard.ZstdCompressor(level=1, dict_data=known).compress(data)

    assert COMPRESSOR.unpack(packed) == data
    assert COMPRESSOR.unpack_leaves([packed, packed]) == [data, data]
    assert COMPRESSOR.unpack_leaves([packed, COMPRESSOR.pack_leaf(data)]) == [data, data]


@given(st.data())
def test_what_was_damaged_is_refused_or_is_something_else_of_bounded_size(data):
    packed = bytearray(data.draw(st.sampled_from(PACKED)))
    for _ in range(data.draw(st.integers(1, 3))):
        packed[data.draw(st.integers(0, len(packed) - 1))] = data.draw(st.integers(0, 255))
    for unpack in (COMPRESSOR.unpack, lambda one: COMPRESSOR.unpack_leaves([one, one])[0]):
        try:
            found = unpack(bytes(packed))
        except ValueError:
            continue
        assert len(found) < 1 << 20


@pytest.mark.parametrize(
    "packed",
    [
        b"",
        *(bytes([mark]) + b"abc" for mark in (1, 2, 3, 4, 5, 99)),
        b"\x04",
        b"\x05\xff\xff",
        *(one[:-1] for one in PACKED),
    ],
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
@pytest.mark.parametrize("damaged", [b"", b"\x63abc", b"\x03abc", b"\x05abc", COMPRESSOR.pack_leaf(b"a" * 99)[:-1]])
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
