"""A user's own Celery application whose workers shut down softly: SIGQUIT lets what runs go on for a while first."""

from __future__ import annotations

from celery import Celery

from celeriac.engine.runtime.app import configuration
from celeriac.engine.runtime.broker import broker_of
from celeriac.engine.settings import Settings

#: Seconds; long beside a step of the tests, short beside their patience.
SOFT = 4.0

_settings = Settings.from_environment()
_broker = broker_of(_settings.effective_broker_url, _settings.namespace)

app = Celery("soft", broker=_broker.url, set_as_current=True)
app.conf.update(configuration(_broker), worker_soft_shutdown_timeout=SOFT)
