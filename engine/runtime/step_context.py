"""Which step the current code runs for. Set around the body of a step, empty everywhere else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StepContext:
    """The attempt that is being run."""

    execution_id: str
    step: str
    attempt: int  # from 1

    @property
    def idempotency_key(self) -> str:
        """The same for every attempt of this step: use it wherever a side effect must happen once."""
        return f"{self.execution_id}:{self.step}"


_current: ContextVar[StepContext | None] = ContextVar("celeriac_step", default=None)


def current_step() -> StepContext | None:
    """The step this code runs for, None outside of one."""
    return _current.get()


@contextmanager
def running(context: StepContext) -> Iterator[None]:
    """Makes `context` the current step."""
    token = _current.set(context)
    try:
        yield
    finally:
        _current.reset(token)
