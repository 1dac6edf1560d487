"""What a worker of the older release has."""

from __future__ import annotations

from typing import Any

from celery import shared_task


@shared_task(name="mixed.gather")
def gather(a: list[Any]) -> int:
    return len(a)
