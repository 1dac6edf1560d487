"""Runs a list of children: starts in order, restarts ended ones after growing pauses, stops in reverse order."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from celeriac.supervision.child import Child, ChildSpec
from celeriac.supervision.errors import CannotStart, KeepsEnding, NotReady
from celeriac.supervision.identity import write_records
from celeriac.supervision.interruptions import Interruptions
from celeriac.supervision.logs import Mirror, rotate, set_aside_when_large, tail

#: Seconds between two signals of a stop plan that are both overdue.
_SHORTEST_GAP = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """When to restart and when to give up. Times are seconds."""

    #: Before the first restart of a child; doubles with each end, up to the longest one.
    first_pause: float = 0.5
    longest_pause: float = 30.0
    #: A child that ran for so long begins with the first pause again.
    steady_after: float = 60.0
    #: So many ends of a child that the others need, before it was ever ready, stop everything.
    start_limit: int = 3
    #: A slower start is reported; a child that the others need is given up after `give_up`.
    first_hint: float = 15.0
    give_up: float = 300.0


@dataclass(slots=True, kw_only=True)
class _Watched:
    child: Child
    mirror: Mirror
    started_at: float = 0.0
    #: Ends since it last ran for long.
    endings: int = 0
    pause: float = 0.0
    #: When to start it again; None while it runs.
    start_at: float | None = None
    #: That it waits for another child was reported.
    is_held: bool = False
    #: The running process was ready.
    is_ready: bool = False
    #: One of its processes was ready.
    was_ready: bool = False

    @property
    def is_vital(self) -> bool:
        """Without it nothing can start. Once it was ready, it is waited for instead."""
        return self.child.spec.ready_before_next and not self.was_ready


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
        watched.start_at, watched.is_held, watched.started_at = None, False, time.monotonic()
        try:
            watched.child.start()
        except CannotStart as error:
            if watched.is_vital:
                raise
            self._plan_restart(watched, str(error))
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
            if waited >= self._patience.give_up and missing[0].is_vital:
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
            if any(watched.is_held for watched in self._all):
                longest, due = 0.1, []
            interruptions.wait(min([longest, *(moment - time.monotonic() for moment in due)]))

    def _look_after(self) -> None:
        """Checks every child: records ends, restarts, mirrors and rotates the logs."""
        for watched in self._all:
            if watched.start_at is None and watched.child.status is not None:
                self._record_end(watched)
            if watched.start_at is not None and time.monotonic() >= watched.start_at:
                self._start_again(watched)
            with contextlib.suppress(OSError):  # a full disk
                set_aside_when_large(watched.child.spec.log)
        self._mirror_logs()

    def _record_end(self, watched: _Watched) -> None:
        child, log = watched.child, watched.child.spec.log
        child.kill_group()  # its own children must not continue beside its successor
        # Why a process ended by itself is in the last lines of its log.
        reason = f":{tail(log, lines=4)}" if (child.status or 0) > 0 else ""
        watched.is_ready = False
        if watched.is_vital and watched.endings + 1 >= self._patience.start_limit:
            repeated = f", {watched.endings + 1} times"
            raise KeepsEnding(
                name=child.name, ending=child.ending, repeated=repeated, log=log, tail=tail(log)
            )
        self._plan_restart(watched, f"{child.name} {child.ending}", f". Its log is {log}{reason}")

    def _plan_restart(self, watched: _Watched, what: str, details: str = "") -> None:
        """Starts it again after a pause. What ended does not stop the other children."""
        now, patience = time.monotonic(), self._patience
        if now - watched.started_at >= patience.steady_after:
            watched.endings, watched.pause = 0, 0.0
        watched.endings += 1
        watched.pause = min(2 * watched.pause or patience.first_pause, patience.longest_pause)
        watched.start_at = now + watched.pause
        self._say(f"{what}; it starts again in {watched.pause:g} s{details}")

    def _start_again(self, watched: _Watched) -> None:
        """Starts it, unless a child that it needs is not ready: then it would only end."""
        needed = [
            other for other in self._all[: self._all.index(watched)] if other.child.spec.ready_before_next
        ]
        missing = [other.child.name for other in needed if not self._is_ready(other)]
        if not missing:
            self._start_child(watched)
        elif not watched.is_held:
            watched.is_held = True
            self._say(f"{watched.child.name} starts again when {missing[0]} is ready")

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
        records = [record for watched in self._all if (record := watched.child.process_record())]
        with contextlib.suppress(
            OSError
        ):  # a full disk must not end what runs; only the next start reads them
            write_records(self._records, records)
