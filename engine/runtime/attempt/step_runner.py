"""Runs the attempts of a message: claims, runs the body, reports its end and goes on with the next claim. In the process
that runs tasks."""

from __future__ import annotations

import logging
import os
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from billiard.process import current_process
from celery import Celery
from celery.exceptions import SoftTimeLimitExceeded

from celeriac.engine.errors import StoreUnavailable
from celeriac.engine.runtime.attempt import descendants
from celeriac.engine.runtime.attempt.claimed_attempt import ClaimedAttempt
from celeriac.engine.runtime.attempt.ending import Ending
from celeriac.engine.runtime.attempt.failures import ABNORMAL, failure_of
from celeriac.engine.runtime.attempt.soft_limit import SoftLimit
from celeriac.engine.runtime.attempt.step_body import StepBody
from celeriac.engine.runtime.attempt.stop_signals import StopSignals
from celeriac.engine.runtime.attempt.task_events import TaskEvents
from celeriac.engine.runtime.attempt.task_tracer import BodyEnd, is_from_signal
from celeriac.engine.runtime.dispatch import Dispatcher
from celeriac.engine.runtime.persisting import persist
from celeriac.engine.runtime.shutdown_flag import ShutdownFlag
from celeriac.engine.runtime.slot_table import SlotTable
from celeriac.engine.settings import Settings
from celeriac.engine.store.orders import ClaimRequest
from celeriac.engine.store.store import Store
from celeriac.engine.store.transitions import Claim

logger = logging.getLogger(__name__)
Answer = TypeVar("Answer")


@dataclass(slots=True)
class Turn:
    """The time of a slot between two messages: the message that began it, and when."""

    message_id: str
    message: Mapping[str, Any]  # its properties and headers
    worker_id: str
    since: float = field(default_factory=time.monotonic)

    def new_claim(self) -> str:
        return f"{self.message_id}.{secrets.token_hex(3)}"


