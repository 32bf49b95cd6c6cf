"""Names for content: digests that say their algorithm, and ids that sort by time."""

import hashlib
import os
import random
import time

Digest = str
"""`sha256:` and 64 hexadecimal digits."""


_random = random.Random()
os.register_at_fork(after_in_child=_random.seed)


def digest(data: bytes | str) -> Digest:
    """Return the digest of *data*; a string counts as its UTF-8 bytes.

    Lone surrogates (JSON can carry them) are kept distinct by `surrogatepass`.
    """
    if isinstance(data, str):
        data = data.encode("utf-8", "surrogatepass")
    return "sha256:" + hashlib.sha256(data).hexdigest()


def new_id() -> str:
    """Return a new UUID version 7 (RFC 9562 section 5.7): 36 characters that sort by creation time.

    It is a name, not a secret: its random bits come from a generator that was seeded by the system.
    """
    value = (time.time_ns() // 1_000_000) << 80 | _random.getrandbits(80)
    value = value & ~(0xF << 76) | (0x7 << 76)
    value = value & ~(0x3 << 62) | (0x2 << 62)
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def derived_id(data: bytes | str) -> str:
    """Return the UUID version 8 (RFC 9562 section 5.8) that stands for *data*: the first bits of its SHA-256.

    What has the same content has the same id, so that the log takes it once.
    """
    value = int(digest(data)[7:39], 16)
    value = value & ~(0xF << 76) | (0x8 << 76)
    value = value & ~(0x3 << 62) | (0x2 << 62)
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
