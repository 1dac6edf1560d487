"""This checkout and another one, measured in turns on this machine: what got slower or larger?

`python -m tests.bench paired --against DIR [--repeats 5] [--bar 1.05] [PART ...]`. Each turn measures both checkouts, one
after the other, and gives one ratio; the ratio of a row is the median of those. So what else the machine does falls on both.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench import report
from tests.bench.checkouts import THIS, Checkout
from tests.support.processes import PROJECT

WORKLOADS = ("W1", "W2", "W3", "W4", "W5", "W6")
PARTS = (*WORKLOADS, "bytes", "dom")
#: Parts that give the same in every turn, so that one is enough.
STEADY = frozenset({"bytes"})


@dataclass(slots=True)
class Paired:
    """One figure of both checkouts: now, and in the other one before; one value per turn."""

    part: str
    title: str
    now: list[float] = field(default_factory=list)
    before: list[float] = field(default_factory=list)

    @property
    def unit(self) -> str:
        return "B" if self.part == "bytes" else "ms"

    @property
    def ratios(self) -> list[float]:
        return [now / before for now, before in zip(self.now, self.before, strict=True)]

    @property
    def ratio(self) -> float:
        """The median of the turns' ratios, above 1 for more than before."""
        return median(self.ratios)

    def verdict(self, bar: float | None) -> str:
        if bar is None:
            return ""
        return "held" if self.ratio <= bar else "missed"

    def as_json(self, bar: float | None) -> dict[str, Any]:
        return {
            "part": self.part,
            "title": self.title,
            "unit": self.unit,
            "now": self.now,
            "before": self.before,
            "ratio": self.ratio,
            "bar": bar,
            "verdict": self.verdict(bar),
        }


class Side:
    """A process of one checkout that measures what it is asked for, see `inside/paired_side.py`."""

    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        self._process, self._log = process, log

    def measure(self, part: str) -> dict[str, float]:
        """Figures by title. Raises `RuntimeError` with the log when the process has ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{part}\n")
        self._process.stdin.flush()
        if line := self._process.stdout.readline():
            figures: dict[str, float] = json.loads(line)
            return figures
        self._process.wait(60)
        raise RuntimeError(f"{part} cannot be measured there:\n{self._log.read_text()[-5000:]}")


@contextmanager
def started_side(checkout: Checkout, directory: Path) -> Iterator[Side]:
    """A side that ends, with everything it has started, when the block does."""
    directory.mkdir()
    log = directory / "log"
    with log.open("w") as errors:
        process = subprocess.Popen(
            checkout.command("paired_side", str(directory / "measured")),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            cwd=checkout.root,
            env=checkout.environment({}),
        )
    with process:  # closes its input, which ends it
        yield Side(process, log)


def compare(now: Side, before: Side, parts: Iterable[str], repeats: int) -> Iterator[Paired]:
    """The figures of each part, measured so many times on each side in turns, after one time that does not count."""
    for part in parts:
        if part in WORKLOADS:
            now.measure(part)
            before.measure(part)
        rows: dict[str, Paired] = {}
        for turn in range(1 if part in STEADY else repeats):
            measured: dict[Side, dict[str, float]] = {}
            for side in (now, before) if turn % 2 else (before, now):
                measured[side] = side.measure(part)
            if measured[now].keys() != measured[before].keys():
                raise RuntimeError(f"{part} is not the same there: {measured[before]}, here {measured[now]}")
            for title in measured[now]:
                row = rows.setdefault(title, Paired(part, title))
                row.now.append(measured[now][title])
                row.before.append(measured[before][title])
        yield from rows.values()


def show_paired(console: Console, rows: list[Paired], bar: float | None) -> None:
    table = Table(title="This checkout against another one, in turns (medians)")
    for heading in ("part", "figure"):
        table.add_column(heading)
    for heading in ("before", "now", "", "runs", "ratios", "ratio", *(["bar", ""] if bar else [])):
        table.add_column(heading, justify="right")
    for row in rows:
        digits = 0 if row.unit == "B" else 1
        table.add_row(
            row.part,
            row.title,
            f"{median(row.before):,.{digits}f}",
            f"{median(row.now):,.{digits}f}",
            row.unit,
            str(len(row.now)),
            f"{min(row.ratios):.2f} to {max(row.ratios):.2f}",
            f"{row.ratio:.3f}",
            *([f"{bar:g}", row.verdict(bar)] if bar else []),
        )
    console.print(table)


def arguments(given: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench paired",
        description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument(
        "parts", nargs="*", default=PARTS, metavar="PART", help=f"of {', '.join(PARTS)} (all)"
    )
    parser.add_argument(
        "--against", type=Path, required=True, metavar="DIR", help="another checkout, with its own .venv"
    )
    parser.add_argument("--repeats", type=int, default=5, help="turns of each part (5)")
    parser.add_argument("--bar", type=float, help="the highest ratio that is accepted")
    parsed = parser.parse_args(given)
    if unknown := set(parsed.parts) - set(PARTS):
        parser.error(f"unknown part {', '.join(sorted(unknown))}; choose from {', '.join(PARTS)}")
    return parsed


def main(given: list[str]) -> None:
    options = arguments(given)
    with tempfile.TemporaryDirectory(prefix="celeriac-paired-") as name, ExitStack() as started:
        directory = Path(name)
        other = Checkout(options.against.resolve(), cache=directory / "cache")
        now = started.enter_context(started_side(THIS, directory / "now"))
        before = started.enter_context(started_side(other, directory / "before"))
        rows = list(compare(now, before, options.parts, options.repeats))
    show_paired(Console(width=110), rows, options.bar)
    figures = {"machine": report.machine(), "paired": [row.as_json(options.bar) for row in rows]}
    report.write_json(figures, PROJECT / "bench-results")
