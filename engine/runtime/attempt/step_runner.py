"""Runs one attempt of a step for a message: claims it, runs its task, reports its end. In the process that runs tasks."""

from __future__ import annotations

import json
import logging
import os
import secrets
import signal
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from billiard.process import current_process
from celery import Celery, Signature
from celery.exceptions import SoftTimeLimitExceeded
from celery.states import RETRY, SUCCESS

from celeriac.engine.errors import StoreUnavailable
from celeriac.engine.runtime.attempt import captured_logs, descendants, soft_limit
from celeriac.engine.runtime.attempt.calling import arguments_for, find_task
from celeriac.engine.runtime.attempt.claimed_attempt import ClaimedAttempt, Outcome
from celeriac.engine.runtime.attempt.ending import Ending
from celeriac.engine.runtime.attempt.failures import ABNORMAL, failure_of, failure_of_retry
from celeriac.engine.runtime.attempt.output_writer import OutputWriter
from celeriac.engine.runtime.attempt.step_context import StepContext, running
from celeriac.engine.runtime.attempt.step_reports import StepReports
from celeriac.engine.runtime.attempt.task_methods import Replaced, adapt
from celeriac.engine.runtime.attempt.task_tracer import BodyEnd, TaskTracer, is_from_signal
from celeriac.engine.runtime.attempt.task_values import decode_value, encode_result
from celeriac.engine.runtime.dispatch import Dispatcher
from celeriac.engine.runtime.persisting import persist
from celeriac.engine.runtime.shutdown_flag import ShutdownFlag
from celeriac.engine.settings import Settings
from celeriac.engine.store.store import Store
from celeriac.engine.store.transitions import MAX_GATHERED
from celeriac.engine.workflows.conditions.conditions import choose
from celeriac.engine.workflows.definition.steps import ALWAYS
from celeriac.engine.workflows.json.strict_json import loads
from celeriac.engine.workflows.progress.units import item_of

logger = logging.getLogger(__name__)
Answer = TypeVar("Answer")


