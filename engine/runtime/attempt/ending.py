"""Ends unsuccessful attempts: checks the budget, decides, applies. Used by workers and reconcilers."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from celeriac.engine.runtime.attempt.failures import ABNORMAL, Failure
from celeriac.engine.settings import Settings
from celeriac.engine.store.orders import ClaimRequest, Order
from celeriac.engine.store.store import Store
from celeriac.engine.store.transitions import Ended
from celeriac.engine.workflows.progress.retry import (
    INTERRUPTED,
    MAX_INTERRUPTED,
    RetryDecision,
    RetryRules,
    decide_retry,
)
from celeriac.engine.workflows.progress.units import index_of


class Ending:
    """Ends attempts through `fail_step` and dispatches the steps that this releases."""

    def __init__(self, store: Store, settings: Settings, dispatch: Callable[[Sequence[Order]], None]) -> None:
        self._store, self._settings, self._dispatch = store, settings, dispatch

    def end(
        self,
        execution_id: str,
        unit: str,
        attempt: int,
        claim: str,
        failure: Failure,
        *,
        stopped: bool = True,
        following: ClaimRequest | None = None,
    ) -> Ended:
        """Ends one attempt; the outcome is `stale` if another report came first. `following` asks for the next claim."""
        state = self._store.reader.unit_state(execution_id, unit)
        if state.attempt != attempt or not state.claim.startswith(claim):
            return self._stale(execution_id, unit, attempt, claim, failure, following)
        step = self._store.reader.definition_of(execution_id).steps[index_of(unit)]
        settings = self._settings
        interrupted = failure.kind == INTERRUPTED
        if interrupted and self._store.reader.interruptions(execution_id, unit) >= MAX_INTERRUPTED:
            interrupted, failure = False, ABNORMAL["interrupted again"]
        decision = decide_retry(
            failure.kind if failure.kind != "unconfirmed" else "lost",
            retry_count=step.retry_count,
            attempts_used=attempt - state.base - (1 if interrupted else 0),
            lost=state.lost + (1 if failure.kind == "lost" else 0),
            max_lost=settings.max_lost,
            base=settings.retry_base,
            cap=settings.retry_cap,
            jitter=random.random(),  # noqa: S311 -- spreads retries, guards nothing
            countdown=failure.countdown,
            classes=failure.classes,
            rules=RetryRules(retry_on=step.retry_on, no_retry_on=step.no_retry_on),
        )
        if failure.final:
            decision = RetryDecision(retry=False, delay=0.0, uses_attempt=True, why=failure.final)
        ended = self._store.transitions.fail_step(
            execution_id,
            unit,
            attempt,
            claim,
            kind=failure.kind,
            retry_in=decision.delay if decision.retry else None,
            uses_attempt=decision.uses_attempt,
            error=failure.as_json(decision.why),
            traceback=failure.traceback,
            stopped=stopped,
            arguments=failure.arguments,
            following=following,
        )
        self._dispatch(ended.orders)
        return ended

    def _stale(
        self,
        execution_id: str,
        unit: str,
        attempt: int,
        claim: str,
        failure: Failure,
        following: ClaimRequest | None,
    ) -> Ended:
        """A report that changes nothing. A repeated one may have got its next claim, which the store repeats."""
        if following is None:
            return Ended("stale", ())
        return self._store.transitions.fail_step(
            execution_id,
            unit,
            attempt,
            claim,
            kind=failure.kind,
            retry_in=None,
            uses_attempt=True,
            error=b"",
            traceback="",
            stopped=True,
            following=following,
        )
