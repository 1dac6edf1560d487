"""`python -m tests.bench`: measure, print, and write bench-results/<time>.json."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console

from tests.bench import report
from tests.bench.history_size import measure_history
from tests.bench.live_page import measure_page
from tests.bench.side_by_side import SideBySide
from tests.support.processes import PROJECT

PARTS = ("workflows", "history", "page")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument(
        "parts", nargs="*", default=PARTS, metavar="PART", help="of " + ", ".join(PARTS) + " (all)"
    )
    parser.add_argument(
        "--workloads", default="W1,W2,W3,W4,W5", help="of W1 to W6 (all but W6, which takes minutes)"
    )
    parser.add_argument("--repeats", type=int, default=7, help="of each workload on each side (7)")
    parser.add_argument("--executions", type=int, default=100_000, help="in the history (100,000)")
    parsed = parser.parse_args()
    if unknown := set(parsed.parts) - set(PARTS):
        parser.error(f"unknown part {', '.join(sorted(unknown))}; choose from {', '.join(PARTS)}")
    return parsed


def main() -> None:
    given = arguments()
    console = Console(width=110)
    figures: dict[str, Any] = {"machine": report.machine()}
    with tempfile.TemporaryDirectory(prefix="celeriac-bench-") as name:
        directory = Path(name)
        if "workflows" in given.parts:
            figures |= measure_workflows(console, directory, given.workloads.split(","), given.repeats)
        if "history" in given.parts:
            history = measure_history(given.executions)
            report.show_history(console, history)
            figures["history"] = history.as_json()
        if "page" in given.parts:
            page = measure_page(directory)
            report.show_page(console, page)
            figures["page"] = page.as_json()
    console.print(f"Written to {report.write_json(figures, PROJECT / 'bench-results').relative_to(PROJECT)}")


def measure_workflows(console: Console, directory: Path, names: list[str], repeats: int) -> dict[str, Any]:
    with SideBySide(directory) as both:
        compared = both.compare(names, repeats)
        if "W5" in names:
            compared += both.compare_idle()
        compared.sort(key=lambda c: c.name)
        sizes = both.message_sizes()
    report.show_comparison(console, compared)
    report.show_messages(console, sizes)
    return {"workloads": [c.as_json() for c in compared], "message_bytes": sizes}


if __name__ == "__main__":
    main()
