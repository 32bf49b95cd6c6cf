"""What makes a record small: Zstandard, with a dictionary of the words that every record repeats.

The first byte of a packed value says how it was packed, so that dictionaries can be added and never have to change.
"""

import threading
from enum import Enum

import zstandard

from gateway.stores.dictionaries import RECORD_1

_LEVEL = 3


class Packing(Enum):
    """How a value was packed; the value is its first byte."""

    RAW = b"\x00"
    ZSTD = b"\x01"
    RECORD_1 = b"\x02"


class Compressor:
    """Packs and unpacks. Not for use by several threads at once; `compressor` gives each thread its own."""

    def __init__(self) -> None:
        words = zstandard.ZstdCompressionDict(RECORD_1, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
        words.precompute_compress(level=_LEVEL)
        self._text = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=False)
        self._record = zstandard.ZstdCompressor(level=_LEVEL, dict_data=words, write_checksum=False)
        self._unpack_text = zstandard.ZstdDecompressor()
        self._unpack_record = zstandard.ZstdDecompressor(dict_data=words)

    def pack_text(self, data: bytes) -> bytes:
        """Return *data*, some text, in its stored form."""
        packed = self._text.compress(data)
        return Packing.ZSTD.value + packed if len(packed) < len(data) else Packing.RAW.value + data

    def pack_record(self, data: bytes) -> bytes:
        """Return *data*, JSON in our words, in its stored form."""
        packed = self._record.compress(data)
        return Packing.RECORD_1.value + packed if len(packed) < len(data) else Packing.RAW.value + data

    def unpack(self, packed: bytes) -> bytes:
        """Return the bytes that were packed. Raises `ValueError` if *packed* is damaged."""
        try:
            how = Packing(packed[:1])
            if how is Packing.RAW:
                return packed[1:]
            reader = self._unpack_record if how is Packing.RECORD_1 else self._unpack_text
            return reader.decompress(packed[1:])
        except zstandard.ZstdError as exc:
            raise ValueError("a stored value is damaged: it does not unpack") from exc


class _Own(threading.local):
    def __init__(self) -> None:
        self.compressor = Compressor()


_OWN = _Own()


def compressor() -> Compressor:
    """Return the calling thread's compressor."""
    return _OWN.compressor
