"""What recognition costs among more and more registered chunks."""

import os
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from random import Random

import psutil

from gateway.domain.digests import digest
from gateway.domain.documents import Chunk, How, Source
from gateway.recognition.recogniser import Recogniser
from gateway.stores.fingerprints import SQLFingerprints
from gateway.stores.opening import upgrade
from tests.benchmarks.word_model import WordModel

TENANT = "bench"
SOURCE = Source("bench", "words")
WORDS = 130
"""Words of a chunk: about 950 characters."""

BATCH = 5_000
PROMPTS = 200
PIECES = 4
"""Chunks in a prompt, which with a question are about 4 kB."""

HEADS = (
    "registered chunks",
    "CPU of a new 4 kB prompt",
    "its chunks seen lately",
    "text seen before",
    "memory a chunk",
    "on disk a chunk",
    "CPU of a start",
    "RSS",
)


def growth(folder: Path, sizes: Sequence[int]) -> Iterator[str]:
    """Yield the lines of the table of what it costs."""
    yield f"| {' | '.join(HEADS)} |"
    yield "|---" * len(HEADS) + "|"
    file = folder / "sizes.db"
    url = f"sqlite:///{file}"
    upgrade(url)
    shelf = Shelf()
    with closing(SQLFingerprints(url)) as library:
        recogniser, done = Recogniser(library), 0
        for size in sizes:
            for start in range(done, size, BATCH):
                recogniser.register([shelf.chunk(number) for number in range(start, min(size, start + BATCH))], TENANT)
            done = size
            yield f"| {' | '.join(cells(recogniser, library, shelf, size, file))} |"


def cells(recogniser: Recogniser, library: SQLFingerprints, shelf: "Shelf", size: int, file: Path) -> Iterator[str]:
    """Yield what one line says: that of *size* registered chunks."""
    random = Random(size)
    prompts = [shelf.prompt(random, size) for _ in range(PROMPTS)]
    yield f"{size:,}"
    yield f"{timed(recogniser, prompts):.2f} ms"
    yield f"{timed(recogniser, [prompt + ' Once more.' for prompt in prompts]):.2f} ms"
    yield f"{timed(recogniser, prompts) * 1000:.0f} µs"
    yield f"{recogniser.index.bytes / size:,.0f} B"
    yield f"{sum(part.stat().st_size for part in file.parent.glob(f'{file.name}*')) / size:,.0f} B"
    rss = psutil.Process(os.getpid()).memory_info().rss / 1e6
    begun = time.process_time()
    Recogniser(library).catch_up()
    yield f"{time.process_time() - begun:.1f} s"
    yield f"{rss:,.0f} MB"


def timed(recogniser: Recogniser, prompts: Sequence[str]) -> float:
    """Return the median CPU time for one of *prompts*, in milliseconds; each must be recognised."""
    times: list[float] = []
    for prompt in prompts:
        begun = time.process_time()
        found = recogniser.recognise(prompt, TENANT)
        times.append((time.process_time() - begun) * 1000)
        if len(found.matches) < PIECES:
            raise RuntimeError("a registered chunk was not recognised")
    return statistics.median(times)


class Shelf:
    """The chunks, and prompts that hold some of them."""

    def __init__(self) -> None:
        self._model = WordModel()

    def chunk(self, number: int) -> Chunk:
        """Return chunk *number*, ten of which are a document."""
        text = self._model.text(number, WORDS)
        return Chunk(SOURCE, f"document-{number // 10}", digest(str(number // 10)), number % 10, text, How.RETRIEVED)

    def prompt(self, random: Random, size: int) -> str:
        """Return a prompt with some of the first *size* chunks."""
        texts = [self._model.text(random.randrange(size), WORDS) for _ in range(PIECES)]
        return "Answer from these.\n\n" + "\n\n".join(texts) + f"\n\nQuestion {random.random()}: what do they say?"
