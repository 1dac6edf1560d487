"""Connects Celery to the transitions: handlers of its signals claim, complete and fail attempts.

Each handler runs where Celery sends its signal. `task_prerun`, `task_success`, `task_failure` and `task_postrun` are sent
in the process that runs the task. Ends that the task cannot report (worker lost, hard time limit) are sent in the worker's
main process, where a queue and a thread handle them, so that the event loop never waits for the store. Handlers retry
inside, because Celery swallows their exceptions; the worker's inventory finds ends that they miss.
"""

from __future__ import annotations

import json
import logging
import queue
import random
import secrets
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from billiard.common import _shutdown_cleanup  # type: ignore[attr-defined]
from billiard.exceptions import TimeLimitExceeded, WorkerLostError
from celery import Celery, signals
from celery.exceptions import Ignore, TaskPredicate

from celeriac.engine.errors import StoreUnavailable
from celeriac.engine.runtime.calling import call_task, find_task
from celeriac.engine.runtime.dispatch import RUNNER, Dispatcher
from celeriac.engine.runtime.ending import ABNORMAL, Ending, Failure, encode_result, failure_of
from celeriac.engine.runtime.output_writer import OutputWriter
from celeriac.engine.runtime.step_context import StepContext, running
from celeriac.engine.runtime.step_reports import StepReports
from celeriac.engine.settings import Settings
from celeriac.engine.store.store import Store
from celeriac.engine.store.transitions import MAX_GATHERED, Claim
from celeriac.engine.workflows.conditions.conditions import choose
from celeriac.engine.workflows.definition.definition import StepDefinition, WorkflowDefinition
from celeriac.engine.workflows.json.strict_json import loads
from celeriac.engine.workflows.progress.units import index_of, item_of

logger = logging.getLogger(__name__)
Answer = TypeVar("Answer")


class Outcome:
    """A result on its way from the body to the report. Celery logs what a task returns; this has an empty repr."""

    __slots__ = ("encoded", "rejected")

    def __init__(self, encoded: bytes, rejected: dict[int, str]) -> None:
        self.encoded, self.rejected = encoded, rejected

    def __repr__(self) -> str:
        return "<reported>"


class StepFailed(Exception):
    """Carries a task's `MemoryError` or `SystemExit` past Celery, which would end the process, and its `Ignore` or
    `Reject`, which Celery would not report.
    """


class ClaimedAttempt:
    """A claim that the body works on, until a handler reports its end."""

    __slots__ = ("claim", "definition", "error", "outcome", "reported", "since", "step", "stopped")

    def __init__(self, claim: Claim, definition: WorkflowDefinition) -> None:
        self.claim, self.definition = claim, definition
        self.step = definition.steps[index_of(claim.unit)]
        self.error: BaseException | None = None
        self.outcome: Outcome | None = None
        self.stopped = False  # by the signal of the pool, before its body had ended
        self.reported = False
        self.since = time.monotonic()


def rejected_by(held: ClaimedAttempt, encoded: bytes, given: Any) -> dict[int, str]:
    """The steps that a branch with this result did not choose, by index, with the reason. Raises `Undecidable`."""
    if not held.step.branch:
        return {}
    choice = choose(held.step.branch, json.loads(encoded), given)
    return {held.definition.index_of(name): reason for name, reason in choice.rejected.items()}