class StepRunner:
    """The attempts of one process. Opens its own connections: create it after the fork."""

    def __init__(self, app: Celery, settings: Settings, shutdown: ShutdownFlag) -> None:
        self._app, self._settings, self._shutdown = app, settings, shutdown
        self._in_child = current_process().name != "MainProcess"  # which works on one attempt at a time
        self.store = Store(settings)
        self.dispatcher = Dispatcher(app, self.store, settings)
        self.ending = Ending(self.store, settings, self.dispatcher.dispatch)
        self._output = OutputWriter(self.store.output)
        self._tracer = TaskTracer(app)

    def run(
        self, message_id: str, args: tuple[str, str, int], message: Mapping[str, Any], worker_id: str
    ) -> BodyEnd | None:
        """Runs the attempt that a message names. Returns the end of its body, None if it could not be claimed.

        Raises the `SystemExit` of a signal that stopped the process, after the report.
        """
        if self._gave_back(*args, message.get("shadow"), worker_id):
            return None
        held = self._claim(message_id, *args, worker_id)
        if held is None:
            return None
        held.message = message
        end = BodyEnd()
        on_sigterm = signal.getsignal(signal.SIGTERM)
        if self._in_child:
            descendants.mark(message_id)
        try:
            end = self._run_body(held)
        except BaseException as error:  # noqa: BLE001 -- whatever happens, the end is reported
            if isinstance(error, SystemExit) and is_from_signal(error):
                end.signal = error
            elif held.outcome is None:
                held.failure = held.failure or failure_of(error, held.step.timeout)
        if self._in_child:
            self._stop_what_it_started(message_id, held)
        self._report_whatever_comes(held, end)
        if end.signal is not None:
            raise end.signal
        if self._in_child and signal.getsignal(signal.SIGTERM) is not on_sigterm:
            # A task that ignores it must not make the next one deaf.
            signal.signal(signal.SIGTERM, on_sigterm)
        return end

    def _gave_back(
        self, execution_id: str, unit: str, attempt: int, task_name: str | None, worker_id: str
    ) -> bool:
        """Gives an attempt back whose task this worker does not have, so that another one runs it.

        False if it has, and if no worker has had it for too long: then the attempt is claimed and fails.
        """
        if not task_name or task_name in self._app.tasks:
            return False
        announced = task_name in self._persist(self.store.workers.tasks)
        outcome, orders = self._persist(
            lambda: self.store.transitions.return_step(
                execution_id, unit, attempt, worker_id, announced=announced
            )
        )
        self.dispatcher.dispatch(orders)
        return outcome != "missing"

    def _claim(
        self, message_id: str, execution_id: str, unit: str, attempt: int, worker_id: str
    ) -> ClaimedAttempt | None:
        claim_id = f"{message_id}.{secrets.token_hex(3)}"
        transitions = self.store.transitions
        answer = self._persist(
            lambda: transitions.claim_step(execution_id, unit, attempt, claim_id, worker_id)
        )
        if isinstance(answer, str):
            logger.info("%s unit %s attempt %d refused: %s", execution_id, unit, attempt, answer)
            return None
        definition = self._persist(lambda: self.store.definitions.get(answer.workflow_id, answer.version))
        held = ClaimedAttempt(answer, definition, self._settings)
        held.keep_trace = lambda headers: self._persist(lambda: self.store.traces.keep(execution_id, headers))
        return held

    @staticmethod
    def _stop_what_it_started(message_id: str, held: ClaimedAttempt) -> None:
        """Stops the programs of an attempt that a signal or its time limit has ended."""
        is_stopped = held.outcome is None and (held.failure is None or held.failure.kind == "timeout")
        descendants.unmark()
        if is_stopped:
            descendants.stop_descendants(message_id, os.getpid())

    # -- the body

    def _run_body(self, held: ClaimedAttempt) -> BodyEnd:
        """Runs the task as the current step. Its output is written before its end is reported."""
        claim, step = held.claim, held.step
        task = find_task(self._app, step.task_name)
        context = self._context(held)
        args, kwargs = self._arguments(held, task, context)
        adapt(task, self._run_in_place)
        where = (claim.execution_id, claim.unit, claim.attempt)
        reports = StepReports(self._output, *where, cleans_up=step.trigger == ALWAYS)
        if self._settings.capture_logs:
            captured_logs.capture()
        try:
            with running(
                StepContext(claim.execution_id, step.name, claim.attempt, reports, item_of(claim.unit))
            ):
                if self._in_child:
                    soft_limit.watch()
                since = time.monotonic()
                end = self._tracer.run(task, args, kwargs, request_of(held))
            self._warn_of_soft_limit(held, end, time.monotonic() - since, reports)
        finally:
            reports.close()
        self._settle(held, end, context["input"])
        return end

    @staticmethod
    def _warn_of_soft_limit(held: ClaimedAttempt, end: BodyEnd, elapsed: float, reports: StepReports) -> None:
        """Adds a warning to the log of a step whose task has caught its soft time limit and succeeded."""
        if state_and_value(end)[0] != SUCCESS:
            return
        if warning := soft_limit.warning_for(held.message.get("timelimit"), elapsed):
            reports.logger.warning(warning)

    def _run_in_place(self, held: ClaimedAttempt, signature: Signature) -> BodyEnd:
        """Runs the task that replaces the task of an attempt, with the same request."""
        task = find_task(self._app, str(signature.task))
        adapt(task, self._run_in_place)
        request = {**request_of(held), "task": task.name}
        return self._tracer.run(task, tuple(signature.args), dict(signature.kwargs), request)

    def _context(self, held: ClaimedAttempt) -> dict[str, Any]:
        """The possible arguments of the task: input, results of dependencies (None if there is none), the item."""
        claim, step, limit = held.claim, held.step, self._settings.max_result * 2
        context = {"input": loads(claim.input, max_bytes=self._settings.max_input * 2)}
        for name, raw in zip(step.depends_on, claim.results, strict=True):
            context[name] = decode_value(raw, max(limit, MAX_GATHERED)) if raw else None
        if claim.item:
            context["item"] = decode_value(claim.item, limit)
            source = str(step.map_over).partition(".")[0]
            if source != "input":  # an item receives its element instead of the result that contains the list
                del context[source]
        return context

    def _arguments(
        self, held: ClaimedAttempt, task: Any, context: Mapping[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """What the task is called with: the arguments of `self.retry()`, if the attempt before gave any."""
        if not held.claim.arguments:
            return (), arguments_for(task, held.step.parameters, context)
        args, kwargs = decode_value(held.claim.arguments, self._settings.max_result * 2)
        return tuple(args), kwargs

    def _settle(self, held: ClaimedAttempt, end: BodyEnd, given: Any) -> None:
        """Sets the outcome or failure of an attempt from the end of its body."""
        state, value = state_and_value(end)
        if state == SUCCESS:
            encoded = encode_result(value, self._settings.max_result)
            held.outcome = Outcome(encoded, self._rejected(held, encoded, given))
        elif held.retried is not None:
            held.failure = failure_of(held.retried, held.step.timeout)
        elif state == RETRY:
            held.failure = failure_of_retry(
                value, held.next_arguments, self._settings.max_result, self.store.now
            )
        elif state is not None:
            held.failure = failure_of(value, held.step.timeout, final=held.retries_used_up)

    @staticmethod
    def _rejected(held: ClaimedAttempt, encoded: bytes, given: Any) -> dict[int, str]:
        """The steps that a branch with this result did not choose, by index, with the reason. Raises `Undecidable`."""
        if not held.step.branch:
            return {}
        choice = choose(held.step.branch, json.loads(encoded), given)
        return {held.definition.index_of(name): reason for name, reason in choice.rejected.items()}

    # -- the report

    def _report_whatever_comes(self, held: ClaimedAttempt, end: BodyEnd) -> None:
        """Reports the end of an attempt; again if a signal or the soft limit ends the report, or a lease was too short."""
        if held.outcome is None and held.failure is None:
            held.failure = ABNORMAL[self._kind_of_stop(held)]
        try:
            self._report(held)
        except (SystemExit, SoftTimeLimitExceeded, StoreUnavailable) as error:
            if isinstance(error, SystemExit):
                end.signal = error
            logger.warning("%s unit %s: its end is reported again", held.claim.execution_id, held.claim.unit)
            self._report(held)

    def _kind_of_stop(self, held: ClaimedAttempt) -> str:
        """Why a signal has stopped the process before the body had ended.

        It counts as an interruption only while the worker is shutting down: anything else may happen again and again.
        """
        if time.monotonic() - held.since >= held.step.timeout:
            return "timeout"
        claim = held.claim
        if self._persist(lambda: self.store.reader.is_stop_requested(claim.execution_id, claim.unit)):
            return "interrupted"  # recorded as cancelled or skipped
        return "interrupted" if self._shutdown.is_coming() else "stopped"

    def _report(self, held: ClaimedAttempt) -> None:
        claim, outcome, failure = held.claim, held.outcome, held.failure
        if outcome is None:
            assert failure is not None
            self._persist(
                lambda: self.ending.end(claim.execution_id, claim.unit, claim.attempt, claim.claim, failure)
            )
            return
        answer, orders = self._persist(
            lambda: self.store.transitions.complete_step(claim, outcome.encoded, outcome.rejected)
        )
        if answer == "stale":
            logger.warning("late result of %s step %s discarded", claim.execution_id, held.step.name)
        self.dispatcher.dispatch(orders)

    def _persist(self, change: Callable[[], Answer]) -> Answer:
        return persist(change, self._settings.lease)


def state_and_value(end: BodyEnd) -> tuple[str | None, Any]:
    """How a body ended; of a task that was replaced, the other one's end."""
    return (
        (end.value.end.state, end.value.end.value)
        if isinstance(end.value, Replaced)
        else (end.state, end.value)
    )


def request_of(held: ClaimedAttempt) -> dict[str, Any]:
    """The request of the task: what Celery's would have, and the attempt."""
    claim, message, headers = held.claim, held.message, held.trace_context
    return {
        **headers,  # as Celery merges the headers of a message into the request
        "headers": headers,
        "id": held.request_id,
        "task": held.step.task_name,
        "lang": "py",
        "root_id": claim.execution_id,
        "parent_id": None,
        "correlation_id": held.request_id,
        "reply_to": None,
        "retries": held.retries,
        "eta": None,
        "expires": None,
        "group": None,
        "chain": None,
        "chord": None,
        "callbacks": None,
        "errbacks": None,
        "timelimit": message.get("timelimit"),
        "delivery_info": {**(message.get("delivery_info") or {}), "redelivered": False},
        "origin": message.get("origin"),
        "hostname": message.get("hostname"),
        "ignore_result": True,
        "is_eager": False,
        "argsrepr": "()",
        "kwargsrepr": "{...}",
        "celeriac_attempt": held,
    }