class StepRunner:
    """The attempts of one process. Opens its own connections: create it after the fork."""

    def __init__(self, app: Celery, settings: Settings, shutdown: ShutdownFlag, slots: SlotTable) -> None:
        self._app, self._settings, self._shutdown, self._slots = app, settings, shutdown, slots
        process = current_process()
        self._in_child = process.name != "MainProcess"  # which works on one attempt at a time
        self.store = Store(settings)
        self.dispatcher = Dispatcher(app, self.store, settings)
        self.ending = Ending(self.store, settings, self.dispatcher.dispatch)
        slot = slots.take(getattr(process, "index", -1), os.getpid()) if self._in_child else None
        self._signals = StopSignals(slot, shutdown) if self._in_child else None
        self._task_events = TaskEvents(app)
        self._body = StepBody(app, settings, self.store, SoftLimit() if self._in_child else None)

    def run(
        self, message_id: str, args: tuple[str, str, int], message: Mapping[str, Any], worker_id: str
    ) -> BodyEnd | None:
        """Runs the attempt that a message names, then the next ones of its queue while the slot's time lasts.

        Returns the end of that attempt's body, None if it could not be claimed: then it may have run others. Raises the
        `SystemExit` of a signal that stopped the process, after the report.
        """
        if self._gave_back(*args, message.get("shadow"), worker_id):
            return None
        if self._signals is not None:
            self._signals.install()
        turn = Turn(message_id, message, worker_id)
        named: BodyEnd | None = None
        claim = self._claim(turn, *args)
        while claim is not None:
            is_named = (claim.execution_id, claim.unit, claim.attempt) == tuple(args)
            end, claim = self._run_attempt(claim, turn, None if is_named else self._events())
            named = end if is_named else named
        return named

    def _events(self) -> TaskEvents | None:
        return self._task_events if self._slots.sends_events else None

    def _run_attempt(
        self, claim: Claim, turn: Turn, events: TaskEvents | None
    ) -> tuple[BodyEnd, Claim | None]:
        """Runs the body of a claim and reports its end. Returns that, and the next claim if the slot goes on."""
        end = BodyEnd()
        held = self._held(claim, turn)
        if self._in_child:
            descendants.mark(claim.claim)
        try:
            try:
                if events is not None:
                    events.begin(held)
                self._enter(held)
                end = self._body.run(held)
            finally:
                self._leave()
        except BaseException as error:  # noqa: BLE001 -- whatever happens, the end is reported
            if isinstance(error, SystemExit) and is_from_signal(error):
                end.signal = error
            elif held.outcome is None:
                held.failure = held.failure or failure_of(error, held.step.timeout)
        self._leave()  # again: the signal may have come before the body was left
        if self._in_child:
            self._stop_what_it_started(held)
        if events is not None:
            events.end(held, end)
        following = self._report_whatever_comes(held, end, turn)
        if end.signal is not None:
            raise end.signal
        if self._signals is not None:
            self._signals.install()  # a task that ignores SIGTERM must not make the next one deaf
            if self._signals.is_ending and following is None:
                self._signals.end_process()
        return end, following

    def _enter(self, held: ClaimedAttempt) -> None:
        if self._signals is not None:
            self._signals.enter_body(held.claim.claim)
        held.has_begun = True

    def _leave(self) -> None:
        if self._signals is not None:
            self._signals.leave_body()

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

    def _claim(self, turn: Turn, execution_id: str, unit: str, attempt: int) -> Claim | None:
        claim_id = turn.new_claim()
        self._expect(claim_id)
        answer = self._persist(
            lambda: self.store.transitions.claim_step(execution_id, unit, attempt, claim_id, turn.worker_id)
        )
        if isinstance(answer, str):
            logger.info("%s unit %s attempt %d refused: %s", execution_id, unit, attempt, answer)
            return None
        return answer

    def _expect(self, claim_id: str) -> None:
        if self._signals is not None:
            self._signals.expect(claim_id)

    def _held(self, claim: Claim, turn: Turn) -> ClaimedAttempt:
        definition = self._persist(lambda: self.store.definitions.get(claim.workflow_id, claim.version))
        held = ClaimedAttempt(claim, definition, self._settings)
        held.message = turn.message
        held.keep_trace = lambda headers: self._persist(
            lambda: self.store.traces.keep(claim.execution_id, headers)
        )
        return held

    @staticmethod
    def _stop_what_it_started(held: ClaimedAttempt) -> None:
        """Stops the programs of an attempt that a signal or its time limit has ended."""
        is_stopped = held.outcome is None and (held.failure is None or held.failure.kind == "timeout")
        descendants.unmark()
        if is_stopped:
            descendants.stop_descendants(held.claim.claim, os.getpid())

    # -- the report

    def _report_whatever_comes(self, held: ClaimedAttempt, end: BodyEnd, turn: Turn) -> Claim | None:
        """Reports the end of an attempt; again if a lease was too short. Returns the next claim if the slot goes on."""
        if held.outcome is None and held.failure is None:
            held.failure = ABNORMAL[self._kind_of_stop(held)]
        request = self._request(held.claim, end, turn)
        try:
            return self._report(held, request)
        except (SystemExit, SoftTimeLimitExceeded, StoreUnavailable) as error:
            if isinstance(error, SystemExit):
                end.signal = error
            logger.warning("%s unit %s: its end is reported again", held.claim.execution_id, held.claim.unit)
            return self._report(held, request)

    def _request(self, claim: Claim, end: BodyEnd, turn: Turn) -> ClaimRequest | None:
        """The request for the next claim; None where the slot is to take its next message."""
        is_over = time.monotonic() - turn.since >= self._settings.slot_time or self._shutdown.is_set
        if is_over or end.signal is not None or (self._signals is not None and self._signals.is_ending):
            return None
        request = ClaimRequest(turn.new_claim(), turn.worker_id, claim.limits)
        self._expect(request.claim)
        return request

    def _kind_of_stop(self, held: ClaimedAttempt) -> str:
        """Why a signal has stopped the process before the body had ended.

        It counts as an interruption only while the worker is shutting down: anything else may happen again and again.
        """
        if not held.has_begun:
            return "not begun"
        if time.monotonic() - held.since >= held.step.timeout:
            return "timeout"
        claim = held.claim
        if self._persist(lambda: self.store.reader.is_stop_requested(claim.execution_id, claim.unit)):
            return "interrupted"  # recorded as cancelled or skipped
        return "interrupted" if self._shutdown.is_coming() else "stopped"

    def _report(self, held: ClaimedAttempt, request: ClaimRequest | None) -> Claim | None:
        claim, outcome, failure = held.claim, held.outcome, held.failure
        if outcome is None:
            assert failure is not None
            return self._persist(
                lambda: self.ending.end(
                    claim.execution_id, claim.unit, claim.attempt, claim.claim, failure, following=request
                )
            ).following
        ended = self._persist(
            lambda: self.store.transitions.complete_step(claim, outcome.encoded, outcome.rejected, request)
        )
        if ended.outcome == "stale" and ended.following is None:
            logger.warning("late result of %s step %s discarded", claim.execution_id, held.step.name)
        self.dispatcher.dispatch(ended.orders)
        return ended.following

    def _persist(self, change: Callable[[], Answer]) -> Answer:
        return persist(change, self._settings.lease)
