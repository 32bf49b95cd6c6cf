import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from tests.benchmarks.material import DOCUMENTS, WORDS, declared, events, numbered, pasted
from tests.benchmarks.report import Figure, show, write


@pytest.mark.parametrize(
    ("figure", "verdict"),
    [
        (Figure("a", "s", 1.0, "ms"), ""),
        (Figure("a", "s", 1.0, "ms", budget=1.0), "PASS"),
        (Figure("a", "s", 1.1, "ms", budget=1.0), "MISS"),
        (Figure("a", "s", 0.5, "ms", budget=1.0, moonshot=0.5), "PASS *"),
        (Figure("a", "s", 2999, "responses/s", budget=3000, at_least=True), "MISS"),
        (Figure("a", "s", 8000, "responses/s", budget=3000, moonshot=8000, at_least=True), "PASS *"),
        (Figure("a", "s", 2.0, "ms", budget=1.0, pace=0.5), "PASS"),
        (Figure("a", "s", 0.9, "ms", budget=1.0, pace=2.0), "MISS"),
    ],
)
def test_a_figure_is_judged_on_the_machine_of_its_budget(figure: Figure, verdict: str) -> None:
    assert figure.verdict == verdict


def test_the_table_shows_every_figure_and_note() -> None:
    out = io.StringIO()
    figure = Figure("CPU", "lineward", 0.9, "ms", budget=1.0, floor=0.3, pace=2 / 3)

    show([figure, Figure("RSS", "floor", 61, "MB")], ["something was left out"], Console(file=out, width=120))

    text = " ".join(out.getvalue().split())
    assert "CPU lineward 0.9 ms 3.0 0.6 < 1.00 PASS" in text
    assert "RSS floor 61.00 MB" in text
    assert "something was left out" in text


def test_the_file_holds_what_the_table_shows(tmp_path: Path) -> None:
    write([Figure("CPU", "lineward", 0.9, "ms", budget=1.0, floor=0.3)], ["a note"], tmp_path / "bench.json")

    [row] = json.loads((tmp_path / "bench.json").read_text())["figures"]

    assert (row["what"], row["value"], row["verdict"]) == ("CPU", 0.9, "PASS")
    assert row["ratio"] == pytest.approx(3.0)


def test_the_material_is_what_the_budgets_speak_of() -> None:
    body = json.loads(declared(stream=True))

    assert len(WORDS) == len(events()) == 37
    assert len(body["documents"]) == DOCUMENTS
    assert 3_900 < len(pasted(stream=False)) < 4_300


def test_each_question_is_another_of_the_same_length() -> None:
    first, second = (numbered(declared(stream=False), number) for number in (1, 2))

    assert first != second
    assert len(first) == len(second) == len(declared(stream=False))
    assert json.loads(first)["documents"] == json.loads(second)["documents"]
