"""Search by meaning: how many paraphrases lead to their text, and how long a search takes among a million vectors.

`python -m tests.benchmarks.meanings [SIZE …]`. The texts are those of the benchmark of attribution; the many vectors
are random ones, since a search compares all of them whatever they say.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from gateway.embedders.onnx import OnnxEmbedder
from gateway.recognition.meanings import F32, MEANT, WINDOWS, Meanings, windows
from gateway.stores import vectors
from gateway.stores.asides import Aside
from gateway.stores.segments import occupied, prepare_index
from tests.benchmarks.attribution import CHUNKS, ELSEWHERE, REPHRASED

DIMENSIONS, TIMES = 384, 7


def main(sizes: Sequence[int]) -> None:
    """Print the tables."""
    out = Console()
    out.print(asyncio.run(quality()))
    table = Table("vectors", "first search, ms", "median, ms", "MB on disk")
    for size in sizes:
        table.add_row(f"{size:,}", *(f"{value:.0f}" for value in measured(size)))
    out.print(table)


async def quality() -> str:
    """Return how often the nearest text is the right one, and what lies above the least cosine that should not."""
    embedder = OnnxEmbedder()
    pieces = [(name, text[a:b]) for name, text in CHUNKS.items() for a, b in windows(text)]
    pieces += [("", text) for text in ELSEWHERE]
    kept = Meanings.of(await embedder.embed([text for _, text in pieces]))
    asked = [(name, text) for name, each in REPHRASED.items() for text in each]
    near = [kept.nearness(np.array(one, np.float32)) for one in await embedder.embed([text for _, text in asked])]
    first = sum(pieces[int(one.argmax())][0] == name for (name, _), one in zip(asked, near, strict=True))
    found = sum(float(one.max()) >= MEANT for one in near)
    return f"{len(asked)} paraphrases among {len(pieces)} texts: {first} are nearest to their own, {found} are found"


def measured(size: int) -> tuple[float, float, float]:
    """Return what the first search among *size* vectors takes, what others take (ms), and the room on disk (MB)."""
    random = np.random.default_rng(7)
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder)}/x.search.db"
        prepare_index(url)
        known, times = vectors.Vectors(), list[float]()
        with closing(Aside(url, "the benchmark cannot write")) as aside:
            for start in range(0, size, vectors.FULL):
                made = [Meanings.of([one]) for one in _unit(random, min(vectors.FULL, size - start)).tolist()]
                with aside.transaction() as ask:
                    vectors.add(ask, "acme", dict(enumerate(made, start)))
            with aside.transaction() as ask:
                for _ in range(TIMES):
                    wanted = _unit(random, 1)[0]
                    begun = time.perf_counter()
                    known.nearest(ask, "acme", wanted, first=0, before=size * WINDOWS, least=0.2, count=4_096)
                    times.append((time.perf_counter() - begun) * 1e3)
        return times[0], sorted(times[1:])[len(times) // 2 - 1], occupied(url) / 1e6


def _unit(random: np.random.Generator, count: int) -> F32:
    made = random.standard_normal((count, DIMENSIONS), np.float32)
    unit: F32 = made / np.linalg.norm(made, axis=1, keepdims=True)
    return unit


if __name__ == "__main__":
    main([int(one) for one in sys.argv[1:]] or [10_000, 100_000, 1_000_000])
