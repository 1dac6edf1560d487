"""Whether the worker is shutting down, as its child processes see it: in memory that they share with the main process."""

from __future__ import annotations

import mmap
import time
from collections.abc import Callable
from typing import Any

#: Seconds that a child waits for the flag: a signal to all processes at once may reach it before the main process.
PATIENCE = 0.5


class ShutdownFlag:
    """Create it before the pool forks."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, 1)

    def set(self, **_: Any) -> None:
        """Sets it, in the main process; also a handler of Celery's signal."""
        self._memory[0] = 1

    def watch(self, worker: Any) -> None:
        """Sets it before a worker ends its processes at once: Celery's signal comes later then."""
        for owner, name in ((worker, "wait_for_soft_shutdown"), (worker.pool, "on_terminate")):
            setattr(owner, name, self._after_setting(getattr(owner, name)))

    def _after_setting(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def ending(*args: Any, **options: Any) -> Any:
            self.set()
            return method(*args, **options)

        return ending

    @property
    def is_set(self) -> bool:
        return self._memory[0] == 1

    def is_coming(self) -> bool:
        """Whether the flag is set, or is set within `PATIENCE`."""
        deadline = time.monotonic() + PATIENCE
        while not self.is_set:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.01)
        return True
