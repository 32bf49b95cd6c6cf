import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.domain.digests import digest
from gateway.stores.encoding import encode
from gateway.stores.placeholders import MARK, fold_leaf, fold_record, unfold_leaf, unfold_record
from tests.stores.material import run

LARGEST = 1 << 20

NAMES = [digest(str(number)) for number in range(300)]
hexadecimal = st.text("0123456789abcdef", min_size=63, max_size=65)
words = st.one_of(
    st.sampled_from([name.encode() for name in NAMES[:4]]),
    st.sampled_from([name[7:].encode() for name in NAMES[:4]]),
    hexadecimal.map(lambda digits: b"sha256:" + digits.encode()),
    hexadecimal.map(lambda digits: b'":"' + digits.encode() + b'"'),
    st.sampled_from([b"sha256:", b"sha256:" + b"A" * 64, b"a" * 128, b"sha256:" + b"b" * 128, b"%", b"%b", b'":"']),
    st.binary(max_size=9).map(lambda data: data.replace(MARK, b"")),
)
texts = st.lists(words, max_size=12).map(b"".join).map(lambda data: data.replace(MARK, b""))


@given(texts)
@example(b"sha256:" + b"a" * 63)
@example(b"sha256:" + b"a" * 31 + b"sha256:" + b"a" * 33)
@example(b"sha256:sha256:" + b"a" * 64)
def test_every_record_comes_back(data):
    assert unfold_record(*fold_record(data), LARGEST) == data


@given(texts)
def test_every_leaf_comes_back(data):
    assert unfold_leaf(*fold_leaf(data)) == data


@given(st.lists(st.sampled_from(NAMES), max_size=600))
def test_digests_come_back_in_any_order_and_number(names):
    data = "\n".join(names).encode()
    text, digests = fold_record(data)

    assert unfold_record(text, digests, LARGEST) == data
    assert len(digests) == 32 * len(set(names))


def test_of_a_record_only_words_are_left_and_each_digest_once():
    [start, _] = run()
    text, digests = fold_record(encode(start.body))

    assert b"sha256:" not in text
    assert len(digests) == 32 * len({digests[at : at + 32] for at in range(0, len(digests), 32)})


def test_what_is_no_digest_stays_as_it_is():
    data = f"sha256:{'F' * 64} {NAMES[0]}".encode()

    assert fold_record(data) == (data, b"")


@given(st.binary(max_size=60), st.integers(0, 3))
@example(b"\x01", 0)
@example(b"\x01\x03", 1)
@example(b"\x01\x81", 1)
@example(b"\x01\x02\x01\x04", 1)
@example(b"\x01\x02", 0)
@example(b"\x01\x02", 2)
@example(b"%b", 1)
@example(b"%999999999999b", 0)
def test_what_does_not_belong_together_is_refused_and_nothing_else_happens(text, count):
    digests = bytes(32) * count
    for unfold in (lambda: unfold_record(text, digests, LARGEST), lambda: unfold_leaf(text, digests)):
        try:
            found = unfold()
        except ValueError:
            continue
        assert len(found) <= len(text) * 71


def test_a_short_text_does_not_unfold_without_end():
    with pytest.raises(ValueError, match="unfolds to more"):
        unfold_record(b"\x01\x02" + b"\x01\x03" * 20_000, bytes(32), LARGEST)
