"""Figures beside the bars they are held against."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench.side_by_side import Compared

#: Workload → the highest ratio to plain Celery's time that is accepted; those of W5 by the end of its title.
RATIO_BARS = {"W1": 0.2, "W2": 0.3, "W3": 0.2, "W4": 0.35, "starts": 1.3, "end": 0.7, "W6": 0.08}
GROWTH_BAR = 1.1  # ms per step of W6 over those of W3


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
    figures = [Figure(f"{c.name} {c.title}", c.ratio, "", _ratio_bar(c)) for c in compared]
    per_step = {c.name: median(c.engine) / c.steps for c in compared}
    if {"W3", "W6"} <= per_step.keys():
        growth = per_step["W6"] / per_step["W3"]
        figures.append(Figure("a step of W6 over one of W3", growth, "", GROWTH_BAR))
    return figures


def _ratio_bar(compared: Compared) -> float:
    return RATIO_BARS[compared.title.rpartition(" ")[2] if compared.name == "W5" else compared.name]


def show_figures(console: Console, title: str, figures: list[Figure]) -> None:
    table = Table(title=title)
    table.add_column("figure")
    for heading in ("measured", "bar", ""):
        table.add_column(heading, justify="right")
    for figure in figures:
        bar = "" if figure.bar is None else f"{figure.bar:,g} {figure.unit}".rstrip()
        table.add_row(figure.title, f"{figure.value:,.2f} {figure.unit}".rstrip(), bar, figure.verdict)
    console.print(table)
