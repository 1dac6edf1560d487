"""Users' own Celery applications whose settings would keep steps from running. A test chooses one by its name."""

from __future__ import annotations

from typing import Any

from celery import Celery
from kombu import Queue

from celeriac.engine.runtime.broker import broker_of
from celeriac.engine.settings import Settings

_settings = Settings.from_environment()
_broker = broker_of(_settings.effective_broker_url, _settings.namespace)


def _app(name: str, **changes: Any) -> Celery:
    app = Celery(name, broker=_broker.url, set_as_current=False)
    app.conf.update(
        task_default_queue="default",
        broker_connection_retry_on_startup=True,
        broker_transport_options=_broker.transport_options,
        **changes,
    )
    return app


no_json = _app("no_json", accept_content=["yaml"], task_serializer="yaml")
closed_queues = _app("closed_queues", task_create_missing_queues=False, task_queues=[Queue("default")])
greedy = _app("greedy", worker_prefetch_multiplier=8, worker_disable_prefetch=False)
green = _app("green", worker_pool="gevent")
no_broker = Celery("no_broker", set_as_current=False)
