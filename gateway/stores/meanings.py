"""Search by meaning: the follower that makes vectors of what was asked and answered, and what looks for them."""

import hashlib
from collections.abc import Sequence

import numpy as np

from gateway.domain.digests import Digest
from gateway.domain.runs import Intent, Outcome
from gateway.recognition.meanings import F32, MEANT, Meanings, windows
from gateway.stores import vectors
from gateway.stores.asides import Asked
from gateway.stores.attributing import Reads
from gateway.stores.attributing import Vectors as Embed
from gateway.stores.following import Entry, Write
from gateway.stores.indexing import LONGEST, said
from gateway.stores.texts import SQLTexts
from gateway.stores.vectors import Near

NAME = "search-meaning-1"
"""How the names of the cursors begin; the model's stands behind it, since vectors of two models cannot be compared."""

CANDIDATES = 4_096
"""Nearest texts among which those are that everything else of a wish wants."""

_OTHERS = "DELETE FROM follower WHERE name LIKE ? AND name <> ?"
_ANY_OTHER = "SELECT name FROM follower WHERE name LIKE ? AND name <> ? AND position > 0"


class Meaning:
    """What a text means to the model *version*: *embed* makes its vectors, *reads* tells which texts it knows."""

    def __init__(self, version: str, embed: Embed, reads: Reads) -> None:
        self.name = f"{NAME}-{hashlib.sha256(version.encode()).hexdigest()[:12]}"
        """Name of its vectors' cursor."""
        self.reads = reads
        self._embed = embed
        self._vectors = vectors.Vectors()

    def of(self, text: str) -> Meanings:
        """Return the vectors of the windows of *text*. Raises what the embedder raises."""
        pieces = [text[start:end] for start, end in windows(text)]
        return Meanings.of(self._embed(pieces) if pieces else [])

    def vector(self, text: str) -> F32:
        """Return the vector of a whole *text* that is looked for. Raises what the embedder raises."""
        (vector,) = self._embed([text])
        return np.array(vector, np.float32)

    def nearest(self, ask: Asked, tenant: str | None, vector: F32, first: int, before: int) -> Sequence[Near]:
        """Return the texts nearest to *vector*, the nearest first. See `vectors.Vectors.nearest`."""
        return self._vectors.nearest(
            ask, tenant, vector, first=first, before=before, least=MEANT, count=CANDIDATES
        )  # fmt: skip


class MeaningIndexer:
    """A `Follower` that keeps the vectors of what was asked and answered, beside the search index.

    Only of *texts* that are kept, and that the model reads.
    """

    def __init__(self, texts: SQLTexts, meaning: Meaning) -> None:
        self._texts = texts
        self._meaning = meaning

    @property
    def name(self) -> str:
        """Name of its cursor: another model begins at the first entry."""
        return self._meaning.name

    def derive(self, entries: Sequence[Entry]) -> Write:
        """Make vectors of the texts of *entries*. See `Follower.derive`. Raises what the embedder raises."""
        told = [entry for entry in entries if isinstance(entry.event.body, Intent | Outcome)]
        found: dict[str, dict[int, Meanings]] = {}
        for tenant in dict.fromkeys(entry.event.tenant for entry in told):
            named: dict[int, Digest] = {
                entry.index: name for entry in told if entry.event.tenant == tenant and (name := said(entry))
            }
            kept = self._texts.kept(tenant, [*dict.fromkeys(named.values())])
            made = {
                digest: self._meaning.of(text[:LONGEST]) for digest, text in kept.items() if self._meaning.reads(text)
            }
            found[tenant] = {index: made[name] for index, name in named.items() if name in made}

        def write(ask: Asked) -> None:
            self._begin(ask)
            for tenant, texts in found.items():
                vectors.add(ask, tenant, texts)

        return write

    def _begin(self, ask: Asked) -> None:
        """Throw away what another model has made, and where it stood, so that it begins anew should it come back."""
        pattern = f"{NAME}-%"
        if ask.rows(_ANY_OTHER, pattern, self.name):
            vectors.clear(ask)
            ask.run(_OTHERS, (pattern, self.name))
