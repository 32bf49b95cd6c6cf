"""Search by meaning: the follower that makes vectors of what was asked and answered, and what looks for them."""

import hashlib
from collections.abc import Sequence

import numpy as np

from gateway.recognition.meanings import F32, MEANT, Meanings, windows
from gateway.stores import vectors
from gateway.stores.asides import Asked
from gateway.stores.attributing import Reads
from gateway.stores.attributing import Vectors as Embed
from gateway.stores.following import Said, Write
from gateway.stores.indexing import LONGEST
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

    Only of texts that are kept, and that the model reads.
    """

    def __init__(self, meaning: Meaning) -> None:
        self._meaning = meaning

    @property
    def name(self) -> str:
        """Name of its cursor: another model begins at the first entry."""
        return self._meaning.name

    def derive(self, entries: Sequence[Said]) -> Write:
        """Make vectors of the texts of *entries*. See `Follower.derive`. Raises what the embedder raises."""
        made: dict[str, Meanings] = {}
        found: dict[str, dict[int, Meanings]] = {}
        for said in entries:
            if said.text is not None and self._meaning.reads(said.text):
                if said.text not in made:
                    made[said.text] = self._meaning.of(said.text[:LONGEST])
                found.setdefault(said.tenant, {})[said.index] = made[said.text]

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
