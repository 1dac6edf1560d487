"""The step that the current code runs for: `current_step`, set around the body of a step, empty everywhere else."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Protocol

from celeriac.engine.errors import OutsideOfStep


class Reports(Protocol):
    """Receives the output of a step and returns whether it is cancelled."""

    @property
    def logger(self) -> logging.Logger: ...
    def line(self, created: float, level: int, text: str) -> None: ...
    def printed(self, stream: str, data: str) -> None: ...
    def progress(self, fraction: float, message: str | None) -> None: ...
    def is_cancelled(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class StepContext:
    """The running attempt."""

    execution_id: str
    step: str
    attempt: int  # from 1
    reports: Reports
    item: int | None = None  # for a mapped step, from 0


_context: ContextVar[StepContext | None] = ContextVar("celeriac_step", default=None)


class CurrentStep:
    """The interface of a task to its step; the only instance is `current_step`.

    False outside a step, where every attribute raises `OutsideOfStep`. A thread that a task starts is outside,
    unless it is started with a copy of the context (`contextvars.copy_context().run`).
    """

    __slots__ = ()

    def __bool__(self) -> bool:
        return _context.get() is not None

    def __repr__(self) -> str:
        context = _context.get()
        if context is None:
            return "<current_step: none>"
        return f"<current_step: {context.step} of {context.execution_id}, attempt {context.attempt}>"

    @property
    def execution_id(self) -> str:
        return _inside("execution_id").execution_id

    @property
    def step(self) -> str:
        """The step's name."""
        return _inside("step").step

    @property
    def attempt(self) -> int:
        """The number of the attempt, from 1."""
        return _inside("attempt").attempt

    @property
    def item(self) -> int | None:
        """The number of the item of a mapped step, from 0; None for other steps."""
        return _inside("item").item

    @property
    def idempotency_key(self) -> str:
        """The same for every attempt of this step or item: use it where a side effect must happen once."""
        context = _inside("idempotency_key")
        item = "" if context.item is None else f"[{context.item}]"
        return f"{context.execution_id}:{context.step}{item}"

    @property
    def logger(self) -> logging.Logger:
        """A logger whose lines, from INFO on, are kept with the step and shown on its page.

        They also go to the worker's own log, if its level allows. Valid for this attempt only, in any
        thread. Lines over 4 KB are cut; an execution keeps 10,000; then the step that
        has the most loses its oldest.
        """
        return _inside("logger").reports.logger

    def progress(self, fraction: float, message: str | None = None) -> None:
        """Reports progress: a number from 0 to 1 and a message of up to 200 characters.

        Call it as often as you like: a few reports a second are written, and always the last one.
        Raises `ValueError` for invalid values.
        """
        _inside("progress").reports.progress(fraction, message)

    def is_cancelled(self) -> bool:
        """Whether cancellation of this execution was requested: end soon. Reads the store at most once a second.

        Always False in a step with the trigger always, which a cancellation does not end.
        On the default pool a signal stops a step that continues; with threads this is the only way to find out.
        """
        return _inside("is_cancelled").reports.is_cancelled()


def running_step() -> StepContext | None:
    """The attempt that the current code runs for, if any."""
    return _context.get()


def _inside(name: str) -> StepContext:
    context = _context.get()
    if context is None:
        raise OutsideOfStep(name=name)
    return context


#: The step this code runs for.
current_step = CurrentStep()


@contextmanager
def running(context: StepContext) -> Iterator[None]:
    """Makes this the current step."""
    token = _context.set(context)
    try:
        yield
    finally:
        _context.reset(token)
