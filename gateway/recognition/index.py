"""Which passages have a fingerprint: all of them in memory, eight bytes a fingerprint, and never more than is allowed.

An entry is one number: 40 bits of the hash, then 24 of the passage's own number. Entries stand in sorted arrays with a
directory of their first bits, so that a lookup touches a few places in memory however many passages there are. What is
added makes a new array; arrays that have become too many are merged. Beyond the limit every second fingerprint is let
go, by its own bits: long passages are then recognised as before, short pieces of them less often.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from gateway.recognition.arrays import U8, U32, U64, Ints, distinct
from gateway.recognition.shingles import chosen

PASSAGES = 1 << 24
"""Passages that can be told apart."""

MOST = 64
"""Passages that are given for one fingerprint, the newest. What more have is common, whichever they are."""

ENTRIES = 1 << 27
"""Fingerprints that are held if nothing else is said: 1 GB."""

_ID_BITS = 24
_LAST_ID = (1 << _ID_BITS) - 1
_ID = np.uint64(_LAST_ID)
_SPARSE = 4
"""Entries for each place of a directory."""

_RATIO = 16
"""How much larger an array is than the next one, at least."""

_SLICE = 1 << 22


class Hits(NamedTuple):
    """Pairs of a position among the hashes that were looked up and a passage that has that hash, by position."""

    positions: Ints
    passages: Ints


@dataclass(frozen=True, slots=True)
class _Postings:
    """Sorted entries. Immutable."""

    entries: U64
    directory: U32
    """Where the entries with each beginning start."""
    shift: int

    @classmethod
    def of(cls, entries: U64) -> "_Postings":
        """Return the postings of *entries*, which are sorted."""
        bits = max(1, (len(entries) // _SPARSE).bit_length())
        counts = np.zeros((1 << bits) + 1, np.uint32)
        shift = 64 - bits
        for start in range(0, len(entries), _SLICE):
            begins = (entries[start : start + _SLICE] >> np.uint64(shift)).astype(np.int64)
            found = np.bincount(begins - begins[0])
            counts[begins[0] + 1 : begins[0] + 1 + len(found)] += found.astype(np.uint32)
        return cls(entries, np.cumsum(counts, dtype=np.uint32), shift)

    def find(self, hashes: U64) -> Hits:
        begins = (hashes >> np.uint64(self.shift)).astype(np.int64)
        low = self.directory[begins].astype(np.int64)
        counts = self.directory[begins + 1] - low
        if counts.size and counts.max() > MOST:
            low, counts = self._narrowed(hashes, low, counts)
        positions = np.repeat(np.arange(len(hashes)), counts)
        at = np.arange(positions.size) + np.repeat(low - (np.cumsum(counts) - counts), counts)
        entries = self.entries[at]
        same = (entries ^ hashes[positions]) <= _ID
        return Hits(positions[same], (entries[same] & _ID).astype(np.int64))

    def knows(self, hashes: Sequence[int]) -> bool:
        """Return whether any of *hashes* is there. Of few, that is sooner told one by one than with arrays."""
        directory, entries, shift = self.directory.data, self.entries.data, self.shift
        for one in hashes:
            begin = one >> shift
            low, end = directory[begin], directory[begin + 1]
            if low < end:
                at = bisect_left(entries, one & ~_LAST_ID, low, end)
                if at < end and entries[at] ^ one <= _LAST_ID:
                    return True
        return False

    def _narrowed(self, hashes: U64, low: Ints, counts: Ints) -> tuple[Ints, Ints]:
        """Return where the newest `MOST` entries of each hash are, of those with many in their place."""
        low, counts = low.copy(), counts.copy()
        for position in np.flatnonzero(counts > MOST):
            start, end = int(low[position]), int(low[position] + counts[position])
            wanted = hashes[position] & ~_ID
            first = start + int(np.searchsorted(self.entries[start:end], wanted))
            last = start + int(np.searchsorted(self.entries[start:end], wanted | _ID, "right"))
            low[position] = max(first, last - MOST)
            counts[position] = last - low[position]
        return low, counts


class Index:
    """Fingerprints of passages. One thread may add while others look up."""

    def __init__(self, limit: int = ENTRIES) -> None:
        self._limit = limit
        self._kept = np.uint64(0)
        """Bits that must be 0 in a hash that is held: the more there are, the fewer are held."""
        self._arrays: tuple[_Postings, ...] = ()
        self._kin: U32 = np.zeros(1024, np.uint32)
        self._sizes: U8 = np.zeros(1024, np.uint8)

    def __len__(self) -> int:
        return sum(len(postings.entries) for postings in self._arrays)

    @property
    def bytes(self) -> int:
        """Memory that is used."""
        arrays = sum(postings.entries.nbytes + postings.directory.nbytes for postings in self._arrays)
        return int(arrays + self._kin.nbytes + self._sizes.nbytes)

    @property
    def thinned(self) -> int:
        """By which factor fewer fingerprints are held than were chosen, so that the limit is kept; 1 is all."""
        return int(self._kept >> np.uint64(_ID_BITS)) + 1

    def add(self, passages: Ints, kin: U32, hashes: U32, lengths: Ints) -> None:
        """Add *passages* whose words stand one after the other in *hashes*, *lengths* of each.

        *kin* tells for each of which document it is. A passage that is there already is left as it is. Raises
        `OverflowError` for a number from `PASSAGES` on.
        """
        if not len(passages):
            return
        if int(passages.max()) >= PASSAGES:
            raise OverflowError(f"there can be no more than {PASSAGES:,} different texts to recognise")
        self._grow(int(passages.max()) + 1)
        found = chosen(hashes, lengths)
        fresh = (self._sizes[passages] == 0)[found.owners]
        owners = passages[found.owners[fresh]]
        self._kin[passages] = kin
        self._sizes[passages] = np.maximum(
            self._sizes[passages], np.minimum(np.bincount(found.owners, minlength=len(passages)), 255)
        )
        entries = distinct((found.hashes[fresh] & ~_ID) | owners.astype(np.uint64))
        self._insert(entries[(entries & self._kept) == 0])

    def find(self, hashes: U64) -> Hits:
        """Return which passages have which of *hashes*."""
        arrays = self._arrays
        asked = None
        if self._kept:
            asked = np.flatnonzero((hashes & self._kept) == 0)
            hashes = hashes[asked]
        found = [postings.find(hashes) for postings in arrays]
        if not found:
            return Hits(np.empty(0, np.int64), np.empty(0, np.int64))
        positions = np.concatenate([hits.positions for hits in found])
        passages = np.concatenate([hits.passages for hits in found])
        return Hits(positions if asked is None else asked[positions], passages)

    def knows(self, hashes: U64) -> bool:
        """Return whether `find` would find anything of *hashes*, which are few."""
        kept = int(self._kept)
        asked = [one for one in hashes.tolist() if not one & kept]
        return any(postings.knows(asked) for postings in self._arrays)

    def kin(self, passages: Ints) -> U32:
        """Return of which document each of *passages* is, as a number."""
        return self._kin[passages]

    def sizes(self, passages: Ints) -> U8:
        """Return how many fingerprints each of *passages* has, 255 for more."""
        return self._sizes[passages]

    def _grow(self, size: int) -> None:
        if size > len(self._sizes):
            size = max(size, len(self._sizes) * 3 // 2)
            self._kin = np.concatenate((self._kin, np.zeros(size - len(self._kin), np.uint32)))
            self._sizes = np.concatenate((self._sizes, np.zeros(size - len(self._sizes), np.uint8)))

    def _insert(self, entries: U64) -> None:
        if not entries.size:
            return
        arrays = [postings.entries for postings in self._arrays]
        kept = len(arrays)
        while kept and len(arrays[kept - 1]) < _RATIO * len(entries):
            kept -= 1
            entries = np.concatenate((arrays.pop(), entries))
            entries.sort(kind="stable")  # which merges what is sorted already
        while sum(map(len, arrays)) + len(entries) > self._limit:
            kept = 0
            self._kept = (self._kept << np.uint64(1)) | np.uint64(1 << _ID_BITS)
            arrays = [part[(part & self._kept) == 0] for part in arrays]
            entries = entries[(entries & self._kept) == 0]
        old = self._arrays[:kept] if kept else tuple(_Postings.of(part) for part in arrays if part.size)
        self._arrays = (*old, _Postings.of(entries))
