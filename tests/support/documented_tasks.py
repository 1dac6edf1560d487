"""Tasks of the kinds that Celery's documentation explains, on an application of their own. None of them knows of workflows."""

from __future__ import annotations

import time
from functools import cached_property
from pathlib import Path
from typing import Any

from celery import Celery, Task
from celery.contrib.abortable import AbortableTask
from celery.exceptions import Ignore, Reject, SoftTimeLimitExceeded
from celery.utils.log import get_task_logger

from celeriac.engine.runtime.broker import broker_of
from celeriac.engine.settings import Settings

_settings = Settings.from_environment()
_broker = broker_of(_settings.effective_broker_url, _settings.namespace)

app = Celery("documented", broker=_broker.url, set_as_current=True)
app.conf.update(broker_connection_retry_on_startup=True, broker_transport_options=_broker.transport_options)
logger = get_task_logger(__name__)


class ServiceDown(Exception):
    """The service that a task calls does not respond."""


@app.task(name="documented.bound", bind=True)
def bound(self: Any) -> list[Any]:
    logger.info("runs as %s", self.request.id)
    return [self.name, self.request.id, self.request.retries]


@app.task(name="documented.retries", bind=True, default_retry_delay=30 * 60)
def retries(self: Any, countdown: float | None) -> None:
    try:
        raise ServiceDown("no response")
    except ServiceDown as error:
        raise self.retry(exc=error, countdown=countdown) from error


@app.task(
    name="documented.autoretry", autoretry_for=(ServiceDown,), retry_kwargs={"max_retries": 2, "countdown": 0}
)
def autoretry() -> None:
    raise ServiceDown("no response")


@app.task(
    name="documented.backoff",
    bind=True,
    autoretry_for=(ServiceDown,),
    retry_backoff=True,
    retry_backoff_max=2,
    retry_jitter=False,
    max_retries=3,
)
def backoff(self: Any) -> int:
    if self.request.retries < 3:
        raise ServiceDown("no response")
    return int(self.request.retries)


class ConnectedTask(Task):  # type: ignore[type-arg]
    """A base class that opens a connection once for each process."""

    opened = 0

    @cached_property
    def connection(self) -> str:
        type(self).opened += 1
        return f"connection {type(self).opened}"


@app.task(name="documented.connected", base=ConnectedTask, bind=True)
def connected(self: Any) -> str:
    return f"{self.connection}"


class Notifying(Task):  # type: ignore[type-arg]
    """A base class with handlers."""

    def on_failure(self, exc: Any, task_id: str, args: Any, kwargs: Any, einfo: Any) -> None:
        Path(kwargs["path"]).write_text(f"{task_id} failed: {exc}")


@app.task(name="documented.notifies", base=Notifying, max_retries=0)
def notifies(path: str) -> None:
    raise ServiceDown("no response")


@app.task(name="documented.throws", throws=(ServiceDown,), max_retries=0)
def throws() -> None:
    raise ServiceDown("expected")


@app.task(name="documented.ignores")
def ignores() -> None:
    raise Ignore


@app.task(name="documented.rejects")
def rejects() -> None:
    raise Reject("no message of mine", requeue=False)


@app.task(name="documented.limited", soft_time_limit=1)
def limited(path: str) -> str:
    try:
        time.sleep(30)
    except SoftTimeLimitExceeded:
        Path(path).write_text("cleaned up")
        return "in a hurry"
    return "at leisure"


@app.task(name="documented.abortable", bind=True, base=AbortableTask)
def abortable(self: Any) -> str:
    for _ in range(10):
        if self.is_aborted():
            return "aborted"
    return "done"


@app.task(name="documented.reports", bind=True)
def reports(self: Any, total: int) -> int:
    for current in range(total):
        self.update_state(state="PROGRESS", meta={"current": current, "total": total})
    return total
