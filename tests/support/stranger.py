"""Somebody else's Celery application on our broker and queue. It knows nothing of Celeriac, as this module must not."""

from __future__ import annotations

import os

from celery import Celery

app = Celery("stranger", broker=os.environ["STRANGER_BROKER"])
app.conf.update(
    task_default_queue="default",
    broker_connection_retry_on_startup=True,
    broker_transport_options={"global_keyprefix": os.environ["STRANGER_PREFIX"]},
)
