"""A user's own Celery application that packs and repeats its messages in its own way."""

from __future__ import annotations

from celery import Celery

from celeriac.engine.runtime.broker import broker_of
from celeriac.engine.settings import Settings

_settings = Settings.from_environment()
_broker = broker_of(_settings.effective_broker_url, _settings.namespace)

app = Celery("own", broker=_broker.url, set_as_current=True)
app.conf.update(
    task_serializer="yaml",
    accept_content=["json", "yaml"],
    task_default_queue="default",
    task_publish_retry_policy={"max_retries": 100},
    broker_connection_retry_on_startup=True,
    broker_transport_options=_broker.transport_options,
)


@app.task(name="own.double")
def double(number: int) -> int:
    return 2 * number
