"""A user's own Celery application that does what the engine advises against: late acknowledgement, forced on the
engine's task too, and a visibility timeout shorter than a step. The broker then delivers again what still runs."""

from __future__ import annotations

from typing import Any

from celery import Celery, signals

from celeriac.engine.runtime.broker import broker_of
from celeriac.engine.runtime.dispatch import RUNNER
from celeriac.engine.settings import Settings

_settings = Settings.from_environment()
_broker = broker_of(_settings.effective_broker_url, _settings.namespace)

app = Celery("late", broker=_broker.url, set_as_current=True)
app.conf.update(
    task_acks_late=True,
    task_default_queue="default",
    worker_prefetch_multiplier=4,
    broker_connection_retry_on_startup=True,
    broker_transport_options={
        **_broker.transport_options,
        "visibility_timeout": 1,
        "unacked_restore_interval": 1,
        "unacked_restore_throttle": 1,
    },
)


def _force_late_acknowledgement(**_: Any) -> None:
    app.tasks[RUNNER].acks_late = True


# Kept alive by this module: the worker's signal holds weak references.
signals.worker_init.connect(_force_late_acknowledgement)
