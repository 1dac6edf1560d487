"""A whole small system in one process, in which one call to the store or the broker goes wrong.

The engine's own code runs: façade, dispatcher, Celery's handlers, endings, reconciler, on a real store. Only Celery is
replaced: by a list of messages, and by a loop that calls the handlers as Celery would. Time passes when the loop says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, TypeVar
from unittest import mock

from celery import Celery
from kombu import Connection
from kombu.exceptions import OperationalError

from celeriac import current_step
from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.errors import ExecutionActive, ExecutionEnded, StoreUnavailable
from celeriac.engine.runtime import persisting
from celeriac.engine.runtime.attempt import ending as ending_module
from celeriac.engine.runtime.attempt import step_runner
from celeriac.engine.runtime.attempt.ending import Ending
from celeriac.engine.runtime.attempt.step_runner import StepRunner
from celeriac.engine.runtime.dispatch import Dispatcher
from celeriac.engine.runtime.reconcile import Reconciler
from celeriac.engine.runtime.shutdown_flag import ShutdownFlag
from celeriac.engine.runtime.slot_table import SlotTable
from celeriac.engine.runtime.stopping import Stopper
from celeriac.engine.settings import Settings
from celeriac.engine.store.store import Store
from celeriac.engine.workflows.definition.steps import WorkflowStep
from tests.model.clock import Clock, clocked_store

Value = TypeVar("Value")
ROUNDS = 40  # of one second: a lease of 6 s and every retry fit in
OUTAGE, CHILD_KILLED, WORKER_KILLED = "outage", "child killed", "worker killed"


class Killed(BaseException):
    """The process at work ends here, without another word."""


class Border:
    """Counts the calls to store and broker; the one numbered `at` goes wrong, before or after it has had its effect."""

    def __init__(self, at: int = 0, moment: str = "before", fault: str = OUTAGE) -> None:
        self.at, self.moment, self.fault = at, moment, fault
        self.crossed = 0
        self.name = ""  # of the call that went wrong

    def cross(self, name: str, call: Callable[[], Value], outage: Exception) -> Value:
        self.crossed += 1
        wrong = self.crossed == self.at
        if wrong:
            self.name = name
        if wrong and self.moment == "before":
            self._break(outage)
        answer = call()
        if wrong:
            self._break(outage)
        return answer

    def _break(self, outage: Exception) -> None:
        raise outage if self.fault == OUTAGE else Killed(self.name)

    def guard(self, store: Store) -> None:
        """Every command and pipeline of this store's client crosses the border from now on."""
        client, outage = store.client, StoreUnavailable(url="test", reason="cut")
        command, pipeline = client.execute_command, client.pipeline

        def crossing_pipeline(*arguments: Any, **options: Any) -> Any:
            made = pipeline(*arguments, **options)
            execute = made.execute
            made.execute = lambda *a: self.cross("pipeline", lambda: execute(*a), outage)
            return made

        client.execute_command = lambda *a, **o: self.cross(_name(a), lambda: command(*a, **o), outage)
        client.pipeline = crossing_pipeline


def _name(arguments: tuple[Any, ...]) -> str:
    """The command, or the last sentence-like line that tells which script it is."""
    if arguments[0] != "EVAL":
        return str(arguments[0])
    headers = [line for line in str(arguments[1]).splitlines() if line.startswith("-- KEYS[1] NS")]
    lines = str(arguments[1]).splitlines()
    return lines[max(i for i, line in enumerate(lines) if line == headers[-1]) - 1]


class Broker:
    """A list of messages, with as much of Celery's application as dispatcher and stopper use."""

    def __init__(self, border: Border, app: Celery) -> None:
        self._border, self.amqp = border, app.amqp
        self.messages: list[tuple[str, tuple[str, str, int]]] = []
        self.producer_pool = self.control = self

    @contextmanager
    def acquire(self, *, block: bool) -> Iterator[Broker]:
        yield self

    def publish(self, body: Any, *, headers: dict[str, Any], **_: Any) -> None:
        message = headers["id"], tuple(body[0])
        self._border.cross("publish", lambda: self.messages.append(message), OperationalError("cut"))

    def connection_for_write(self) -> Connection:
        return Connection("memory://")  # for the errors of a broker; it is never opened

    def broadcast(self, command: str, **_: Any) -> None:
        self._border.cross("stop order", lambda: None, OperationalError("cut"))


