"""The index of a number of texts: for each group of letters which of the texts have it, packed into a few rows.

A row holds the lists of the groups of some neighbouring buckets, each list as gaps between the texts that have the
group: the numbers of the groups, how long their lists are, then all lower bytes of gaps before the upper ones. Rows are
compressed: what is left of these bytes then is little more than what they tell.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gateway.recognition.arrays import Ints, distinct
from gateway.recognition.groups import DETAILS, NUMBERS, Group
from gateway.stores.compression import compressor

TEXTS = 1 << 15
"""Texts of one segment at most."""

BUCKETS = NUMBERS // DETAILS
"""Buckets that the numbers of groups are in."""

_ROW_BYTES = 4_096
"""What a row shall have, about, so that small segments do not have very many rows."""

_HEAD = 6
"""Bytes that a list takes in the head of its row: two halves of the number's distance, and how many texts it has."""

_TEXT_BITS = 16


@dataclass(frozen=True, slots=True)
class Postings:
    """Which texts have which group: pairs, ascending by the group's number and then by the text's."""

    keys: Ints
    """Of each pair the number of the group, and in the lowest 16 bits that of the text, which counts from 0."""
    size: int
    """How many texts there are."""

    @classmethod
    def of(cls, texts: Sequence[Ints]) -> "Postings":
        """Return the postings of *texts*, each given by the numbers of its different groups."""
        return cls(np.sort(_keys(texts, np.arange(len(texts)))), len(texts))

    @classmethod
    def joined(cls, parts: Sequence["Postings"]) -> "Postings":
        """Return the postings of all texts of *parts*, numbered on."""
        starts = np.cumsum([0, *(part.size for part in parts)])
        keys = np.concatenate([part.keys + start for part, start in zip(parts, starts, strict=False)])
        return cls(np.sort(keys), int(starts[-1]))

    @property
    def groups(self) -> Ints:
        """The number of each pair's group."""
        return self.keys >> _TEXT_BITS

    @property
    def texts(self) -> Ints:
        """The number of each pair's text."""
        return self.keys & (1 << _TEXT_BITS) - 1

    def without(self, gone: Ints) -> "Postings":
        """Return the postings of the other texts than those *gone*, numbered anew."""
        kept = np.ones(self.size, bool)
        kept[gone] = False
        numbers = np.cumsum(kept) - 1
        texts = self.texts
        stay = kept[texts]
        return Postings((self.keys - texts + numbers[texts])[stay], int(kept.sum()))

    def replaced(self, texts: Mapping[int, Ints]) -> "Postings":
        """Return the postings with these groups for *texts*, given by number, and no others of theirs."""
        numbers = np.array([*texts], np.int64)
        kept = np.ones(self.size, bool)
        kept[numbers] = False
        keys = np.concatenate([self.keys[kept[self.texts]], _keys([*texts.values()], numbers)])
        return Postings(np.sort(keys), self.size)

    @property
    def room(self) -> int:
        """About how many bytes they take in rows: a byte for each text of a group, and what a list takes besides."""
        return len(self.keys) + _HEAD * int(np.count_nonzero(np.diff(self.groups, prepend=-1)))

    def rows(self, width: int) -> Iterator[tuple[int, bytes]]:
        """Yield the number of each row of *width* buckets with its bytes; empty rows are left out."""
        if not self.keys.size:
            return
        groups, texts = self.groups, self.texts
        starts = np.flatnonzero(np.diff(groups, prepend=-1))
        names, ends = groups[starts], np.append(starts, len(groups))
        counts, gaps = np.diff(ends), np.diff(texts, prepend=0)
        gaps[starts] = texts[starts]
        low, high = gaps.astype(np.uint8), (gaps >> 8).astype(np.uint8)
        owners = names // (width * DETAILS)
        for first, last in _runs(owners):
            row, here = int(owners[first]), slice(ends[first], ends[last])
            head = _head(names[first:last] - row * width * DETAILS, counts[first:last])
            yield row, compressor().pack_text(head + low[here].tobytes() + high[here].tobytes())


def width_of(room: int) -> int:
    """Return how many buckets a row shall have when all rows take *room* bytes: a power of two."""
    width = 1
    while width < BUCKETS and BUCKETS // width * _ROW_BYTES > room:
        width *= 2
    return width


