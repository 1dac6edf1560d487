"""The body of an attempt: its task with its arguments, as the current step, and how it ended. In the process that runs tasks."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

from celery import Celery, Signature
from celery.states import RETRY, SUCCESS

from celeriac.engine.runtime.attempt import captured_logs, soft_limit
from celeriac.engine.runtime.attempt.calling import arguments_for, find_task
from celeriac.engine.runtime.attempt.claimed_attempt import ClaimedAttempt, Outcome
from celeriac.engine.runtime.attempt.failures import failure_of, failure_of_retry
from celeriac.engine.runtime.attempt.output_writer import OutputWriter
from celeriac.engine.runtime.attempt.soft_limit import SoftLimit
from celeriac.engine.runtime.attempt.step_context import StepContext, running
from celeriac.engine.runtime.attempt.step_reports import StepReports
from celeriac.engine.runtime.attempt.task_methods import Replaced, adapt
from celeriac.engine.runtime.attempt.task_tracer import BodyEnd, TaskTracer
from celeriac.engine.runtime.attempt.task_values import decode_value, encode_result
from celeriac.engine.settings import Settings
from celeriac.engine.store.store import Store
from celeriac.engine.store.transitions import MAX_GATHERED
from celeriac.engine.workflows.conditions.conditions import choose
from celeriac.engine.workflows.definition.steps import ALWAYS
from celeriac.engine.workflows.json.strict_json import loads
from celeriac.engine.workflows.progress.units import item_of


class StepBody:
    """Runs the bodies of one process. `limit` keeps their soft time limits; None on pools that have none."""

    def __init__(self, app: Celery, settings: Settings, store: Store, limit: SoftLimit | None) -> None:
        self._app, self._settings, self._store, self._limit = app, settings, store, limit
        self._output = OutputWriter(store.output)
        self._tracer = TaskTracer(app)

    def run(self, held: ClaimedAttempt) -> BodyEnd:
        """Runs the task of an attempt as the current step and sets its outcome or failure. Its output is written then."""
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
                end, warning = self._run_limited(held, task, args, kwargs)
            if warning and state_and_value(end)[0] == SUCCESS:
                reports.logger.warning(warning)
        finally:
            reports.close()
        self._settle(held, end, context["input"])
        return end

    def _run_limited(
        self, held: ClaimedAttempt, task: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[BodyEnd, str | None]:
        """Runs a task within the soft limit of its step. Returns its end, and the warning if it ended after the limit."""
        soft, _ = held.limits
        since, passed = time.monotonic(), False
        if self._limit is not None:
            self._limit.arm(soft)
        try:
            end = self._tracer.run(task, args, kwargs, request_of(held))
        finally:
            if self._limit is not None:
                passed = self._limit.disarm()
        return end, soft_limit.warning_for(soft, passed, time.monotonic() - since)

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
                value, held.next_arguments, self._settings.max_result, self._store.now
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
    soft, hard = held.limits
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
        "timelimit": [hard, soft],
        "delivery_info": {**(message.get("delivery_info") or {}), "redelivered": False},
        "origin": message.get("origin"),
        "hostname": message.get("hostname"),
        "ignore_result": True,
        "is_eager": False,
        "argsrepr": "()",
        "kwargsrepr": "{...}",
        "celeriac_attempt": held,
    }