class System:
    """Launcher, worker and reconciler over one store. `starts` counts the bodies started, by step, item and attempt.

    The worker goes on with further steps of its queue if the settings say so; its time passes only between two rounds.
    """

    def __init__(self, settings: Settings, border: Border) -> None:
        self.settings, self.border, self.clock = settings, border, Clock()
        self.store, _ = clocked_store(settings, self.clock)
        self.watching = Store(settings)
        self.app = Celery("crash-points", set_as_current=False)
        self.broker = Broker(border, self.app)
        self.starts: Counter[tuple[str, int | None, int]] = Counter()
        self.execution_id = ""
        self._tasks()
        broker: Any = self.broker  # as much of an application as these two use
        dispatcher, stopper = Dispatcher(broker, self.store, settings), Stopper(broker, settings)
        self.ending = Ending(self.store, settings, dispatcher.dispatch)
        self.dispatcher = dispatcher
        self.reconciler = Reconciler(self.store, settings, dispatcher, stopper, self.ending)
        self.engine = WorkflowEngine(settings)
        vars(self.engine).update(store=self.store, _dispatcher=dispatcher, _stopper=stopper)
        self.workers = 0
        self.runner = self.start_worker()
        self._beat()
        border.guard(self.store)

    def _tasks(self) -> None:
        def started() -> int:
            self.starts[current_step.step, current_step.item, current_step.attempt] += 1
            return current_step.attempt

        def work() -> int:
            return started()

        def stumble(times: int) -> None:
            if started() <= times:
                raise RuntimeError("stumbled")

        def make_list() -> dict[str, list[int]]:
            started()
            return {"items": [1, 2, 3]}

        def cancel_and_fail() -> None:
            started()
            self.cancel()
            raise RuntimeError("told to stop")

        for function in (work, stumble, make_list, cancel_and_fail):
            self.app.task(name=function.__name__, shared=False)(function)
        self.app.finalize()

    def start_worker(self) -> StepRunner:
        """A worker that knows nothing of the one before."""
        self.workers += 1
        runner = StepRunner(self.app, self.settings, ShutdownFlag(), SlotTable())
        runner.store.close()
        runner.store, runner.dispatcher, runner.ending = self.store, self.dispatcher, self.ending
        return runner

    @property
    def worker_id(self) -> str:
        return f"w{self.workers}@test#1"

    # -- people: they ask again when something went wrong

    def launch(self, steps: list[WorkflowStep]) -> None:
        self.engine.register_workflow("small", steps)

        def ask() -> str:
            return self.engine.executions.launch("small", {}, idempotency_key="once").execution_id

        self.execution_id = self._insist(ask)

    def cancel(self) -> None:
        try:
            self._insist(lambda: self.engine.cancel_workflow(self.execution_id))
        except ExecutionEnded:
            assert self.border.name  # only what went wrong makes anybody ask twice

    def take_up(self) -> None:
        try:
            self._insist(lambda: self.engine.executions.retry(self.execution_id))
        except ExecutionActive:
            assert self.border.name

    def _insist(self, ask: Callable[[], Value]) -> Value:
        for _ in range(2):
            try:
                return ask()
            except (Killed, StoreUnavailable):
                continue
        return ask()

    # -- processes

    def run_until_ended(self) -> None:
        """Raises `AssertionError` with the state of the execution when it does not end."""
        for _ in range(ROUNDS):
            while self.broker.messages:
                self._in_the_worker(self._run_step, *self.broker.messages.pop(0))
            if self.status() not in ("pending", "running"):
                return
            self.clock.advance(1_000)
            self._in_the_worker(self._beat)
            self._in_a_process(self.reconciler.once)
        raise AssertionError(f"it does not end: {self.watching.reader.view(self.execution_id)}")

    def status(self) -> str:
        return self.watching.reader.read(self.execution_id)[0].text(b"st")

    def _in_a_process(self, work: Callable[[], None]) -> None:
        try:
            work()
        except (Killed, StoreUnavailable):
            return

    def _in_the_worker(self, work: Callable[..., None], *arguments: Any) -> None:
        try:
            work(*arguments)
        except StoreUnavailable:
            return
        except Killed:
            if self.border.fault == WORKER_KILLED:
                self.runner = self.start_worker()

    def _beat(self) -> None:
        tasks = list(self.app.tasks) if self.settings.slot_time else []
        for end in self.store.transitions.heartbeat(self.worker_id, b"{}", [], 1, tasks):
            self.reconciler.end(end)

    def _run_step(self, task_id: str, args: tuple[str, str, int]) -> None:
        self.runner.run(task_id, args, {"hostname": "test"}, self.worker_id)

    def close(self) -> None:
        self.store.close()
        self.watching.close()
        self.app.close()


@contextmanager
def small_system(settings: Settings, border: Border) -> Iterator[System]:
    """A system whose pauses take no time and whose retries come at the same moment each time."""
    system = System(settings, border)
    clock = SimpleNamespace(
        monotonic=lambda: system.clock.now / 1000, sleep=lambda s: system.clock.advance(round(s * 1000))
    )
    even = SimpleNamespace(random=lambda: 0.9)
    try:
        with (
            mock.patch.object(persisting, "time", clock),
            mock.patch.object(step_runner, "time", clock),
            mock.patch.object(ending_module, "random", even),
        ):
            yield system
    finally:
        system.close()
