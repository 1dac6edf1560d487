"""What `celeriac up` takes while it has nothing to do: memory of all its processes, and processor time."""

from __future__ import annotations

import os
import time
from pathlib import Path

import httpx

from tests.bench.bars import Figure
from tests.support.processes import LoggedProcess, child_environment, free_port, python_command
from tests.support.waiting import eventually

SECONDS = 20.0
MEMORY_BAR, PROCESSOR_BAR = 350.0, 3.0
TICKS = os.sysconf("SC_CLK_TCK")


def measure_idle(directory: Path) -> list[Figure]:
    """Summed RSS in MB and percent of a core over 20 s, in all and of each process (Linux only)."""
    port = free_port()
    environment = {
        "CELERIAC_DATA_DIR": str(directory / "up"),
        "CELERIAC_PORT": str(port),
        "CELERIAC_CONCURRENCY": "2",
    }
    up = LoggedProcess(
        python_command("-m", "celeriac", "up"),
        name="up",
        log_file=directory / "up.log",
        environment=child_environment(environment),
    )
    try:
        eventually(lambda: _answers(port), within=60, every=0.2)
        eventually(lambda: len(family(up.pid)) >= 6, within=60, every=0.2)
        _settle(up.pid)
        before = {pid: processor_seconds(pid) for pid in family(up.pid)}
        time.sleep(SECONDS)
        figures = []
        for pid, seconds in before.items():
            title = command(pid)
            figures.append(Figure(f"memory of {title}", resident(pid), "MB"))
            figures.append(
                Figure(f"processor, {title}", (processor_seconds(pid) - seconds) / SECONDS * 100, "%")
            )
        memory = sum(f.value for f in figures if f.unit == "MB")
        processor = sum(f.value for f in figures if f.unit == "%")
    finally:
        up.stop(within=20)
    total = [
        Figure("memory of all processes (summed RSS)", memory, "MB", MEMORY_BAR),
        Figure("processor, all processes, % of a core", processor, "%", PROCESSOR_BAR),
    ]
    return total + figures


def _answers(port: int) -> bool:
    """`up` answers /readyz"""
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def _settle(pid: int) -> None:
    """Until the start is over: a second in which the tree took less than a tenth of a core."""
    for _ in range(60):
        before = sum(map(processor_seconds, family(pid)))
        time.sleep(1)
        if sum(map(processor_seconds, family(pid))) - before < 0.1:
            return
    raise RuntimeError("`celeriac up` did not come to rest within a minute")


def family(pid: int) -> list[int]:
    """A process and all its descendants."""
    children = [
        int(child)
        for task in Path(f"/proc/{pid}/task").iterdir()
        for child in (task / "children").read_text().split()
    ]
    return [pid, *(each for child in children for each in family(child))]


def resident(pid: int) -> float:
    """MB of memory that the process holds, what it shares with others included."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def command(pid: int) -> str:
    words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().replace("\0", " ").split()
    kept = [Path(words[0]).name, *words[1:]] if words else ["?"]
    return f"{' '.join(kept)[:40]} ({pid})"