@dataclass(frozen=True, slots=True)
class Lists:
    """The lists of a row of buckets."""

    groups: Ints
    """Ascending numbers, counted from the first that may be in the row."""
    ends: Ints
    """Where the list of each group begins, and where the last one ends."""
    _gaps: bytes

    @classmethod
    def opened(cls, row: bytes) -> "Lists":
        """Return the lists in the bytes of a *row*. Raises `ValueError` if it is damaged."""
        data = compressor().unpack(row)
        count = int.from_bytes(data[:4], "little")
        low, high = np.frombuffer(data, "<u2", 2 * count, 4).reshape(2, -1).astype(np.int64)
        counts = np.frombuffer(data, "<u2", count, 4 + 4 * count)
        ends = np.zeros(count + 1, np.int64)
        np.cumsum(counts, out=ends[1:])
        return cls(np.cumsum(low + (high << 16)), ends, data[4 + _HEAD * count :])

    def found(self, group: Group) -> Ints:
        """Return which texts have *group*, whose number counts from the first of the row."""
        here = self._lists(group)
        if not here.size:
            return here
        texts, lengths = self.texts(int(here[0]), int(here[-1]) + 1)
        if len(here) == 1:
            return texts
        if len(here) < len(lengths):
            there = np.zeros(len(lengths), bool)
            there[here - here[0]] = True
            texts = texts[np.repeat(there, lengths)]
        return distinct(texts)

    def count(self, group: Group) -> int:
        """Return how many texts have *group*, as `found` tells; more where one has it in several ways."""
        here = self._lists(group)
        return int((self.ends[here + 1] - self.ends[here]).sum())

    def among(self, group: Group, texts: Ints) -> Ints:
        """Return those of *texts*, which ascend, that have *group*, as `found` tells."""
        having = self.found(group)
        if not having.size:
            return texts[:0]
        return np.compress(having[np.minimum(np.searchsorted(having, texts), len(having) - 1)] == texts, texts)

    def texts(self, first: int, last: int) -> tuple[Ints, Ints]:
        """Return the texts in the lists from *first* to before *last*, one after the other, and how long each is."""
        start, end, total = int(self.ends[first]), int(self.ends[last]), int(self.ends[-1])
        low = np.frombuffer(self._gaps, np.uint8, end - start, start)
        high = np.frombuffer(self._gaps, np.uint8, end - start, total + start)
        sums, lengths = np.cumsum(low + high.astype(np.int64) * 256), np.diff(self.ends[first : last + 1])
        before = np.append(0, sums)[self.ends[first:last] - start]
        return sums - np.repeat(before, lengths), lengths

    def _lists(self, group: Group) -> Ints:
        last = group.number + 1 if group.exact else (group.bucket + 1) * DETAILS
        start, end = np.searchsorted(self.groups, [group.number, last])
        return np.flatnonzero((self.groups[start:end] & group.known) == group.number) + int(start)


def unpacked(rows: Iterator[tuple[int, bytes]], width: int, size: int) -> Postings:
    """Return the postings in *rows*, each given by its number; *width* buckets are in one, *size* texts in all."""
    keys = [np.empty(0, np.int64)]
    for number, data in rows:
        lists = Lists.opened(data)
        texts, lengths = lists.texts(0, len(lists.groups))
        keys.append(np.repeat(lists.groups + number * width * DETAILS << _TEXT_BITS, lengths) | texts)
    return Postings(np.concatenate(keys), size)


def _keys(texts: Sequence[Ints], numbers: Ints) -> Ints:
    groups = np.concatenate([np.empty(0, np.int64), *texts])
    return groups << _TEXT_BITS | np.repeat(numbers, [len(one) for one in texts])


def _head(groups: Ints, counts: Ints) -> bytes:
    gaps = np.diff(groups, prepend=0)
    parts = (gaps.astype("<u2"), (gaps >> 16).astype("<u2"), counts.astype("<u2"))
    return len(groups).to_bytes(4, "little") + b"".join(part.tobytes() for part in parts)


def _runs(owners: Ints) -> Iterator[tuple[int, int]]:
    starts = np.flatnonzero(np.diff(owners, prepend=-1)).tolist()
    yield from zip(starts, [*starts[1:], len(owners)], strict=True)
