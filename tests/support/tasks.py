"""Tasks that behave badly in every way a user's task can, and tasks that leave marks.

Announced by `CELERIAC_WORKFLOWS=…,tests.support.tasks`. Where a task takes `marks`, that is a directory: each
start of its body leaves a file there, so a test can count starts whatever happens to the process. Where it
takes `times` as well, only the first so many starts misbehave.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import sys
import time
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from celery import shared_task
from celery.exceptions import Ignore, Reject, SoftTimeLimitExceeded

from celeriac import FinalError, current_step

ALWAYS = 1_000_000


def leave_mark(marks: str | None) -> int:
    """Record a start of a body in the directory `marks`. Returns the number of starts, this one included."""
    if marks is None:
        return 1
    directory = Path(marks)
    directory.mkdir(parents=True, exist_ok=True)
    (directory / f"{time.time_ns()}-{os.getpid()}-{uuid.uuid4().hex[:8]}").touch()
    return len(list(directory.iterdir()))


@shared_task(name="tests.mark")
def mark(marks: str) -> dict[str, Any]:
    """Leaves a mark and ends."""
    return {"starts": leave_mark(marks), "pid": os.getpid()}


@shared_task(name="tests.wait_for_file")
def wait_for_file(path: str, marks: str | None = None) -> str:
    """Runs until the file exists: the test decides when the step ends. Ends by SIGTERM at any moment."""
    leave_mark(marks)
    while not Path(path).exists():
        time.sleep(0.01)
    return path


@shared_task(name="tests.touch")
def touch(path: str) -> None:
    """Makes the file that others wait for."""
    Path(path).touch()


@shared_task(name="tests.raise_error")
def raise_error(message: str = "on purpose", marks: str | None = None, times: int = ALWAYS) -> str:
    if leave_mark(marks) <= times:
        raise ValueError(message)
    return "recovered"


@shared_task(name="tests.read_json")
def read_json(text: str = "{") -> Any:
    """Fails inside of a library."""
    return json.loads(text)


@shared_task(name="tests.fail_then_wait")
def fail_then_wait(marks: str, times: int, gate: str) -> None:
    """Raises on the first `times` starts; later ones run until the file exists."""
    if leave_mark(marks) <= times:
        raise ValueError("on purpose")
    while not Path(gate).exists():
        time.sleep(0.01)


@shared_task(name="tests.system_exit")
def system_exit(status: int = 3, marks: str | None = None, times: int = ALWAYS) -> str:
    if leave_mark(marks) <= times:
        sys.exit(status)
    return "recovered"


@shared_task(name="tests.exit_at_once")
def exit_at_once(status: int = 3, marks: str | None = None, times: int = ALWAYS) -> str:
    """`os._exit`: no handler of anybody runs."""
    if leave_mark(marks) <= times:
        os._exit(status)
    return "recovered"


@shared_task(name="tests.kill_itself")
def kill_itself(marks: str | None = None, times: int = ALWAYS) -> str:
    """SIGKILL, as the kernel does when memory runs out."""
    if leave_mark(marks) <= times:
        os.kill(os.getpid(), signal.SIGKILL)
    return "recovered"


@shared_task(name="tests.segfault")
def segfault(marks: str | None = None, times: int = ALWAYS) -> str:
    if leave_mark(marks) <= times:
        ctypes.string_at(0)
    return "recovered"


@shared_task(name="tests.memory_error")
def memory_error(marks: str | None = None, times: int = ALWAYS) -> str:
    if leave_mark(marks) <= times:
        raise MemoryError("on purpose")
    return "recovered"


@shared_task(name="tests.recurse")
def recurse() -> int:
    return 1 + recurse()


@shared_task(name="tests.return_set")
def return_set() -> set[int]:
    return {1, 2, 3}


@shared_task(name="tests.return_nan")
def return_nan() -> float:
    return float("nan")


@shared_task(name="tests.return_text")
def return_text(size: int) -> str:
    """A string of `size` characters."""
    return "x" * size


@shared_task(name="tests.strict_arguments")
def strict_arguments(number: int) -> int:
    """Takes `number` and nothing else."""
    return number


@shared_task(name="tests.everything")
def everything(**context: Any) -> dict[str, Any]:
    """Returns all it is called with."""
    return context


@shared_task(name="tests.one_more")
def one_more(marks: str) -> list[int]:
    """The numbers from 1 on, one more with each start."""
    return list(range(1, leave_mark(marks) + 1))


@shared_task(name="tests.count")
def count(each: list[Any]) -> int:
    """How many results the step `each` has."""
    return len(each)


@shared_task(name="tests.item")
def one_item(
    item: Any,
    marks: str | None = None,
    failing: Sequence[int] = (),
    times: int = ALWAYS,
    gate: str | None = None,
    waiting: Sequence[int] | None = None,
) -> Any:
    """Returns the item. `marks` gets a directory for each item, by its number.

    Items whose number is in `failing` raise on their first `times` attempts. With `gate` those in `waiting` (None: all)
    run until that file exists.
    """
    number = current_step.item or 0
    leave_mark(marks and f"{marks}/{number}")
    while gate and (waiting is None or number in waiting) and not Path(gate).exists():
        time.sleep(0.01)
    if number in failing and current_step.attempt <= times:
        raise ValueError(f"item {number} on purpose")
    return item


@shared_task(name="tests.ignore_sigterm")
def ignore_sigterm(seconds: float = 60.0, marks: str | None = None) -> str:
    """Works on through SIGTERM: only SIGKILL ends it early."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    leave_mark(marks)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(0.05)
    return "ran to its end"