class CelerySignals:
    """The handlers of one worker. `worker_id` is set when the worker has started."""

    def __init__(self, app: Celery, settings: Settings) -> None:
        self.app, self.settings = app, settings
        self.worker_id = ""
        self._abnormal: queue.SimpleQueue[tuple[str, str, int, str, Failure]] = queue.SimpleQueue()
        self.open()

    def open(self) -> None:
        """Fresh connections: in the main process at start, in every child after its fork."""
        self.store = Store(self.settings)
        self.dispatcher = Dispatcher(self.app, self.store, self.settings)
        self.output = OutputWriter(self.store.output)
        self.ending = Ending(self.store, self.settings, self.dispatcher.dispatch)

    def connect(self) -> None:
        """Registers the runner task and connects the handlers. Must be called before the worker's pool starts."""
        bridge = self

        # Acknowledged early whatever the application's default is: the engine repeats lost attempts.
        @self.app.task(name=RUNNER, bind=True, ignore_result=True, max_retries=0, acks_late=False)
        def execute_workflow_step(self: Any, execution_id: str, unit: str, attempt: int) -> Outcome:
            held: ClaimedAttempt | None = getattr(self.request, "celeriac_claimed", None)
            if held is None:
                raise Ignore
            return bridge.run(held)

        # Strong references: the handlers are closures over this object.
        runner = execute_workflow_step
        signals.task_prerun.connect(self.on_prerun, sender=runner, weak=False)
        signals.task_success.connect(self.on_success, sender=runner, weak=False)
        signals.task_failure.connect(self.on_failure, sender=runner, weak=False)
        signals.task_postrun.connect(self.on_postrun, sender=runner, weak=False)
        signals.worker_process_init.connect(lambda **_: self.open(), weak=False)

    # -- in the process that runs the task

    def on_prerun(self, *, task_id: str, task: Any, args: tuple[str, str, int], **_: Any) -> None:
        """Claims the attempt and passes it to the body in the request."""
        execution_id, unit, attempt = args
        claim_id = f"{task_id}.{secrets.token_hex(3)}"
        transitions = self.store.transitions
        answer = self.persist(
            lambda: transitions.claim_step(execution_id, unit, attempt, claim_id, self.worker_id)
        )
        if isinstance(answer, str):
            logger.info("%s unit %s attempt %d refused: %s", execution_id, unit, attempt, answer)
            return
        definition = self.persist(lambda: self.store.definitions.get(answer.workflow_id, answer.version))
        task.request.celeriac_claimed = ClaimedAttempt(answer, definition)

    def run(self, held: ClaimedAttempt) -> Outcome:
        """The body: calls the step's task and encodes its result. Raises exceptions that are reported as a failure."""
        claim, step = held.claim, held.step
        try:
            context = self._context(claim, step)
            task = find_task(self.app, step.task_name)
            result = self._call(claim, step.name, lambda: call_task(task, step.parameters, context))
            encoded = encode_result(result, self.settings.max_result)
            held.outcome = Outcome(encoded, rejected_by(held, encoded, context["input"]))
            return held.outcome
        except BaseException as error:
            if isinstance(error, SystemExit) and _from_signal(error):
                held.stopped = True
                raise
            # Celery may pass its handlers a copy without the class: the report uses the original.
            held.error = error
            if isinstance(error, Exception) and not isinstance(error, MemoryError | TaskPredicate):
                raise
            raise StepFailed from error

    def _context(self, claim: Claim, step: StepDefinition) -> dict[str, Any]:
        """The possible arguments of the task: input, results of dependencies (None if there is none), the item."""
        context = {"input": loads(claim.input, max_bytes=self.settings.max_input * 2)}
        for name, raw in zip(step.depends_on, claim.results, strict=True):
            context[name] = (
                loads(raw, max_bytes=max(self.settings.max_result * 2, MAX_GATHERED)) if raw else None
            )
        if claim.item:
            context["item"] = loads(claim.item, max_bytes=self.settings.max_result * 2)
            source = str(step.map_over).partition(".")[0]
            if source != "input":  # an item receives its element instead of the result that contains the list
                del context[source]
        return context

    def _call(self, claim: Claim, step: str, call: Callable[[], Any]) -> Any:
        """Calls a task as the current step. Its output is written before its end is reported."""
        reports = StepReports(self.output, claim.execution_id, claim.unit, claim.attempt)
        try:
            with running(StepContext(claim.execution_id, step, claim.attempt, reports, item_of(claim.unit))):
                return call()
        finally:
            reports.close()

    def on_success(self, *, sender: Any, result: Outcome, **_: Any) -> None:
        """Reports a success and dispatches what it released."""
        self.complete(sender.request.celeriac_claimed, result)

    def complete(self, held: ClaimedAttempt, result: Outcome) -> None:
        """Ends the attempt of a claim with its result, and dispatches what that released."""
        outcome, orders = self.persist(
            lambda: self.store.transitions.complete_step(held.claim, result.encoded, result.rejected)
        )
        held.reported = True
        if outcome == "stale":
            logger.warning("late result of %s step %s discarded", held.claim.execution_id, held.step.name)
        self.dispatcher.dispatch(orders)

    def on_failure(self, *, sender: Any, task_id: str, exception: BaseException, args: Any, **_: Any) -> None:
        """Reports a failure of the body; ends seen by the main process go to its queue."""
        if isinstance(exception, WorkerLostError | TimeLimitExceeded):
            kind = "timeout" if isinstance(exception, TimeLimitExceeded) else "lost"
            execution_id, unit, attempt = args
            self._abnormal.put((execution_id, unit, attempt, f"{task_id}.", ABNORMAL[kind]))
            return
        held: ClaimedAttempt | None = getattr(sender.request, "celeriac_claimed", None)
        if held is not None:
            self.report(held, failure_of(held.error or exception, held.step.timeout))

    def on_postrun(self, *, task: Any, **_: Any) -> None:
        """Reports an end that could not be reported before: the process was stopped, or a report failed.

        An attempt whose body has ended counts; only one that was stopped is interrupted.
        """
        held: ClaimedAttempt | None = getattr(task.request, "celeriac_claimed", None)
        if held is None or held.reported:
            return
        if held.outcome is not None:
            self.complete(held, held.outcome)
        elif held.stopped:
            overdue = time.monotonic() - held.since >= held.step.timeout
            self.report(held, ABNORMAL["timeout" if overdue else "interrupted"])
        else:
            self.report(
                held, failure_of(held.error or StepFailed("it ended without an outcome"), held.step.timeout)
            )

    def report(self, held: ClaimedAttempt, failure: Failure) -> None:
        """Ends the attempt of a claim."""
        claim = held.claim
        self.persist(
            lambda: self.ending.end(claim.execution_id, claim.unit, claim.attempt, claim.claim, failure)
        )
        held.reported = True

    # -- in the main process

    def start_reporting(self) -> None:
        """Starts the thread that reports the ends seen only by the main process."""
        threading.Thread(target=self._report_abnormal, name="celeriac-abnormal-ends", daemon=True).start()

    def _end(self, execution_id: str, unit: str, attempt: int, claim: str, failure: Failure) -> None:
        """Ends an attempt whose process has died. One that was not claimed yet needs a new message."""
        if self.ending.end(execution_id, unit, attempt, claim, failure) == "stale":
            self.store.transitions.resend_step(execution_id, unit, attempt)

    def _report_abnormal(self) -> None:
        while True:
            execution_id, unit, attempt, claim, failure = self._abnormal.get()
            try:
                self.persist(lambda: self._end(execution_id, unit, attempt, claim, failure))  # noqa: B023
            except Exception:
                logger.exception(
                    "%s unit %s: the end of attempt %d is left to the inventory", execution_id, unit, attempt
                )

    def persist(self, change: Callable[[], Answer]) -> Answer:
        """Repeats a change while the store is unavailable, for one lease; then the reconcilers take over."""
        deadline = time.monotonic() + self.settings.lease
        pause = 0.05
        while True:
            try:
                return change()
            except StoreUnavailable as error:
                if time.monotonic() > deadline:
                    raise
                logger.warning("waiting for the store: %s", error)
                time.sleep(pause * (0.5 + random.random()))  # noqa: S311 -- spreads retries, guards nothing
                pause = min(1.0, pause * 2)


def _from_signal(error: SystemExit) -> bool:
    """Whether this exit comes from the pool's signal handler, not from a task's own `sys.exit()`."""
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code is _shutdown_cleanup.__code__:
            return True
        trace = trace.tb_next
    return False
