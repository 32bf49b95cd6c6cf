"""What makes a record small: digests apart, then Zstandard with a dictionary of the words that every record repeats.

The first byte of a packed value says how it was packed, so that dictionaries can be added and never have to change.
Texts have a dictionary of their own (prose.py). Details, catalogues and leaves are written as

    mark | how many digests | the digests (32 bytes each) | a Zstandard frame (RFC 8878) without its magic number

where the frame holds the text with placeholders (placeholders.py).
"""

import threading
from collections.abc import Sequence
from functools import lru_cache

import zstandard

from gateway.stores.dictionaries import LEAF_1, LEAF_2, RECORD_1, RECORD_2
from gateway.stores.placeholders import MARK, SIZE, fold_leaf, fold_record, unfold_leaf, unfold_record
from gateway.stores.prose import PROSE_1

_LEVEL = 3

_DICTIONARY_LEVEL = 4
"""The tables of their dictionaries were counted at this level. A higher one makes a hundredth smaller in thrice the
time."""

_LARGEST = 1 << 28
"""Bytes of the largest value that is unpacked: one damaged byte must not ask for all memory."""


LEAVES = 4_096
"""Leaves that are unpacked together, at most."""
_THREADS = 2
"""How many threads unpack them."""

_RAW = b"\x00"
_ZSTD = b"\x01"
_RECORD_1 = b"\x02"
_LEAF_1 = b"\x03"
_RECORD_2 = b"\x04"
_LEAF_2 = b"\x05"
_PROSE_1 = b"\x06"

_LATIN = 1.1
"""Bytes a letter, of a text that has few letters that the dictionary does not know; another is larger with it."""

_FRAME = zstandard.FRAME_HEADER
_HEAD = 2
"""Bytes of the mark and the number of digests."""

_MANY = 255
"""From so many digests on, their number stands in four bytes more."""


class Compressor:
    """Packs and unpacks. Not for use by several threads at once; `compressor` gives each thread its own."""

    def __init__(self) -> None:
        self._text = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=False)
        self._prose = _packing(PROSE_1, _LEVEL)
        self._record = _packing(RECORD_2, _DICTIONARY_LEVEL)
        self._leaf = _packing(LEAF_2, _DICTIONARY_LEVEL)
        self._unpack = {
            _ZSTD: zstandard.ZstdDecompressor(),
            _RECORD_1: _unpacking_raw(RECORD_1),
            _LEAF_1: _unpacking_raw(LEAF_1),
            _RECORD_2: _unpacking(RECORD_2, _DICTIONARY_LEVEL),
            _LEAF_2: _unpacking(LEAF_2, _DICTIONARY_LEVEL),
            _PROSE_1: _unpacking(PROSE_1, _LEVEL),
        }

    def pack_text(self, data: bytes) -> bytes:
        """Return *data*, some text, in its stored form."""
        packed = self._text.compress(data)
        return _ZSTD + packed if len(packed) < len(data) else _RAW + data

    def pack_prose(self, text: str) -> bytes:
        """Return the UTF-8 of *text*, which people or models wrote, in its stored form."""
        data = text.encode("utf-8", "surrogatepass")
        if len(data) > _LATIN * len(text):
            return self.pack_text(data)
        packed = self._prose.compress(data)[len(_FRAME) :]
        return _PROSE_1 + packed if len(packed) < len(data) else _RAW + data

    def pack_record(self, data: bytes) -> bytes:
        """Return *data*, JSON in our words, in its stored form."""
        if MARK in data:
            return self.pack_text(data)
        text, digests = fold_record(data)
        packed = _RECORD_2 + _counted(digests) + self._record.compress(text)[len(_FRAME) :]
        return packed if len(packed) <= len(data) else _RAW + data

    def pack_leaf(self, data: bytes) -> bytes:
        """Return *data*, a leaf of the log, in its stored form."""
        if MARK in data:
            return self.pack_text(data)
        text, digests = fold_leaf(data)
        packed = _LEAF_2 + _counted(digests) + self._leaf.compress(text)[len(_FRAME) :]
        return packed if len(packed) <= len(data) else _RAW + data

    def unpack(self, packed: bytes) -> bytes:
        """Return the bytes that were packed. Raises `ValueError` if *packed* is damaged."""
        how = packed[:1]
        if how == _RAW:
            return packed[1:]
        if how == _RECORD_2:
            digests, frame = _parts(packed)
            return unfold_record(self._unpacked(how, frame), digests, _LARGEST)
        if how == _LEAF_2:
            digests, frame = _parts(packed)
            return unfold_leaf(self._unpacked(how, frame), digests)
        if how == _PROSE_1:
            return self._unpacked(how, _FRAME + packed[1:])
        if how in self._unpack:
            return self._unpacked(how, packed[1:])
        raise ValueError("a stored value is packed in a way that this release does not know")

    def unpack_leaves(self, packed: Sequence[bytes]) -> list[bytes]:
        """Return the leaves that were *packed*: what `unpack` does to each, in less time.

        Raises `ValueError` if one of them is damaged.
        """
        kinds = {one[:1] for one in packed}
        if kinds == {_LEAF_2}:
            return self._leaves(packed)
        if kinds == {_LEAF_1}:
            return self._together(_LEAF_1, [one[1:] for one in packed])
        return [self.unpack(one) for one in packed]

    def _leaves(self, packed: Sequence[bytes]) -> list[bytes]:
        ends = [_HEAD + SIZE * one[1] if len(one) > _HEAD else 0 for one in packed]
        if min(ends) == 0 or max(ends) >= _HEAD + SIZE * _MANY:
            return [self.unpack(one) for one in packed]
        texts = self._together(_LEAF_2, [_FRAME + one[end:] for one, end in zip(packed, ends, strict=True)])
        return [unfold_leaf(text, one[_HEAD:end]) for text, one, end in zip(texts, packed, ends, strict=True)]

    def _unpacked(self, how: bytes, frame: bytes) -> bytes:
        try:
            if zstandard.frame_content_size(frame) > _LARGEST:
                raise ValueError("a stored value is damaged: it says that it is larger than any that is written")
            return self._unpack[how].decompress(frame)
        except zstandard.ZstdError as exc:
            raise ValueError("a stored value is damaged: it does not unpack") from exc

    def _together(self, how: bytes, frames: list[bytes]) -> list[bytes]:
        try:
            if max(map(zstandard.frame_content_size, frames)) > _LARGEST // LEAVES:
                return [self._unpacked(how, frame) for frame in frames]
            found = self._unpack[how].multi_decompress_to_buffer([*frames], threads=_THREADS)
            return [found[place].tobytes() for place in range(len(frames))]
        except zstandard.ZstdError as exc:
            raise ValueError("a stored value is damaged: it does not unpack") from exc


