"""Processes that an attempt has started: they are stopped with it when it is cancelled, runs too long or loses its worker.

They are known by a variable of their environment, which every program inherits, and by their parents. On Linux, by /proc.
What an attempt leaves behind after an end of its own is its own.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

#: In the environment of whatever an attempt starts. Not the name of a setting: a program may be a command of ours.
VARIABLE = "_CELERIAC_ATTEMPT"
GRACE = 2.0  # seconds between SIGTERM and SIGKILL
_PROC = Path("/proc")


def mark(attempt: str) -> None:
    """Names the attempt that this process works on for the programs that it starts."""
    os.environ[VARIABLE] = attempt


def unmark() -> None:
    os.environ.pop(VARIABLE, None)


def stop_descendants(attempt: str, root: int, *, grace: float = GRACE) -> None:
    """Stops the programs of an attempt: SIGTERM, then SIGKILL. `root` is the process that works on it, which goes on."""
    if not (found := descendants(attempt, root)):
        return
    _signal(found, signal.SIGTERM)
    deadline = time.monotonic() + grace
    while (found := descendants(attempt, root)) and time.monotonic() < deadline:
        time.sleep(0.02)
    _signal(found, signal.SIGKILL)


def kill_descendants(pids: Iterable[int]) -> None:
    """Ends processes at once."""
    _signal(pids, signal.SIGKILL)


def descendants(attempt: str, root: int | None) -> list[int]:
    """The living processes of an attempt, without `root`, the process that works on it; None: it has ended."""
    children: dict[int, list[int]] = {}
    marked: list[int] = []
    marks: dict[int, str] = {}
    for pid, parent in _processes():
        children.setdefault(parent, []).append(pid)
        marks[pid] = _mark_of(pid)
        if marks[pid] == attempt:
            marked.append(pid)
    # Forked without a program of its own, a process has the environment of its parent's start.
    found, waiting = set[int](), [*marked, *(children.get(root, ()) if root else ())]
    while waiting:
        pid = waiting.pop()
        if pid not in found and pid not in (root, os.getpid()) and marks.get(pid, "") in ("", attempt):
            found.add(pid)
            waiting += children.get(pid, ())
    return sorted(found)


def _processes() -> Iterator[tuple[int, int]]:
    """Every living process with its parent."""
    for entry in _PROC.iterdir() if _PROC.is_dir() else ():
        if entry.name.isdecimal():
            with contextlib.suppress(OSError, ValueError):
                # The name before the state may have any character, a closing bracket too.
                state, parent = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()[:2]
                if state not in "ZX":
                    yield int(entry.name), int(parent)


def _mark_of(pid: int) -> str:
    begin = f"{VARIABLE}=".encode()
    with contextlib.suppress(OSError):
        for entry in (_PROC / str(pid) / "environ").read_bytes().split(b"\0"):
            if entry.startswith(begin):
                return entry[len(begin) :].decode(errors="replace")
    return ""


def _signal(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)
