"""How much personal data the guard finds and what that costs, beside stock Presidio in the same run: `make bench-pii`.

Both read the same texts with the same spaCy model. Dates, organisations and nationalities are left out on both sides.
Times are processor time in this process, with one thread for both.
"""

import argparse
import asyncio
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from gateway.detectors.cached import CachedDetector
from gateway.detectors.models import Model, find_model
from gateway.detectors.patterns import PatternDetector
from gateway.detectors.presidio import PresidioDetector
from gateway.detectors.secrets import SecretDetector
from tests.benchmarks import report
from tests.benchmarks.pii_scoring import LEFT_OUT, Score, Span, by_entity, in_all, in_entities
from tests.benchmarks.pii_sentences import Sample, readmes, sentences, texts
from tests.benchmarks.report import Figure

SEEDS = (20_260_001, 20_260_002, 20_260_003)
"""Not those with which recognisers were written: these were only ever counted."""
OURS, STOCK = "lineward", "stock Presidio"
LENGTH = 2_000
STOCK_MS = 77.0
"""What stock Presidio takes for so many characters on the machine of the budgets when nothing else runs there.

Times are judged by what they would be there: as much faster or slower as stock Presidio is.
"""

err = Console(stderr=True, highlight=False)

Find = Callable[[str], Sequence[Span]]
Findings = Sequence[Sequence[Span]]


