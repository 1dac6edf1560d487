"""The Celery application that steps run on: the built-in one or the user's, with the settings that the engine needs."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Iterable
from typing import Any

from celery import Celery

from celeriac.engine.addresses import printable_url
from celeriac.engine.errors import InvalidSetting
from celeriac.engine.runtime.broker import Broker, apart_on_rabbitmq, broker_of, namespaced_amqp
from celeriac.engine.settings import Settings


def create_app(settings: Settings) -> Celery:
    """The application of `CELERIAC_APP`, or the built-in one. Opens no connection.

    Raises `InvalidSetting` when the named application cannot be imported.
    """
    if settings.app:
        return _existing_app(settings)
    broker = broker_of(settings.effective_broker_url, settings.namespace)
    amqp = None if broker.redis_like else namespaced_amqp(settings.namespace)
    # A process that only launches keeps its own current application; a worker makes this one current.
    app = Celery("celeriac", broker=broker.url, amqp=amqp, set_as_current=False)
    app.conf.update(configuration(broker))
    if not broker.redis_like:
        app.conf.update(apart_on_rabbitmq(settings.namespace))
    return app


def configuration(broker: Broker) -> dict[str, object]:
    """Celery's settings. The engine owns retries, not the broker: messages are acknowledged early and results are not kept."""
    return {
        "task_acks_late": False,
        "task_reject_on_worker_lost": False,
        "task_ignore_result": True,
        "task_track_started": False,
        "task_serializer": "json",
        "accept_content": ["json"],
        "result_accept_content": ["json"],
        "task_publish_retry": False,  # the reconciler publishes again
        "task_default_queue": "default",
        "worker_prefetch_multiplier": 1,
        "worker_disable_prefetch": broker.redis_like,
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        "worker_max_tasks_per_child": 1000,
        "worker_hijack_root_logger": True,
        "worker_send_task_events": False,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_channel_error_retry": True,
        "broker_transport_options": broker.transport_options,
        "broker_use_ssl": broker.use_ssl or None,
        "timezone": "UTC",
    }


def _existing_app(settings: Settings) -> Celery:
    module, _, name = settings.app.partition(":")
    try:
        app = getattr(importlib.import_module(module), name or "app")
    except (ImportError, AttributeError) as error:
        raise InvalidSetting(variable="CELERIAC_APP", value=settings.app, reason=str(error)) from error
    if not isinstance(app, Celery):
        raise InvalidSetting(variable="CELERIAC_APP", value=settings.app, reason="not a Celery application")
    conf: Any = app.conf
    if not (conf.broker_read_url and conf.broker_write_url):
        reason = (
            "it has no broker; set its broker_url, or CELERY_BROKER_URL in the environment of every process"
        )
        raise InvalidSetting(variable="CELERIAC_APP", value=settings.app, reason=reason)
    if app.conf.task_acks_late:
        warnings.warn(
            "task_acks_late does not apply to workflow steps: they are acknowledged early", stacklevel=2
        )
    return app


def announced_tasks(app: Celery) -> list[str]:
    """The names of the tasks that steps may use: without Celery's and the engine's own."""
    return sorted(filter(is_announced, app.tasks))


def is_announced(task_name: str) -> bool:
    """Whether a task of this name is neither Celery's nor the engine's own."""
    return not task_name.startswith(("celery.", "celeriac."))


def queues_argument(queues: Iterable[str]) -> str:
    """The value of a worker's `-Q` that makes it consume every queue."""
    return ",".join(sorted({"default", *queues}))


def broker_address(app: Celery) -> str:
    """The broker's URL without passwords, which identifies a broker in messages."""
    configured = app.conf.broker_write_url or app.conf.broker_url or "amqp://"
    urls = configured.split(";") if isinstance(configured, str) else configured
    return ";".join(printable_url(url) for url in urls)


def consumed_queues(app: Celery) -> list[str]:
    """The queues that this process consumes from, by the names that steps use."""
    return sorted(
        getattr(queue, "alias", None) or name for name, queue in app.amqp.queues.consume_from.items()
    )
