"""The index of a number of texts: for each bucket which of the texts have it, packed into a few rows.

A row holds the lists of some neighbouring buckets. A list is written in the smallest of three ways: as gaps of one
byte, as gaps of two, all lower bytes before the upper ones, or as a bit for each text. Rows are compressed: what is
left of these bytes then is little more than what they tell.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gateway.recognition.arrays import Ints
from gateway.recognition.folding import BUCKETS
from gateway.stores.compression import compressor

TEXTS = 1 << 15
"""Texts of one segment at most."""

_ROW_BYTES = 4_096
"""What a row shall have, about, so that small segments do not have very many rows."""

_NARROW, _WIDE, _BITS = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Postings:
    """Which texts have which bucket: pairs, ascending by bucket and then by text."""

    buckets: Ints
    texts: Ints
    size: int
    """How many texts there are; those in `texts` are numbered from 0."""

    @classmethod
    def of(cls, texts: Sequence[Ints]) -> "Postings":
        """Return the postings of *texts*, each given by its different buckets."""
        buckets = np.concatenate(texts) if texts else np.empty(0, np.int64)
        owners = np.repeat(np.arange(len(texts)), [len(one) for one in texts])
        return cls(buckets, owners, len(texts))._ordered()

    @classmethod
    def joined(cls, parts: Sequence["Postings"]) -> "Postings":
        """Return the postings of all texts of *parts*, numbered on."""
        starts = np.cumsum([0, *(part.size for part in parts)])
        buckets = np.concatenate([part.buckets for part in parts])
        texts = np.concatenate([part.texts + start for part, start in zip(parts, starts, strict=False)])
        return cls(buckets, texts, int(starts[-1]))._ordered()

    def without(self, gone: Ints) -> "Postings":
        """Return the postings of the other texts than those *gone*, numbered anew."""
        kept = np.ones(self.size, bool)
        kept[gone] = False
        numbers = np.cumsum(kept) - 1
        stay = kept[self.texts]
        return Postings(self.buckets[stay], numbers[self.texts[stay]], int(kept.sum()))

    def replaced(self, texts: Mapping[int, Ints]) -> "Postings":
        """Return the postings with these buckets for *texts*, given by number, and no others of theirs."""
        numbers = np.array([*texts], np.int64)
        kept = np.ones(self.size, bool)
        kept[numbers] = False
        stay = kept[self.texts]
        buckets = np.concatenate([self.buckets[stay], *texts.values()])
        owners = np.concatenate([self.texts[stay], np.repeat(numbers, [len(one) for one in texts.values()])])
        order = np.argsort(owners.astype(np.uint16), kind="stable")
        return Postings(buckets[order], owners[order], self.size)._ordered()

    @property
    def room(self) -> int:
        """About how many bytes they take in rows: a byte for each text of a bucket, and what a list takes besides."""
        return len(self.buckets) + 7 * int(np.count_nonzero(np.diff(self.buckets, prepend=-1)))

    def rows(self, width: int) -> Iterator[tuple[int, bytes]]:
        """Yield the number of each row of *width* buckets with its bytes; empty rows are left out."""
        starts = np.flatnonzero(np.diff(self.buckets, prepend=-1))
        if not starts.size:
            return
        names, ends = self.buckets[starts], np.append(starts[1:], len(self.buckets))
        lists = [*self._lists(starts, ends)]
        owners = names // width
        for first, last in _runs(owners):
            yield int(owners[first]), compressor().pack_text(_row(names[first:last] % width, lists[first:last]))

    def _ordered(self) -> "Postings":
        """Return the same by bucket; the texts of one stay in their order. NumPy sorts 16 bits in linear time."""
        order = np.argsort(self.buckets.astype(np.uint16), kind="stable")
        return Postings(self.buckets[order], self.texts[order], self.size)

    def _lists(self, starts: Ints, ends: Ints) -> Iterator[bytes]:
        """Yield the list of each bucket in its smallest form."""
        gaps = np.diff(self.texts, prepend=0)
        gaps[starts] = self.texts[starts]
        largest = np.maximum.reduceat(gaps, starts)
        low, high, wide = gaps.astype(np.uint8), (gaps >> 8).astype(np.uint8), (self.size + 7) // 8
        for number, (start, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
            count = end - start
            if largest[number] < 256 and count <= wide:
                yield bytes((_NARROW,)) + low[start:end].tobytes()
            elif 2 * count <= wide:
                yield bytes((_WIDE,)) + low[start:end].tobytes() + high[start:end].tobytes()
            else:
                bits = np.zeros(self.size, np.uint8)
                bits[self.texts[start:end]] = 1
                yield bytes((_BITS,)) + np.packbits(bits).tobytes()


def width_of(room: int) -> int:
    """Return how many buckets a row shall have when all rows take *room* bytes: a power of two."""
    width = 1
    while width < BUCKETS and BUCKETS // width * _ROW_BYTES > room:
        width *= 2
    return width


def opened(row: bytes) -> bytes:
    """Return what `found` and `among` read of a *row*. Raises `ValueError` if it is damaged."""
    return compressor().unpack(row)


def unpacked(rows: Iterator[tuple[int, bytes]], width: int, size: int) -> Postings:
    """Return the postings in *rows*, each given by its number; *width* buckets are in one, *size* texts in all."""
    buckets: list[int] = []
    texts: list[Ints] = []
    for number, data in rows:
        for name, packed in _entries(opened(data)):
            buckets.append(number * width + name)
            texts.append(_texts(packed, size))
    lengths = [len(one) for one in texts]
    owners = np.repeat(np.array(buckets, np.int64), lengths)
    return Postings(owners, np.concatenate(texts) if texts else owners, size)


def found(data: bytes, name: int, size: int) -> Ints:
    """Return which of *size* texts have the bucket *name*, counted from the first of its row: *data*, opened."""
    packed = _list(data, name)
    return _texts(packed, size) if packed else np.empty(0, np.int64)


def among(data: bytes, name: int, size: int, texts: Ints) -> Ints:
    """Return those of *texts* that have it, as `found` tells; much sooner where *texts* are few."""
    packed = _list(data, name)
    if not packed:
        return texts[:0]
    if packed[0] == _BITS:
        there = np.frombuffer(packed, np.uint8, offset=1)[texts >> 3] & (128 >> (texts & 7)) > 0
    else:
        having = _texts(packed, size)
        there = having[np.minimum(np.searchsorted(having, texts), len(having) - 1)] == texts
    return np.compress(there, texts)


def _list(data: bytes, name: int) -> bytes:
    """Return the list of the bucket *name* in the row *data*; nothing if it has none."""
    count = int.from_bytes(data[:2], "little")
    names = np.frombuffer(data, "<u2", count, 2)
    at = int(np.searchsorted(names, name))
    if at == count or names[at] != name:
        return b""
    ends = np.frombuffer(data, "<u4", count, 2 + 2 * count)
    base = 2 + 6 * count
    return data[base + (int(ends[at - 1]) if at else 0) : base + int(ends[at])]


def _row(names: Ints, lists: Sequence[bytes]) -> bytes:
    ends = np.cumsum([len(one) for one in lists])
    head = len(lists).to_bytes(2, "little") + names.astype("<u2").tobytes() + ends.astype("<u4").tobytes()
    return head + b"".join(lists)


def _entries(data: bytes) -> Iterator[tuple[int, bytes]]:
    count = int.from_bytes(data[:2], "little")
    names = np.frombuffer(data, "<u2", count, 2).tolist()
    ends = np.frombuffer(data, "<u4", count, 2 + 2 * count).tolist()
    base = 2 + 6 * count
    for name, start, end in zip(names, [0, *ends], ends, strict=False):
        yield name, data[base + start : base + end]


def _texts(packed: bytes, size: int) -> Ints:
    way, data = packed[0], packed[1:]
    if way == _NARROW:
        return np.cumsum(np.frombuffer(data, np.uint8), dtype=np.int64)
    if way == _WIDE:
        low, high = np.frombuffer(data, np.uint8).reshape(2, -1)
        return np.cumsum(low + high.astype(np.int64) * 256)
    return np.flatnonzero(np.unpackbits(np.frombuffer(data, np.uint8), count=size))


def _runs(owners: Ints) -> Iterator[tuple[int, int]]:
    starts = np.flatnonzero(np.diff(owners, prepend=-1)).tolist()
    yield from zip(starts, [*starts[1:], len(owners)], strict=True)
