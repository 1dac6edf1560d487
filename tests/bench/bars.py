"""Figures beside the bars they are held against."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench.side_by_side import Compared

#: Workload → the highest ratio to plain Celery's time that is accepted. W4's is 0.9 times its launches per second.
RATIO_BARS = {"W1": 1.2, "W2": 0.75, "W3": 0.5, "W4": 1 / 0.9, "W5": 1.5, "W6": 0.2}
GROWTH_BAR = 1.3  # ms per step of W6 over those of W3


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value; `bar` is the highest that is accepted, None where nothing is asked."""

    title: str
    value: float
    unit: str
    bar: float | None = None

    @property
    def verdict(self) -> str:
        if self.bar is None:
            return ""
        return "held" if self.value <= self.bar else "missed"

    def as_json(self) -> dict[str, Any]:
        return {
            "title": self.title,
            "value": self.value,
            "unit": self.unit,
            "bar": self.bar,
            "verdict": self.verdict,
        }


def ratio_figures(compared: list[Compared]) -> list[Figure]:
    """The ratios of the workloads that were measured, and how much dearer a step gets in a larger workflow."""
    figures = [Figure(f"{c.name} {c.title}", c.ratio, "", RATIO_BARS[c.name]) for c in compared]
    per_step = {c.name: median(c.engine) / c.steps for c in compared}
    if {"W3", "W6"} <= per_step.keys():
        growth = per_step["W6"] / per_step["W3"]
        figures.append(Figure("a step of W6 over one of W3", growth, "", GROWTH_BAR))
    return figures


def show_figures(console: Console, title: str, figures: list[Figure]) -> None:
    table = Table(title=title)
    table.add_column("figure")
    for heading in ("measured", "bar", ""):
        table.add_column(heading, justify="right")
    for figure in figures:
        bar = "" if figure.bar is None else f"{figure.bar:,g} {figure.unit}".rstrip()
        table.add_row(figure.title, f"{figure.value:,.2f} {figure.unit}".rstrip(), bar, figure.verdict)
    console.print(table)