@shared_task(name="tests.ignore_soft_limit")
def ignore_soft_limit(seconds: float = 60.0, marks: str | None = None) -> str:
    """Catches the soft time limit and works on: only the hard limit ends it early."""
    leave_mark(marks)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(SoftTimeLimitExceeded):
            time.sleep(0.05)
    return "ran to its end"


@shared_task(name="tests.swallow_soft_limit")
def swallow_soft_limit() -> str:
    """Ends at its soft time limit as if nothing had happened."""
    with contextlib.suppress(Exception):
        time.sleep(60)
    return "ended"


@shared_task(name="tests.retry_itself", bind=True)
def retry_itself(self: Any, marks: str, times: int, countdown: float = 0.0) -> str:
    """Celery's own `self.retry()` for the first `times` starts."""
    if leave_mark(marks) <= times:
        raise self.retry(countdown=countdown)
    return "recovered"


@shared_task(name="tests.report")
def report(lines: list[str], progress: list[Any], wait_for: str | None = None, fail: bool = False) -> str:
    """Says all of this through `current_step`, then waits for the file, then ends or raises."""
    for fraction in progress:
        current_step.progress(fraction, f"{fraction:.0%} of the rows")
    for line in lines:
        current_step.logger.info(line)
    while wait_for and not Path(wait_for).exists() and not current_step.is_cancelled():
        time.sleep(0.01)
    if fail:
        current_step.logger.error("giving up")
        raise ValueError("on purpose")
    return "reported"


@shared_task(name="tests.raise_final")
def raise_final(marks: str | None = None) -> None:
    leave_mark(marks)
    raise FinalError("no such order")


@shared_task(name="tests.tell_current_step")
def tell_current_step() -> dict[str, Any]:
    return {
        "execution_id": current_step.execution_id,
        "step": current_step.step,
        "item": current_step.item,
        "attempt": current_step.attempt,
        "idempotency_key": current_step.idempotency_key,
        "cancelled": current_step.is_cancelled(),
    }


@shared_task(name="tests.stop_when_cancelled")
def stop_when_cancelled(marks: str) -> None:
    """Ignores SIGTERM, asks whether it is cancelled, and leaves a mark when it is."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while not current_step.is_cancelled():
        time.sleep(0.01)
    leave_mark(marks)


class NoText(Exception):
    def __str__(self) -> str:
        raise IndexError("no text")

    __repr__ = __str__


class ExitingText(Exception):
    def __str__(self) -> str:
        raise SystemExit("from a text")


class NotAnAttribute(Exception):
    @property
    def __cause__(self) -> None:  # type: ignore[override]
        raise ValueError("no cause")

    def __reduce__(self) -> str:
        raise ValueError("not packed")


def _cycle() -> Exception:
    first, second = ValueError("first"), ValueError("second")
    first.__cause__, second.__cause__ = second, first
    return first


#: What no task should raise, by name.
HOSTILE: dict[str, Callable[[], BaseException]] = {
    "ignore": lambda: Ignore("for no reason"),
    "reject": lambda: Reject("a reason", requeue=False),
    "requeue": lambda: Reject("a reason", requeue=True),
    "no text": NoText,
    "exiting text": ExitingText,
    "no attribute": NotAnAttribute,
    "cycle": _cycle,
    "huge": lambda: ValueError("x" * 5_000_000),
    "surrogate": lambda: ValueError("a lone \ud800"),
    "interrupt": KeyboardInterrupt,
    "generator": GeneratorExit,
    "exit": lambda: SystemExit(0),
    "group": lambda: BaseExceptionGroup("several", [ValueError("one"), KeyboardInterrupt()]),
    "stop": StopIteration,
}


@shared_task(name="tests.raise_hostile")
def raise_hostile(which: str, marks: str) -> None:
    leave_mark(marks)
    raise HOSTILE[which]()


@shared_task(name="tests.chatter")
def chatter(lines: int, size: int) -> None:
    """Logs so many lines, each a number and `size` characters more."""
    for number in range(lines):
        current_step.logger.info("%d %s", number, "x" * size)


@shared_task(name="tests.report_stage_by_stage")
def report_stage_by_stage(gate: str, stages: list[float]) -> None:
    """Reports each stage, then waits for the file `gate` with the stage's number as its ending."""
    for number, fraction in enumerate(stages, 1):
        current_step.progress(fraction, f"stage {number}")
        current_step.logger.info("<b>stage %d</b>", number)
        while not Path(gate).with_suffix(f".{number}").exists():
            time.sleep(0.01)


@shared_task(name="tests.talk_until")
def talk_until(gate: str, rounds: str) -> None:
    """Speaks and asks until the file `gate` exists; the file `rounds` grows by a byte each time."""
    number = 0
    while not Path(gate).exists():
        number += 1
        current_step.logger.info("round %d", number)
        current_step.progress(number % 100 / 100)
        current_step.is_cancelled()
        with Path(rounds).open("a") as file:
            file.write(".")
        time.sleep(0.01)
    current_step.logger.info("the end")
