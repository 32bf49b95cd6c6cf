"""Which chunks an erasure may have taken the texts of: found by index, however many others there are."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from gateway.domain.runs import Erased
from gateway.stores.asides import Asked
from gateway.stores.compression import compressor
from gateway.stores.decoding import decode


@dataclass(slots=True)
class Touched:
    """What an erasure did, for whoever has derived something from chunks."""

    chunks: set[int] = field(default_factory=set)
    """Those that may have lost their texts."""
    entries: int = 0
    """Entries of the log that tell of it."""


_ERASURES = """SELECT e.detail FROM erasure k JOIN event e ON e.idx = k.event WHERE k.event >= ? AND k.event < ?
    ORDER BY k.event"""
_USED = "SELECT DISTINCT chunk FROM edge WHERE seq IN (*)"
_OF_DOCUMENTS = "SELECT c.id FROM document_version v JOIN chunk c ON c.version = v.id WHERE v.document IN (*)"
_DIGESTS = "SELECT digest FROM chunk WHERE id IN (*)"
_EQUAL = "SELECT id FROM chunk WHERE digest IN (*)"


def concerned(ask: Asked, first: int, end: int) -> set[int] | None:
    """Return the chunks of which the erasures in the entries from *first* to before *end* may have taken the texts.

    `None` for any, as after retention: then no entry says which. Whoever erases knows more (`equal`).
    """
    found: set[int] = set()
    for (detail,) in ask.rows(_ERASURES, first, end):
        body = decode("erasure", compressor().unpack(bytes(detail)))
        if not isinstance(body, Erased) or body.kind != "subject":
            return None
        found |= used(ask, [entry for entry, _ in body.entries]) | of_documents(ask, body.documents)
    return found


def used(ask: Asked, responses: Sequence[int]) -> set[int]:
    """Return the chunks that took part in *responses*."""
    return {int(row[0]) for row in ask.listed(_USED, responses)}


def of_documents(ask: Asked, documents: Sequence[int]) -> set[int]:
    """Return the chunks of *documents*."""
    return {int(row[0]) for row in ask.listed(_OF_DOCUMENTS, documents)}


def equal(ask: Asked, chunks: Collection[int]) -> set[int]:
    """Return all that have the text of one of *chunks*, wherever they stand: it may have been kept for those only."""
    digests = {bytes(row[0]) for row in ask.listed(_DIGESTS, [*chunks])}
    return {int(row[0]) for row in ask.listed(_EQUAL, [*digests])} | {*chunks}
