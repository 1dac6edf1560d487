"""The faults of the soak: each is one method, done to real processes at random moments."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.errors import CeleriacError
from celeriac.engine.runtime.dispatch import RUNNER
from tests.support.servers import StoreServer
from tests.support.waiting import eventually
from tests.support.workers import Worker

POISON = ("garbage", "{}", "[1]", '{"body": 3}', '{"body": "%%", "headers": 3, "properties": {}}')


class Chaos:
    """Hurts workers, broker and store. `done` counts what was done."""

    def __init__(
        self, dice: random.Random, server: StoreServer, workers: list[Worker], engine: WorkflowEngine
    ) -> None:
        self._dice, self._server, self._workers, self._engine = dice, server, workers, engine
        self.done: Counter[str] = Counter()
        #: How often each is chosen.
        self._faults: list[tuple[int, Callable[[], None]]] = [
            (10, self.kill_child),
            (3, self.kill_worker),
            (1, self.stop_worker_at_once),
            (3, self.flush_broker),
            (4, self.double_message),
            (2, self.restart_store),
            (2, self.refuse_changes),
            (3, self.poison_queue),
            (3, self.cancel_one),
            (3, self.take_up_one),
        ]

    def strike(self) -> None:
        """One fault, chosen at random."""
        weights = [weight for weight, _ in self._faults]
        (_, fault), *_ = self._dice.choices(self._faults, weights)
        with contextlib.suppress(CeleriacError, OSError):
            fault()
            self.done[fault.__name__] += 1

    def kill_child(self) -> None:
        children = [pid for worker in self._workers for pid in worker.children()]
        if children:
            os.kill(self._dice.choice(children), signal.SIGKILL)

    def kill_worker(self) -> None:
        worker = self._dice.choice(self._workers)
        worker.kill()
        worker.start(wait=False)

    def stop_worker_at_once(self) -> None:
        worker = self._dice.choice(self._workers)
        worker.process.signal(signal.SIGQUIT)
        eventually(lambda: not worker.alive, within=30)
        worker.start(wait=False)

    def flush_broker(self) -> None:
        with self._server.client(database=1) as client:
            client.flushdb()

    def double_message(self) -> None:
        """The message of some active step once more."""
        store = self._engine.store
        members = store.client.zrange(store.keys.due(), 0, -1)
        if members:
            execution_id, unit, attempt = self._dice.choice(members).decode().split("|")
            self._engine.app.send_task(
                RUNNER, (execution_id, unit, int(attempt)), queue="default", ignore_result=True
            )

    def restart_store(self) -> None:
        self._server.kill()
        self._server.start()

    def refuse_changes(self) -> None:
        """The store takes no changes for a moment, as when its replicas are away."""
        with self._server.client() as client:
            client.config_set("min-replicas-to-write", 1)
        try:
            time.sleep(self._dice.uniform(0.5, 8))  # longer than a lease now and then
        finally:
            with self._server.client() as client:
                client.config_set("min-replicas-to-write", 0)

    def poison_queue(self) -> None:
        """Elements of the queue that are no messages."""
        queue = f"{self._engine.settings.namespace}:broker:default"
        with self._server.client(database=1) as client:
            client.lpush(queue, self._dice.choice(POISON))

    def cancel_one(self) -> None:
        active = self._engine.executions.active()
        if active:
            self._engine.cancel_workflow(self._dice.choice(active))

    def take_up_one(self) -> None:
        """A cancelled execution is retried, or one that ended well is run again from a step on."""
        ended = self._engine.get_execution_history(
            status=self._dice.choice(["cancelled", "success"]), limit=20
        )
        if ended["executions"]:
            chosen = self._dice.choice(ended["executions"])
            steps = self._engine.workflows.get(chosen["workflow_id"])["steps"]
            again = chosen["status"] == "success"
            from_step = self._dice.choice(steps)["name"] if again else None
            self._engine.executions.retry(chosen["execution_id"], from_step=from_step)
