"""The Celery application that steps run on: the built-in one, or the user's own, with the settings the engine needs."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Iterable

from celery import Celery

from engine.errors import InvalidSetting
from engine.settings import Settings


def create_app(settings: Settings) -> Celery:
    """The application of `CELERIAC_APP`, or the built-in one. Opens no connection.

    Raises `InvalidSetting` when the named application cannot be imported.
    """
    if settings.app:
        return _existing_app(settings)
    app = Celery("celeriac", broker=settings.effective_broker_url, set_as_current=True)
    app.conf.update(configuration(settings))
    return app


def configuration(settings: Settings) -> dict[str, object]:
    """Celery's settings: the engine, not the broker, owns retries, so messages are acknowledged early and keep no result."""
    redis_like = not settings.effective_broker_url.startswith(("amqp", "pyamqp"))
    transport: dict[str, object] = {"confirm_publish": True}
    if redis_like:
        transport = {
            "visibility_timeout": 3600,
            "health_check_interval": 10,
            "socket_keepalive": True,
            "socket_timeout": 30,
            "socket_connect_timeout": 5,
            # Pub/sub and several installations on one server: database numbers do not keep them apart.
            "global_keyprefix": f"{settings.namespace}:broker:",
        }
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
        "worker_disable_prefetch": redis_like,
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        "worker_max_tasks_per_child": 1000,
        "worker_hijack_root_logger": True,
        "worker_send_task_events": False,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_channel_error_retry": True,
        "broker_transport_options": transport,
        "timezone": "UTC",
    }


def _existing_app(settings: Settings) -> Celery:
    module, _, name = settings.app.partition(":")
    try:
        app = getattr(importlib.import_module(module), name or "app")
    except (ImportError, AttributeError) as error:
        raise InvalidSetting(variable="CELERIAC_APP", value=settings.app, reason=str(error)) from error
    if not isinstance(app, Celery):
        raise InvalidSetting(
            variable="CELERIAC_APP", value=settings.app, reason="it is not a Celery application"
        )
    if app.conf.task_acks_late:
        warnings.warn(
            "task_acks_late does not apply to workflow steps: they are acknowledged early", stacklevel=2
        )
    return app


def announced_tasks(app: Celery) -> list[str]:
    """The names of the tasks that steps may name: neither Celery's own nor the engine's."""
    return sorted(name for name in app.tasks if not name.startswith(("celery.", "celeriac.")))


def queues_argument(queues: Iterable[str]) -> str:
    """What `-Q` of a worker gets so that it serves every queue."""
    return ",".join(sorted({"default", *queues}))
