"""What a worker's main process and its child processes know of each other's claims: in memory that they share.

A message only starts a child: it may go on with further steps. So the main process reads here which claim a child runs, and
says here which one a signal is meant for. The child compares: an order may arrive when its claim has ended.
"""

from __future__ import annotations

import mmap
import struct
import time
from collections.abc import Iterator

ROWS = 1024  # processes beyond so many are not in the table: their orders to stop name no claim
_ROW = struct.Struct("@q d 56s 56s")  # pid, time of the latest order, claim that runs, claim that has to stop
_PID, _ORDERED_AT, _RUNNING, _ORDERED = 0, 8, 16, 72
_TEXT = 56


class Slot:
    """The row of one child process. Each field has one writer: the child `running`, the main process `order`."""

    def __init__(self, memory: mmap.mmap, offset: int) -> None:
        self._memory, self._offset = memory, offset

    @property
    def pid(self) -> int:
        (pid,) = struct.unpack_from("@q", self._memory, self._offset + _PID)
        return int(pid)

    @property
    def running(self) -> str:
        """The claim whose body has begun last; it may have ended."""
        return self._text(_RUNNING)

    @running.setter
    def running(self, claim: str) -> None:
        self._write(_RUNNING, claim.encode()[:_TEXT].ljust(_TEXT, b"\0"))

    def order(self, claim: str) -> None:
        """Names the claim that the next signal is meant for."""
        self._write(_ORDERED, claim.encode()[:_TEXT].ljust(_TEXT, b"\0"))
        self._write(_ORDERED_AT, struct.pack("@d", time.monotonic()))

    @property
    def ordered_at(self) -> float:
        """The time of the latest order on the clock of `time.monotonic`, which processes share; 0 for none."""
        (at,) = struct.unpack_from("@d", self._memory, self._offset + _ORDERED_AT)
        return float(at)

    @property
    def ordered(self) -> str:
        """The claim of the latest order."""
        return self._text(_ORDERED)

    def _text(self, field: int) -> str:
        begin = self._offset + field
        return self._memory[begin : begin + _TEXT].rstrip(b"\0").decode(errors="replace")

    def _write(self, field: int, data: bytes) -> None:
        begin = self._offset + field
        self._memory[begin : begin + len(data)] = data


class SlotTable:
    """Create it before the pool forks."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, ROWS * _ROW.size + 1)

    @property
    def sends_events(self) -> bool:
        """Whether the worker sends Celery's events of tasks, which may be switched while it runs."""
        return self._memory[ROWS * _ROW.size] == 1

    @sends_events.setter
    def sends_events(self, sends: bool) -> None:
        self._memory[ROWS * _ROW.size] = int(sends)

    def take(self, index: int, pid: int) -> Slot | None:
        """The row of a new child process, by its place in the pool; None beyond the table."""
        if not 0 <= index < ROWS:
            return None
        offset = index * _ROW.size
        self._memory[offset : offset + _ROW.size] = _ROW.pack(pid, 0.0, b"", b"")
        return Slot(self._memory, offset)

    def find(self, pid: int) -> Slot | None:
        """The row of a child process, for the main process; None if its place has another one."""
        return next((slot for slot in self._taken() if slot.pid == pid), None)

    def claim_of(self, message_id: str) -> str:
        """The claim whose body has begun last under a message; '' if none has, or its process was replaced."""
        begun = (slot.running for slot in self._taken())
        return next((claim for claim in begun if claim.startswith(f"{message_id}.")), "")

    def _taken(self) -> Iterator[Slot]:
        for offset in range(0, ROWS * _ROW.size, _ROW.size):
            slot = Slot(self._memory, offset)
            if slot.pid:
                yield slot
