"""The task of the soak: leaves a mark for each start of an attempt, works a little, and misbehaves at random."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

from celery import shared_task

from celeriac import current_step


@shared_task(name="soak.work")
def work(marks: str, seconds: float, trouble: float) -> dict[str, int]:
    """Works for so many seconds; with probability `trouble` it raises, exits or kills its process instead."""
    item = "" if current_step.item is None else f"-{current_step.item}"
    mark = Path(marks) / f"{current_step.execution_id}.{current_step.step}{item}.{current_step.attempt}"
    # A name that is there already would be an attempt that started twice: the second start leaves a file of its own.
    descriptor = os.open(
        mark if not mark.exists() else f"{mark}.again.{os.getpid()}", os.O_CREAT | os.O_WRONLY
    )
    os.close(descriptor)
    time.sleep(seconds)
    dice = random.Random(f"{mark.name}").random()
    if dice < trouble / 2:
        raise RuntimeError("on purpose")
    if dice < trouble:
        os._exit(1)
    return {"pid": os.getpid(), "size": len(mark.name), "items": list(range(len(mark.name) % 12))}
