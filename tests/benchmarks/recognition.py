"""What recognition finds and what it costs, as two tables in Markdown: `make bench-recognition`.

What it finds is measured on the descriptions of the packages that are installed here: half of them are registered, four
pieces of these are put into each prompt, damaged in one way, and the other half is never registered. What it costs is
measured on invented text, against more and more registered chunks in one SQLite file.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from pydoc_data.topics import topics
from random import Random

from gateway.domain.documents import Chunk
from gateway.recognition.recogniser import Recogniser
from gateway.recognition.words import read
from gateway.stores.fingerprints import SQLFingerprints
from gateway.stores.opening import upgrade
from tests.benchmarks.recognition_sizes import growth
from tests.benchmarks.recognition_texts import DAMAGE, Damage, pieces, readmes

TENANT = "bench"
PIECES = 4
"""Chunks in a prompt."""

USUAL = 60
"""Words of a piece that is put into prompts: a third of it is still twenty."""


@dataclass(slots=True)
class Score:
    """What was found, of what stood there."""

    there: int = 0
    found: int = 0
    wrong: int = 0

    @property
    def row(self) -> str:
        recall, precision = self.found / self.there, self.found / max(1, self.found + self.wrong)
        return f"{recall:.3f} | {precision:.3f}"


def main(arguments: Sequence[str]) -> None:
    """Measure and print both tables."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.recognition", description=__doc__)
    parser.add_argument("--prompts", type=int, default=150, help="prompts for each kind of damage")
    parser.add_argument("--sizes", default="10000,100000,1000000", help="numbers of registered chunks")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="lineward-bench-") as folder:
        for line in quality(Path(folder), options.prompts):
            print(line, flush=True)
        print()
        for line in growth(Path(folder), [int(size) for size in options.sizes.split(",") if size]):
            print(line, flush=True)


def quality(folder: Path, prompts: int) -> list[str]:
    """Return the table of what is found."""
    documents = readmes()
    Random(7).shuffle(documents)
    half = len(documents) // 2
    registered, others = pieces(documents[:half]), pieces(documents[half:])
    url = f"sqlite:///{folder}/quality.db"
    upgrade(url)
    with closing(SQLFingerprints(url)) as library:
        recogniser = Recogniser(library)
        recogniser.register(registered, TENANT)
        usual = [chunk for chunk in registered if len(read(chunk.text)) >= USUAL]
        rows = [f"| {name} | {scored(recogniser, usual, damage, prompts).row} |" for name, damage in DAMAGE.items()]
        prose = "\n\n".join(topics.values())
        unrelated = [prose[at : at + 4_000] for at in range(0, len(prose), 4_000)]
        strangers = [chunk.text for chunk in others]
        told = [
            f"{struck(recogniser, unrelated)} of {len(unrelated)} unrelated texts of 4 kB (the language reference)",
            f"{struck(recogniser, strangers)} of {len(strangers)} pieces of READMEs that are not registered (sister "
            "projects share paragraphs)",
        ]
    head = f"{len(registered):,} chunks of {half} READMEs registered, {PIECES} in each of {prompts} prompts"
    return [f"| {head} | recall | precision |", "|---|---|---|", *rows, "", "Recognised in: " + "; ".join(told) + "."]


def scored(recogniser: Recogniser, chunks: Sequence[Chunk], damage: Damage, prompts: int) -> Score:
    """Return what is found of *chunks* in prompts that hold some of them with *damage*."""
    random, score = Random(3), Score()
    for _ in range(prompts):
        wanted = random.sample(chunks, PIECES)
        text = "\n\n".join(damage(chunk.text, random) for chunk in wanted)
        prompt = f"Answer from these documents.\n\n{text}\n\nWhat do they say?"
        found = [{(one.document, one.ordinal) for one in match.chunks}
                 for match in recogniser.recognise(prompt, TENANT).matches]  # fmt: skip
        names = [(chunk.document, chunk.ordinal) for chunk in wanted]
        score.there += len(names)
        score.found += sum(any(name in match for match in found) for name in names)
        score.wrong += sum(not any(name in match for name in names) for match in found)
    return score


def struck(recogniser: Recogniser, texts: Sequence[str]) -> int:
    """Return in how many of *texts* anything is recognised."""
    return sum(bool(recogniser.recognise(text, TENANT).matches) for text in texts)


if __name__ == "__main__":
    main(sys.argv[1:])
