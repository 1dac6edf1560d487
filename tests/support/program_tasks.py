"""A task that starts programs."""

from __future__ import annotations

import os
import signal
import subprocess
from typing import Any

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded

from tests.support.tasks import leave_mark

#: Ways to start a program that outlives the function that started it.
PROGRAMS: dict[str, dict[str, Any]] = {
    "plain": {"args": ["sleep", "300"]},
    "own session": {"args": ["sleep", "300"], "start_new_session": True},
    "shell": {"args": "sleep 300 & sleep 300; true", "shell": True},
    "deaf": {"args": "trap '' TERM; sleep 300 & while :; do sleep 1; done", "shell": True},
}


@shared_task(name="tests.start_program")
def start_program(way: str, marks: str, wait: bool = True, deaf: bool = False) -> None:
    """Starts a program, and waits for it; `deaf`: through SIGTERM and the soft limit."""
    if deaf:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    program = subprocess.Popen(**PROGRAMS[way], env={**os.environ, "MARKS": marks})
    leave_mark(marks)
    while wait:
        try:
            program.wait()
        except SoftTimeLimitExceeded:
            if not deaf:
                raise
