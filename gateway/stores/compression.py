"""What makes a record small: Zstandard, with a dictionary of the words that every record repeats.

The first byte of a packed value says how it was packed, so that dictionaries can be added and never have to change.
"""

import threading
from collections.abc import Sequence

import zstandard

from gateway.stores.dictionaries import LEAF_1, RECORD_1

_LEVEL = 3

_DICTIONARY_LEVEL = 1
"""With a dictionary a higher level makes nothing smaller, and takes twice the time."""

_LARGEST = 1 << 28
"""Bytes of the largest value that is unpacked: one damaged byte must not ask for all memory."""


LEAVES = 4_096
"""Leaves that are unpacked together, at most."""
_THREADS = 2
"""How many threads unpack them: it is half of the work of checking a log."""

_RAW = b"\x00"
_ZSTD = b"\x01"
_RECORD_1 = b"\x02"
_LEAF_1 = b"\x03"


class Compressor:
    """Packs and unpacks. Not for use by several threads at once; `compressor` gives each thread its own."""

    def __init__(self) -> None:
        words = zstandard.ZstdCompressionDict(RECORD_1, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
        words.precompute_compress(level=_DICTIONARY_LEVEL)
        frame = zstandard.ZstdCompressionDict(LEAF_1, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
        frame.precompute_compress(level=_DICTIONARY_LEVEL)
        self._text = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=False)
        self._record = zstandard.ZstdCompressor(level=_DICTIONARY_LEVEL, dict_data=words, write_checksum=False)
        self._leaf = zstandard.ZstdCompressor(level=_DICTIONARY_LEVEL, dict_data=frame, write_checksum=False)
        self._unpack_text = zstandard.ZstdDecompressor()
        self._unpack_record = zstandard.ZstdDecompressor(dict_data=words)
        self._unpack_leaf = zstandard.ZstdDecompressor(dict_data=frame)

    def pack_text(self, data: bytes) -> bytes:
        """Return *data*, some text, in its stored form."""
        packed = self._text.compress(data)
        return _ZSTD + packed if len(packed) < len(data) else _RAW + data

    def pack_record(self, data: bytes) -> bytes:
        """Return *data*, JSON in our words, in its stored form."""
        packed = self._record.compress(data)
        return _RECORD_1 + packed if len(packed) < len(data) else _RAW + data

    def pack_leaf(self, data: bytes) -> bytes:
        """Return *data*, a leaf of the log, in its stored form."""
        packed = self._leaf.compress(data)
        return _LEAF_1 + packed if len(packed) < len(data) else _RAW + data

    def unpack(self, packed: bytes) -> bytes:
        """Return the bytes that were packed. Raises `ValueError` if *packed* is damaged."""
        how, data = packed[:1], packed[1:]
        try:
            if how in (_ZSTD, _RECORD_1, _LEAF_1) and zstandard.frame_content_size(data) > _LARGEST:
                raise ValueError("a stored value is damaged: it says that it is larger than any that is written")
            if how == _LEAF_1:
                return self._unpack_leaf.decompress(data)
            if how == _RECORD_1:
                return self._unpack_record.decompress(data)
            if how == _ZSTD:
                return self._unpack_text.decompress(data)
        except zstandard.ZstdError as exc:
            raise ValueError("a stored value is damaged: it does not unpack") from exc
        if how == _RAW:
            return data
        raise ValueError("a stored value is packed in a way that this release does not know")

    def unpack_leaves(self, packed: Sequence[bytes]) -> list[bytes]:
        """Return the leaves that were *packed*: what `unpack` does to each, without holding up other threads.

        Raises `ValueError` if one of them is damaged.
        """
        if any(one[:1] != _LEAF_1 for one in packed):
            return [self.unpack(one) for one in packed]
        frames: list[bytes | bytearray | memoryview[int]] = [one[1:] for one in packed]
        try:
            if not frames or max(map(zstandard.frame_content_size, frames)) > _LARGEST // LEAVES:
                return [self.unpack(one) for one in packed]
            found = self._unpack_leaf.multi_decompress_to_buffer(frames, threads=_THREADS)
            return [found[place].tobytes() for place in range(len(frames))]
        except zstandard.ZstdError as exc:
            raise ValueError("a stored value is damaged: it does not unpack") from exc


class _Own(threading.local):
    def __init__(self) -> None:
        self.compressor = Compressor()


_OWN = _Own()


def compressor() -> Compressor:
    """Return the calling thread's compressor."""
    return _OWN.compressor
