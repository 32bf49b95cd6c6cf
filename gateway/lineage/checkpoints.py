"""Checkpoints: what the log was at one moment, in the lines of C2SP's `tlog-checkpoint`, and who signed that.

A checkpoint says `origin`, size and root. Whoever has kept one can tell later whether the log has only grown since.
"""

import binascii
from base64 import b64decode, b64encode
from dataclasses import dataclass

from gateway.domain.records import TreeHead
from gateway.lineage.merkle import HASH_SIZE
from gateway.lineage.notes import Note, Signature, Signer, VerifierKey


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A tree head with the name of its log."""

    origin: str
    head: TreeHead

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """Return what *text* (of a note, without signatures) says. Raises `ValueError` for what is no checkpoint."""
        origin, *rest = text.split("\n")
        if len(rest) < 3 or not origin or not _is_size(rest[0]):
            raise ValueError("not a checkpoint: it has not the lines origin, size and root")
        try:
            root = b64decode(rest[1], validate=True)
        except (binascii.Error, ValueError):
            root = b""
        if len(root) != HASH_SIZE:
            raise ValueError("not a checkpoint: its root is not a SHA-256 hash in base64")
        return cls(origin, TreeHead(int(rest[0]), root))

    def __str__(self) -> str:
        return f"{self.origin}\n{self.head.size}\n{b64encode(self.head.root).decode()}\n"

    def signed(self, signer: Signer) -> bytes:
        """Return the signature of *signer*."""
        return signer.sign(str(self).encode())

    def note(self, key: VerifierKey | None = None, signature: bytes = b"") -> Note:
        """Return the note that says this: with the *signature* of *key*, or of nobody."""
        return Note(str(self), (Signature(key.name, key.id, signature),) if key else ())


def _is_size(line: str) -> bool:
    return line.isascii() and line.isdigit() and (line == "0" or line[0] != "0") and len(line) < 20
