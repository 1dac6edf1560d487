"""How a worker receives the messages of steps: as Celery does, with the rate limit of the step's own task."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from celery.worker.strategy import default


class _BucketOfStep:
    """The consumer's rate limits, looked up by the task of the message at hand instead of the runner."""

    def __init__(self, consumer: Any) -> None:
        self._consumer = consumer
        self.task_name = ""

    def __getitem__(self, _runner: str) -> Any:
        return self._consumer.task_buckets[self.task_name]


class _Consumer:
    """A consumer with other rate limits."""

    def __init__(self, consumer: Any, buckets: _BucketOfStep) -> None:
        self._consumer = consumer
        self.task_buckets = buckets

    def __getattr__(self, name: str) -> Any:
        return getattr(self._consumer, name)


def receive_steps(task: Any, app: Any, consumer: Any, **options: Any) -> Callable[..., Any]:
    """Celery's strategy for the runner, see `celery.worker.strategy.default`."""
    buckets = _BucketOfStep(consumer)
    receive = default(task, app, _Consumer(consumer, buckets), **options)

    def receive_step(message: Any, *args: Any, **more: Any) -> Any:
        buckets.task_name = str(message.headers.get("shadow") or "")
        return receive(message, *args, **more)

    return receive_step
