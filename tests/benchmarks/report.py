"""What was measured, as one table for people and one file for machines."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Figure:
    """One measured number, and what it may be at most (or at least)."""

    what: str
    system: str
    value: float
    unit: str
    budget: float | None = None
    moonshot: float | None = None
    at_least: bool = False
    """Whether more is better."""
    floor: float | None = None
    """What the bare floor took for the same in the same run."""
    pace: float | None = None
    """What the floor took for a whole answer on the machine for which the budget was set, as a share of now."""

    @property
    def ratio(self) -> float | None:
        """How many times the floor's."""
        return self.value / self.floor if self.floor else None

    @property
    def scaled(self) -> float:
        """The value on the budget's machine: as much faster or slower as the floor is there."""
        return self.value * self.pace if self.pace else self.value

    @property
    def verdict(self) -> str:
        """`PASS` or `MISS` against the budget, `PASS *` when it reaches the moonshot; empty without a budget."""
        if self.budget is None:
            return ""
        if self.moonshot is not None and self._within(self.moonshot):
            return "PASS *"
        return "PASS" if self._within(self.budget) else "MISS"

    def _within(self, limit: float) -> bool:
        return self.scaled >= limit if self.at_least else self.scaled <= limit


def table(figures: Sequence[Figure], title: str) -> Table:
    """Return *figures* as a table, one row each."""
    built = Table(title=title, title_justify="left", box=None, pad_edge=False)
    built.add_column("what")
    built.add_column("system")
    for heading in ("measured", "x floor", "scaled", "budget", "moonshot"):
        built.add_column(heading, justify="right")
    built.add_column("")
    for figure in figures:
        built.add_row(
            figure.what,
            figure.system,
            f"{_number(figure.value)} {figure.unit}",
            f"{figure.ratio:.1f}" if figure.ratio else "",
            _number(figure.scaled) if figure.pace else "",
            _limit(figure.budget, figure),
            _limit(figure.moonshot, figure),
            _COLOURS.get(figure.verdict, "") + figure.verdict,
        )
    return built


_COLOURS = {"PASS": "[green]", "PASS *": "[bold green]", "MISS": "[red]"}


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}" if abs(value) < 1 else f"{value:.2f}"


def _limit(limit: float | None, figure: Figure) -> str:
    return "" if limit is None else f"{'>' if figure.at_least else '<'} {_number(limit)}"


def write(figures: Sequence[Figure], notes: Sequence[str], path: Path) -> None:
    """Write *figures* and *notes* to *path* as JSON."""
    rows = [
        {**asdict(figure), "ratio": figure.ratio, "scaled": figure.scaled, "verdict": figure.verdict}
        for figure in figures
    ]
    path.write_text(json.dumps({"figures": rows, "notes": list(notes)}, indent=2) + "\n")


def show(figures: Sequence[Figure], notes: Sequence[str], console: Console) -> None:
    """Print *figures* and *notes*."""
    console.print(table(figures, "What Lineward costs"))
    for note in notes:
        console.print(note, style="dim", highlight=False)
