"""Receipts: what the caller of an answer is told about its record, short enough for a header.

Whoever keeps one is a witness: a log from which the record has gone, or in which it was altered, cannot show that leaf
`index` is in a tree with this root, and that this tree is a prefix of the one it has now.
"""

import binascii
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass

from gateway.domain.records import TreeHead

_WRITTEN = re.compile(r"(\d{1,18})@(\d{1,18}):([A-Za-z0-9_-]{43})")


@dataclass(frozen=True, slots=True)
class Receipt:
    """Where an event stands in the log, and what the log was when that was durable."""

    index: int
    head: TreeHead

    @classmethod
    def parse(cls, text: str) -> "Receipt":
        """Return the receipt that *text* writes. Raises `ValueError` if it writes none."""
        parts = _WRITTEN.fullmatch(text.strip())
        if parts is None or not int(parts[1]) < int(parts[2]):
            raise ValueError("not a receipt, which is written index@size:root")
        try:
            root = urlsafe_b64decode(parts[3] + "=")
        except binascii.Error as exc:
            raise ValueError("not a receipt: its root is no base64") from exc
        return cls(int(parts[1]), TreeHead(int(parts[2]), root))

    def __str__(self) -> str:
        root = urlsafe_b64encode(self.head.root).rstrip(b"=").decode()
        return f"{self.index}@{self.head.size}:{root}"