def _packing(words: bytes, level: int) -> zstandard.ZstdCompressor:
    return zstandard.ZstdCompressor(
        level=level, dict_data=_dictionary(words, level), write_checksum=False, write_dict_id=False
    )


def _unpacking(words: bytes, level: int) -> zstandard.ZstdDecompressor:
    return zstandard.ZstdDecompressor(dict_data=_dictionary(words, level))


@lru_cache(8)
def _dictionary(words: bytes, level: int) -> zstandard.ZstdCompressionDict:
    """Return the dictionary *words*, made ready once for all threads."""
    found = zstandard.ZstdCompressionDict(words, dict_type=zstandard.DICT_TYPE_FULLDICT)
    found.precompute_compress(level=level)
    return found


def _unpacking_raw(words: bytes) -> zstandard.ZstdDecompressor:
    return zstandard.ZstdDecompressor(
        dict_data=zstandard.ZstdCompressionDict(words, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
    )


def _counted(digests: bytes) -> bytes:
    """Return *digests* behind their number."""
    count = len(digests) // SIZE
    return (bytes((count,)) if count < _MANY else bytes((_MANY,)) + count.to_bytes(4, "big")) + digests


def _parts(packed: bytes) -> tuple[bytes, bytes]:
    """Return the digests of what was *packed*, and the frame. Raises `ValueError` if it is too short for them."""
    if len(packed) <= _HEAD:
        raise ValueError("a stored value is damaged: it ends where it should begin")
    count, start = packed[1], _HEAD
    if count == _MANY:
        count, start = int.from_bytes(packed[_HEAD : _HEAD + 4], "big"), _HEAD + 4
    end = start + SIZE * count
    if end > len(packed):
        raise ValueError("a stored value is damaged: it is shorter than its digests")
    return packed[start:end], _FRAME + packed[end:]


class _Own(threading.local):
    def __init__(self) -> None:
        self.compressor = Compressor()


_OWN = _Own()


def compressor() -> Compressor:
    """Return the calling thread's compressor."""
    return _OWN.compressor
