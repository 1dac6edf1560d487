"""Distinguishes a process from a later one with the same pid, and ends processes left behind by an earlier start."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

#: Seconds that a left-over process may take to end after SIGTERM.
PATIENCE = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessRecord:
    """A process as it was started. `born` is opaque text that no later holder of the pid shares."""

    name: str
    pid: int
    born: str


def born(pid: int) -> str | None:
    """The identity of the process `pid`, which no other holder of that pid has; None if there is no such process."""
    proc = Path("/proc")
    if not (proc / "self/stat").exists():
        return _born_by_ps(pid)
    try:
        stat = (proc / str(pid) / "stat").read_text(errors="replace")
        boot = (proc / "sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return None
    # The command, in parentheses, may contain spaces and parentheses; parse after the last one.
    fields = stat.rpartition(")")[2].split()
    state, started = fields[0], fields[19]
    return None if state in "ZX" else f"{boot}/{started}"


def _born_by_ps(pid: int) -> str | None:
    shown = subprocess.run(  # noqa: S603  a fixed command and a number
        ["/bin/ps", "-o", "lstart=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
        env={"LC_ALL": "C"},
    )
    return shown.stdout.strip() or None


def write_records(file: Path, records: Iterable[ProcessRecord]) -> None:
    """Replaces the records in `file` atomically, so that a kill leaves the old or the new ones."""
    fresh = file.with_suffix(".new")
    fresh.write_text(json.dumps([asdict(record) for record in records]))
    fresh.replace(file)


def read_records(file: Path) -> list[ProcessRecord]:
    """The records in `file`; none if it is missing or damaged."""
    try:
        return [ProcessRecord(**entry) for entry in json.loads(file.read_text())]
    except (OSError, ValueError, TypeError):
        return []


def end_leftovers(file: Path, *, patience: float = PATIENCE) -> list[ProcessRecord]:
    """Ends every recorded process that is still the same one, with its group; returns those ended."""
    left = [record for record in read_records(file) if _is_alive(record)]
    for record in left:
        _signal(record, signal.SIGTERM)
    give_up_at = time.monotonic() + patience
    while any(_is_alive(record) for record in left) and time.monotonic() < give_up_at:
        time.sleep(0.02)
    for record in left:
        # The group too: a worker that ended may have left child processes.
        _signal(record, signal.SIGKILL)
    while any(_is_alive(record) for record in left) and time.monotonic() < give_up_at + patience:
        time.sleep(0.02)
    file.unlink(missing_ok=True)
    return left


def _is_alive(record: ProcessRecord) -> bool:
    return record.pid > 1 and born(record.pid) == record.born


def _signal(record: ProcessRecord, number: signal.Signals) -> None:
    if not _is_alive(record):
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        # Each child leads its own group; one that does not must never end its neighbours.
        if number == signal.SIGKILL and os.getpgid(record.pid) == record.pid:
            os.killpg(record.pid, number)
        else:
            os.kill(record.pid, number)
