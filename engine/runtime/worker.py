"""A Celery worker that runs steps: signal handlers, presence and reconciler around Celery's own worker."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from celery import Celery, signals

from celeriac.engine.runtime.app import announced_tasks, broker_address, consumed_queues
from celeriac.engine.runtime.attempt.task_facts import facts_of
from celeriac.engine.runtime.celery_signals import CelerySignals
from celeriac.engine.runtime.incoming.consumer import use_checked_consumer
from celeriac.engine.runtime.incoming.redis_transport import use_checked_transports
from celeriac.engine.runtime.incoming.remote_control import use_checked_control
from celeriac.engine.runtime.incoming.unreadable import SetAside
from celeriac.engine.runtime.presence import Presence, new_worker_id
from celeriac.engine.runtime.reconcile import Reconciler
from celeriac.engine.runtime.stopping import Stopper
from celeriac.engine.runtime.worker_settings import (
    adapt_settings,
    declare_queues,
    queue_names,
    refuse_green_pools,
)
from celeriac.engine.settings import Settings

logger = logging.getLogger(__name__)


class StepWorker:
    """Prepares an application so that its worker runs steps, and starts the worker."""

    def __init__(self, app: Celery, settings: Settings) -> None:
        self._app, self._settings = app, settings
        self._changed_settings = adapt_settings(app)
        self._bridge = CelerySignals(app, settings)
        self._set_aside = SetAside(self._bridge.runner.store, settings.lease)
        self._presence: Presence | None = None
        self._reconciler: Reconciler | None = None
        self._bridge.connect()
        self._check_messages()
        signals.celeryd_init.connect(self._on_options, weak=False)
        signals.worker_init.connect(self._on_init, weak=False)
        signals.worker_ready.connect(self._on_ready, weak=False)
        signals.worker_shutdown.connect(self._on_shutdown, weak=False)

    def run(self, arguments: Sequence[str]) -> None:
        """Starts the worker with Celery's own command-line options; returns or exits when it has stopped."""
        refuse_green_pools(self._app, arguments)
        self._bridge.runner.store.check_schema()
        self._app.worker_main(["worker", *arguments])

    def _check_messages(self) -> None:
        """Makes Celery set unreadable messages aside, in this process only."""
        use_checked_transports(self._set_aside)
        use_checked_consumer(self._app, self._set_aside)
        use_checked_control(self._app, self._set_aside)

    def _on_options(self, options: dict[str, Any], **_: Any) -> None:
        declare_queues(self._app, list(queue_names(options)))

    def _on_init(self, sender: Any, **_: Any) -> None:
        # Before the pool forks: child processes inherit the id.
        self._bridge.worker_id = self._set_aside.worker_id = new_worker_id(sender.hostname)

    def _on_ready(self, sender: Any, **_: Any) -> None:
        for sentence in self._changed_settings:
            logger.info("%s", sentence)
        bridge = self._bridge
        stopper = Stopper(self._app, self._settings)
        reconciler = Reconciler(
            bridge.runner.store, self._settings, bridge.runner.dispatcher, stopper, bridge.runner.ending
        )
        worker = sender.controller
        bridge.shutdown.watch(worker)
        facts = {
            "pool": type(worker.pool).__module__.rpartition(".")[2],
            "concurrency": worker.concurrency,
            "queues": consumed_queues(self._app),
            "broker": broker_address(self._app),
            "tasks": announced_tasks(self._app),
        }
        self._presence = Presence(
            bridge.runner.store,
            self._settings,
            bridge.worker_id,
            facts,
            lambda: self._capacity(sender),
            reconciler.end,
        )
        self._reconciler = reconciler
        bridge.runner.store.tasks.announce(facts_of(self._app))
        bridge.start_reporting()
        self._set_aside.start()
        self._presence.start()
        reconciler.start()

    def _capacity(self, consumer: Any) -> tuple[int, list[str]]:
        """The slots now, and the tasks that they go on with. Passes on to the slots whether events are sent."""
        events = consumer.event_dispatcher
        with_tasks = events.enabled and (not events.groups or "task" in events.groups)
        self._bridge.slots.sends_events = with_tasks
        return consumer.controller.pool.num_processes, self._continued_tasks(consumer)

    def _continued_tasks(self, consumer: Any) -> list[str]:
        """The tasks that a slot may go on with: none where each step has a process of its own, none with a rate limit."""
        if not self._settings.slot_time or consumer.controller.max_tasks_per_child == 1:
            return []
        return [name for name in announced_tasks(self._app) if consumer.task_buckets.get(name) is None]

    def _on_shutdown(self, **_: Any) -> None:
        if self._reconciler is not None:
            self._reconciler.stop()
        if self._presence is not None:
            self._presence.retire()
        self._set_aside.stop()
