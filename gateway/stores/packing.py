"""Names in their stored form: a UUID in 16 bytes, a SHA-256 digest in 32, times as integers, texts as columns take, and
what an edge says as numbers.

Half of a record is names. Any other name is stored as UTF-8 behind so many zero bytes that it cannot be mistaken.
"""

from datetime import UTC, datetime, timedelta

from gateway.domain.digests import Digest
from gateway.domain.documents import ChunkState, How

STATES = (ChunkState.SENT, ChunkState.DROPPED, ChunkState.MASKED, ChunkState.RETRIEVED, ChunkState.ATTRIBUTED)
"""States of a chunk in a response, by the number that an edge has for each: new ones come last, and none ever moves."""

HOWS = (How.RECOGNISED, How.DECLARED, How.RETRIEVED, How.INHERITED, How.TRACED)
"""How it came there, by the number that an edge has for it, likewise."""

STATE_NUMBERS = {state.value: number for number, state in enumerate(STATES)}
HOW_NUMBERS = {how.value: number for number, how in enumerate(HOWS)}

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_PREFIX = "sha256:"
_OTHER_ID = bytes(17)
_OTHER_DIGEST = bytes(33)


def pack_id(id: str) -> bytes:
    """Return the stored form of an event's or run's *id*."""
    digits = id.replace("-", "")
    try:
        packed = bytes.fromhex(digits)
    except ValueError:
        packed = b""
    if len(packed) == 16 and len(id) == 36 and id[8] == id[13] == id[18] == id[23] == "-" and packed.hex() == digits:
        return packed
    return _OTHER_ID + id.encode("utf-8", "surrogatepass")


def unpack_id(packed: bytes) -> str:
    """Return the id that `pack_id` packed."""
    if len(packed) == 16:
        text = packed.hex()
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
    return packed[len(_OTHER_ID) :].decode("utf-8", "surrogatepass")


def pack_digest(digest: Digest) -> bytes:
    """Return the stored form of *digest*."""
    if digest.startswith(_PREFIX) and len(digest) == 71:
        try:
            packed = bytes.fromhex(digest[7:])
        except ValueError:
            packed = b""
        if packed.hex() == digest[7:]:
            return packed
    return _OTHER_DIGEST + digest.encode("utf-8", "surrogatepass")


def unpack_digest(packed: bytes) -> Digest:
    """Return the digest that `pack_digest` packed."""
    if len(packed) == 32:
        return _PREFIX + packed.hex()
    return packed[len(_OTHER_DIGEST) :].decode("utf-8", "surrogatepass")


def pack_trace(trace_id: str) -> bytes | None:
    """Return the stored form of a W3C trace id, `None` for anything that is none: 32 hexadecimal digits, not all 0."""
    try:
        packed = bytes.fromhex(trace_id)
    except ValueError:
        return None
    return packed if len(trace_id) == 32 and any(packed) else None


def pack_time(at: datetime) -> int:
    """Return the microseconds from 1970 to *at*, which must know its time zone."""
    return (at - _EPOCH) // _MICROSECOND


def unpack_time(packed: int) -> datetime:
    """Return the time that `pack_time` packed, in UTC."""
    return _EPOCH + packed * _MICROSECOND


def plain(text: str) -> str:
    """Return *text* as every database's text column takes it: NUL and lone surrogates become U+FFFD."""
    if "\0" in text:
        text = text.replace("\0", "\ufffd")
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
