"""`python -m tests.bench`: measure, print, and write bench-results/<time>.json.

Two more things are measured when they are asked for by name, each with options of its own (`--help`):
`python -m tests.bench hops [--against DIR]` counts functions and files on journeys through the code, and
`python -m tests.bench paired --against DIR [--repeats 5] [--bar 1.05] [PART ...]` compares with another checkout in turns.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console

from tests.bench import hops, paired, report
from tests.bench.bars import Figure, ratio_figures, show_figures
from tests.bench.busy_page import measure_busy_page
from tests.bench.cancelling import measure_cancelling
from tests.bench.fairness import measure_fairness
from tests.bench.followers import FOLLOWERS, measure_followers
from tests.bench.history_size import measure_history
from tests.bench.idle_system import measure_idle
from tests.bench.large_page import measure_large_page
from tests.bench.large_plans import measure_large_plans
from tests.bench.layout_time import measure_layout
from tests.bench.live_page import measure_page
from tests.bench.mapping import measure_mapping
from tests.bench.page_cost import TURNS, measure_page_cost
from tests.bench.several_stores import measure_several_stores
from tests.bench.side_by_side import SideBySide
from tests.bench.step_size import measure_step_size
from tests.support.processes import PROJECT

#: Parts that give figures with bars: name → title and what measures it in a directory.
BARRED: dict[str, tuple[str, Callable[[Path], list[Figure]]]] = {
    "fairness": ("Small executions beside a large fan-out (10 ms steps, medians of 5)", measure_fairness),
    "cancelling": ("Cancelling everything (2 slots)", measure_cancelling),
    "size": ("A step in the store; inputs, results and logs apart", measure_step_size),
    "plans": ("The longest call while thousands of steps change (best of three)", measure_large_plans),
    "stores": ("One, two and four stores beside each other, by the scripts alone", measure_several_stores),
    "layout": (
        "The layout of a drawn plan (medians of ten seeds, of three for 10,000 steps)",
        measure_layout,
    ),
    "cost": (f"Pages with more than they show (medians of {TURNS}, in turns)", measure_page_cost),
    "page": ("The page of an execution of nine steps in Chromium, in the pace of people", measure_page),
    "busy": (
        "The page of an execution of 1,002 steps in Chromium, while all of them change; all on this machine",
        measure_busy_page,
    ),
    "large": ("The page of an execution of 1,002 steps in Chromium", measure_large_page),
    "followers": (
        f"{FOLLOWERS:,} programs that follow executions, one event a second each (medians of three turns)",
        measure_followers,
    ),
    "mapping": ("A list of items beside steps written out (no-ops, medians of 5)", measure_mapping),
    "idle": ("`celeriac up` with 2 slots and nothing to do, over 20 s", measure_idle),
}
PARTS = ("workflows", *BARRED, "history")
#: What has a command line of its own, by the first argument.
COMMANDS: dict[str, Callable[[list[str]], None]] = {"hops": hops.main, "paired": paired.main}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "parts", nargs="*", default=PARTS, metavar="PART", help="of " + ", ".join(PARTS) + " (all)"
    )
    parser.add_argument(
        "--workloads",
        default="W1,W2,W3,W4,W5,W6",
        help="of W1 to W6 (all; W6 takes minutes, most of them Celery's)",
    )
    parser.add_argument("--repeats", type=int, default=7, help="of each workload on each side (7)")
    parser.add_argument("--executions", type=int, default=100_000, help="in the history (100,000)")
    parsed = parser.parse_args()
    if unknown := set(parsed.parts) - set(PARTS):
        parser.error(f"unknown part {', '.join(sorted(unknown))}; choose from {', '.join(PARTS)}")
    return parsed


def main() -> None:
    if sys.argv[1:2] and sys.argv[1] in COMMANDS:
        COMMANDS[sys.argv[1]](sys.argv[2:])
        return
    given = arguments()
    console = Console(width=110)
    figures: dict[str, Any] = {"machine": report.machine()}
    with tempfile.TemporaryDirectory(prefix="celeriac-bench-") as name:
        directory = Path(name)
        if "workflows" in given.parts:
            figures |= measure_workflows(console, directory, given.workloads.split(","), given.repeats)
        for part, (title, measure) in BARRED.items():
            if part in given.parts:
                own = directory / part
                own.mkdir()
                barred = measure(own)
                show_figures(console, title, barred)
                figures[part] = [figure.as_json() for figure in barred]
        if "history" in given.parts:
            history = measure_history(given.executions)
            report.show_history(console, history)
            figures["history"] = history.as_json()
    console.print(f"Written to {report.write_json(figures, PROJECT / 'bench-results').relative_to(PROJECT)}")


def measure_workflows(console: Console, directory: Path, names: list[str], repeats: int) -> dict[str, Any]:
    with SideBySide(directory) as both:
        compared = both.compare(names, repeats)
        if "W5" in names:
            compared += both.compare_idle()
        compared.sort(key=lambda c: c.name)
        sizes = both.message_sizes()
    report.show_comparison(console, compared)
    barred = ratio_figures(compared)
    show_figures(console, "The engine's time over Celery's", barred)
    report.show_messages(console, sizes)
    return {
        "workloads": [c.as_json() for c in compared],
        "ratios": [figure.as_json() for figure in barred],
        "message_bytes": sizes,
    }


if __name__ == "__main__":
    main()