def main(arguments: Sequence[str]) -> None:
    """Measure, print the tables and write the JSON file."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.pii", description=__doc__)
    parser.add_argument("--sentences", type=int, default=1000, help="sentences of each seed")
    parser.add_argument("--json", type=Path, default=Path("bench-pii.json"), help="where the figures are written")
    options = parser.parse_args(arguments)
    model = find_model("en")
    if model is None:
        raise SystemExit("There is no spaCy model for English here.")
    if os.environ.get("OPENBLAS_NUM_THREADS") != "1":
        raise SystemExit("Times are compared with one thread: set OPENBLAS_NUM_THREADS=1, as make bench-pii does.")
    samples = [sample for seed in SEEDS for sample in sentences(seed, options.sentences)]
    truths = [sample.spans for sample in samples]
    with asyncio.Runner() as runner:
        systems = {OURS: ours(runner), STOCK: stock(model)}
        found = {name: _found(name, find, [sample.text for sample in samples]) for name, find in systems.items()}
        figures = [*accuracy(truths, found), *alarms(systems), *_costs(systems, samples)]
    entities = {name: by_entity(truths, each) for name, each in found.items()}
    totals = {name: in_all(truths, each) for name, each in found.items()}
    notes = [f"{len(samples)} sentences, seeds {', '.join(map(str, SEEDS))}; model {model.name}"]
    _show(table(entities, totals), figures, notes)
    report.write(figures, notes, options.json)
    _add_entities(options.json, entities)
    err.print(f"Written to {options.json}", style="dim")


def ours(runner: asyncio.Runner) -> Find:
    """Return the guard as the gateway runs it, but in this process."""
    guard = CachedDetector([PatternDetector(), SecretDetector(), PresidioDetector()])
    runner.run(guard.prepare())

    def find(text: str) -> Sequence[Span]:
        [found] = runner.run(guard.find([text]))
        return [(finding.entity, finding.start, finding.end) for finding in found]

    return find


def stock(model: Model) -> Find:
    """Return Presidio as it comes, but for its look-up of public suffixes, which is kept from the network."""
    import tldextract.tldextract as suffixes
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import NlpEngineProvider

    suffixes.TLD_EXTRACTOR = suffixes.TLDExtract(cache_dir=None, suffix_list_urls=())
    named = {"lang_code": "en", "model_name": str(model.path)}
    engine = NlpEngineProvider(nlp_configuration={"nlp_engine_name": "spacy", "models": [named]}).create_engine()
    analyzer = AnalyzerEngine(nlp_engine=engine)

    def find(text: str) -> Sequence[Span]:
        return [(result.entity_type, result.start, result.end) for result in analyzer.analyze(text, "en")]

    return find


def _found(name: str, find: Find, material: Sequence[str]) -> Findings:
    err.print(f"{name} reads {len(material)} sentences ...", style="dim")
    return [find(text) for text in material]


def accuracy(truths: Findings, found: Mapping[str, Findings]) -> list[Figure]:
    """Return precision, recall, F1 and F2 of each system, with the goals for ours."""
    figures: list[Figure] = []
    for name, each in found.items():
        goals = (0.95, 0.75, 0.84, None) if name == OURS else (None, None, None, None)
        scores = {"by characters": in_all(truths, each), "by entities": in_entities(truths, each)}
        figures += [
            Figure(f"{what}, {how}", name, value, "", budget=goal, at_least=True)
            for how, score in scores.items()
            for what, value, goal in zip(("precision", "recall", "F1", "F2"), values(score), goals, strict=True)
        ]
        strict = in_all(truths, each, strict=True).precision
        figures.append(Figure("precision, organisations and dates taken for others", name, strict, ""))
    return figures


def alarms(systems: Mapping[str, Find], count: int = 40, length: int = 10_000) -> list[Figure]:
    """Return how often each system finds something in technical writing; some of that are its authors."""
    material = readmes(SEEDS[0], count, length)
    err.print(f"Both read {len(material)} descriptions of packages ...", style="dim")
    per = len(material) * length / 10_000
    return [
        Figure(
            "findings in 10,000 characters of technical writing",
            name,
            sum(span[0] not in LEFT_OUT for text in material for span in find(text)) / per,
            "",
        )
        for name, find in systems.items()
    ]


def _costs(systems: Mapping[str, Find], samples: Sequence[Sample]) -> list[Figure]:
    return [
        *speed(systems, "where every sentence has a name in it", texts(list(samples), LENGTH)),
        *speed(systems, "of technical writing", readmes(SEEDS[1], 40, LENGTH)),
    ]


def speed(systems: Mapping[str, Find], kind: str, material: Sequence[str], count: int = 40) -> list[Figure]:
    """Return what texts of some *kind* cost that were never seen, and what the same cost again."""
    err.print(f"Both read texts of {LENGTH} characters {kind} ...", style="dim")
    unseen: dict[str, list[float]] = {name: [] for name in systems}
    seen: dict[str, list[float]] = {name: [] for name in systems}
    for text in material[:count]:
        for name, find in systems.items():  # in turns, so that a busy machine is fair to both
            unseen[name].append(_milliseconds(find, text))
            seen[name].append(_milliseconds(find, text))
    costs = {name: (statistics.median(unseen[name]), statistics.median(seen[name])) for name in systems}
    again = costs[STOCK][1] / max(costs[OURS][1], 0.001)
    what = f"2,000 unseen characters {kind}"
    return [
        Figure(what, STOCK, costs[STOCK][0], "ms"),
        Figure(what, OURS, costs[OURS][0], "ms", budget=15, moonshot=8, pace=STOCK_MS / max(costs[STOCK][0], 0.001)),
        Figure("… how many times as quick", OURS, costs[STOCK][0] / costs[OURS][0], "x", budget=4, at_least=True),
        Figure("… seen before, how many times as quick", OURS, again, "x", budget=100, at_least=True),
    ]


def _milliseconds(find: Find, text: str) -> float:
    started = time.process_time()
    find(text)
    return (time.process_time() - started) * 1000


def table(entities: Mapping[str, Mapping[str, Score]], everything: Mapping[str, Score]) -> Table:
    """Return precision, recall, F1 and F2 by entity and in all, one system beside the other."""
    built = Table(title="What is found, by characters", title_justify="left", box=None, pad_edge=False)
    built.add_column("entity")
    built.add_column("characters", justify="right")
    for name in entities:
        for heading in ("precision", "recall", "F1", "F2"):
            built.add_column(f"{heading}\n{name}", justify="right")
    for row in [*entities[OURS], "in all"]:
        scores = [everything[name] if row == "in all" else entities[name][row] for name in entities]
        cells = [f"{value:.3f}" for score in scores for value in values(score)]
        built.add_row(row, f"{scores[0].found + scores[0].overlooked:,}", *cells)
    return built


def values(score: Score) -> tuple[float, float, float, float]:
    """Return precision, recall, F1 and F2."""
    return score.precision, score.recall, score.f(1), score.f(2)


def _show(entities: Table, figures: Sequence[Figure], notes: Sequence[str]) -> None:
    console = Console(width=None if sys.stdout.isatty() else 140)
    console.print(entities)
    console.print()
    console.print(report.table(figures, "What the guard finds, and what it costs"))
    for note in notes:
        console.print(note, style="dim", highlight=False)


def _add_entities(path: Path, entities: Mapping[str, Mapping[str, Score]]) -> None:
    written = json.loads(path.read_text())
    written["entities"] = {
        name: {
            entity: {**asdict(score), **dict(zip(("precision", "recall", "f1", "f2"), values(score), strict=True))}
            for entity, score in scores.items()
        }
        for name, scores in entities.items()
    }
    path.write_text(json.dumps(written, indent=2) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
