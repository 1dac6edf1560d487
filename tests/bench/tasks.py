"""Tasks for measuring, the same function on both sides. `CELERIAC_WORKFLOWS=tests.bench.tasks`."""

from __future__ import annotations

import time

from celery import shared_task


@shared_task(name="bench.now")
def now() -> float:
    """When the body started, in seconds since the epoch."""
    return time.time()
