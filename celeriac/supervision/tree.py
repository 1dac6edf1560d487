"""Runs a list of children: starts in order, restarts crashed ones, gives up on a crash loop, stops in reverse order."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from celeriac.supervision.child import Child, ChildSpec
from celeriac.supervision.errors import KeepsEnding, NotReady
from celeriac.supervision.identity import write_records
from celeriac.supervision.interruptions import Interruptions
from celeriac.supervision.logs import Mirror, rotate, set_aside_when_large, tail

#: Exit status of a wrong command line: a restart changes nothing.
_USAGE_ERROR = 2
#: Seconds between two signals of a stop plan that are both overdue.
_SHORTEST_GAP = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """When to restart and when to give up. Times are seconds."""

    #: So many ends of one child within `crash_window` stop everything.
    crash_limit: int = 5
    crash_window: float = 60.0
    #: Before the first restart; doubles with each end within the window.
    backoff: float = 0.25
    #: A slower start is reported; after `give_up` it is stopped.
    first_hint: float = 15.0
    give_up: float = 300.0


@dataclass(slots=True, kw_only=True)
class _Watched:
    child: Child
    mirror: Mirror
    endings: deque[float] = field(default_factory=deque)
    #: When to start it again; None while it runs.
    start_at: float | None = None
    #: The running process was ready.
    is_ready: bool = False
    #: One of its processes was ready.
    was_ready: bool = False


class ProcessTree:
    """The children of one supervisor. `run` starts them, returns after a stop request, and leaves none behind."""

    def __init__(
        self,
        specs: Sequence[ChildSpec],
        *,
        records: Path,
        say: Callable[[str], None],
        verbose: bool = False,
        patience: Patience | None = None,
    ) -> None:
        self._records = records
        self._say = say
        self._verbose = verbose
        self._patience = patience or Patience()
        for spec in specs:
            rotate(spec.log)
        self._all = [_Watched(child=Child(spec), mirror=Mirror(spec.log)) for spec in specs]

    def run(self, on_ready: Callable[[], None]) -> None:
        """Returns after a requested stop. Raises `KeepsEnding`, `NotReady` or `CannotStart`."""
        with Interruptions() as interruptions:
            try:
                if self._start(interruptions):
                    on_ready()
                    self._watch(interruptions)
                if interruptions.stop_requested:
                    self._say("Stopping. Ctrl-C again stops at once.")
            finally:
                self._stop(interruptions)

    # -- start

    def _start(self, interruptions: Interruptions) -> bool:
        """True if every child is ready, False if a stop was requested before."""
        for position, watched in enumerate(self._all):
            self._start_child(watched)
            if watched.child.spec.ready_before_next and not self._ready(
                self._all[: position + 1], interruptions
            ):
                return False
        return self._ready(self._all, interruptions)

    def _start_child(self, watched: _Watched) -> None:
        watched.start_at = None
        watched.child.start()
        self._write_records()

    def _ready(self, awaited: Sequence[_Watched], interruptions: Interruptions) -> bool:
        began = time.monotonic()
        hinted = False
        while not interruptions.stop_requested:
            self._look_after()
            missing = [watched for watched in awaited if not self._is_ready(watched)]
            if not missing:
                return True
            waited = time.monotonic() - began
            child = missing[0].child
            if waited >= self._patience.give_up:
                raise NotReady(name=child.name, waited=waited, log=child.spec.log, tail=tail(child.spec.log))
            if waited >= self._patience.first_hint and not hinted:
                hinted = True
                log = child.spec.log
                self._say(f"Still waiting for {child.name}. Its log is {log}:{tail(log, lines=4)}")
            interruptions.wait(0.03)
        return False

    def _is_ready(self, watched: _Watched) -> bool:
        child = watched.child
        if not watched.is_ready and child.pid is not None and child.is_running:
            watched.is_ready = child.spec.is_ready(child.pid)
            watched.was_ready |= watched.is_ready
        return watched.is_ready

    # -- while it runs

    def _watch(self, interruptions: Interruptions) -> None:
        while not interruptions.stop_requested:
            self._look_after()
            due = [watched.start_at for watched in self._all if watched.start_at is not None]
            longest = 0.2 if self._verbose else 30.0
            interruptions.wait(min([longest, *(moment - time.monotonic() for moment in due)]))

    def _look_after(self) -> None:
        """Checks every child: records ends, restarts, mirrors and rotates the logs."""
        for watched in self._all:
            if watched.start_at is None and watched.child.status is not None:
                self._plan_restart(watched)
            if watched.start_at is not None and time.monotonic() >= watched.start_at:
                self._start_child(watched)
            set_aside_when_large(watched.child.spec.log)
        self._mirror_logs()

    def _plan_restart(self, watched: _Watched) -> None:
        child, now = watched.child, time.monotonic()
        child.kill_group()  # its own children must not continue beside its successor
        watched.is_ready = False
        watched.endings.append(now)
        while now - watched.endings[0] > self._patience.crash_window:
            watched.endings.popleft()
        count = len(watched.endings)
        hopeless = child.status == _USAGE_ERROR and not watched.was_ready
        if hopeless or count >= self._patience.crash_limit:
            repeated = f" {count} times within {self._patience.crash_window:g} s" if count > 1 else ""
            log = child.spec.log
            raise KeepsEnding(
                name=child.name, ending=child.ending, repeated=repeated, log=log, tail=tail(log)
            )
        watched.start_at = now + self._patience.backoff * 2 ** (count - 1)
        self._say(f"{child.name} {child.ending}; restarting it. Its log is {child.spec.log}")

    def _mirror_logs(self) -> None:
        if not self._verbose:
            return
        for watched in self._all:
            for line in watched.mirror.new_lines():
                self._say(f"{watched.child.name:<7}| {line}")

    # -- stop

    def _stop(self, interruptions: Interruptions) -> None:
        began = time.monotonic()
        for watched in reversed(self._all):
            self._stop_child(watched.child, began, interruptions)
        self._mirror_logs()
        self._records.unlink(missing_ok=True)

    def _stop_child(self, child: Child, began: float, interruptions: Interruptions) -> None:
        """Sends the signals of its plan, each at its time, until it has ended; then ends its group."""
        earliest = 0.0
        for number, offset in child.spec.stop_plan:
            due = max(began + offset, earliest)
            while child.is_running and not interruptions.at_once and time.monotonic() < due:
                interruptions.wait(min(0.1, due - time.monotonic()))
            if not child.is_running or interruptions.at_once:
                break
            child.send(number)
            earliest = time.monotonic() + _SHORTEST_GAP
        child.kill_group()
        child.reap(5.0)

    def _write_records(self) -> None:
        write_records(
            self._records, [record for watched in self._all if (record := watched.child.process_record())]
        )
