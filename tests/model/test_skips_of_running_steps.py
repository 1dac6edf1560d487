"""A person skips a step that runs: how it ends when its worker confirms, says nothing, or was quicker."""

from __future__ import annotations

import pytest

from celeriac.engine.operations.context import OperationContext
from celeriac.engine.operations.retry import plan_retry, start_retry
from celeriac.engine.store.orders import Order
from tests.model.conftest import WORKER, Bench
from tests.support.workflows import chain


def letters(bench: Bench, execution_id: str) -> str:
    return bench.store.reader.read(execution_id)[0].vector


@pytest.mark.parametrize("kind", ["interrupted", "lost", "timeout", "error"])
def test_it_is_skipped_when_its_attempt_ends_without_success(bench: Bench, kind: str) -> None:
    created = bench.launch(chain(2))
    claim = bench.claim(created)

    marked, stops, _ = bench.transitions.mark_step(created.execution_id, "0", "k", "too slow")

    assert (marked, [stop.claim for stop in stops]) == (True, ["task.n"])
    assert bench.fail(claim, kind) == "skipped"
    assert (letters(bench, created.execution_id), bench.status(created.execution_id)) == ("kk", "success")
    assert bench.store.reader.data(created.execution_id, ["w0"]) == [b"too slow"]
    bench.transitions.retire_worker(WORKER)


def test_its_result_counts_when_it_succeeds_before_it_is_stopped(bench: Bench) -> None:
    created = bench.launch(chain(2))
    claim = bench.claim(created)
    bench.transitions.mark_step(created.execution_id, "0", "k", "too slow")

    outcome, _, _ = bench.transitions.complete_step(claim, b"1")

    assert (outcome, letters(bench, created.execution_id)) == ("success", "sq")
    bench.transitions.cancel_execution(created.execution_id)
    bench.transitions.retire_worker(WORKER)


def test_it_is_told_again_and_then_ended_when_its_worker_says_nothing(bench: Bench) -> None:
    created = bench.launch(chain(1))
    claim = bench.claim(created)
    bench.transitions.mark_step(created.execution_id, "0", "k", "too slow")
    settings = bench.store.settings

    bench.clock.advance(round(settings.cancel_kill * 1000))
    told = bench.transitions.tick()
    kinds: list[str] = []
    for _ in range(10):
        kinds += bench.tick_after(round(settings.cancel_kill * 1000))
        bench.transitions.heartbeat(WORKER, b"{}", ["task"])

    assert [stop.since for stop in told.stops] == [round(settings.cancel_kill * 1000)]
    assert "unconfirmed" in kinds
    assert bench.fail(claim, "unconfirmed", stopped=False) == "skipped"
    bench.transitions.retire_worker(WORKER)


def test_it_is_cancelled_when_the_execution_is(bench: Bench) -> None:
    created = bench.launch(chain(2))
    claim = bench.claim(created)
    bench.transitions.mark_step(created.execution_id, "0", "k", "too slow")
    bench.transitions.cancel_execution(created.execution_id)

    assert bench.fail(claim, "interrupted") == "cancelled"
    assert letters(bench, created.execution_id) == "cc"
    bench.transitions.retire_worker(WORKER)


def test_it_fails_as_any_other_when_a_later_round_runs_it_again(bench: Bench) -> None:
    created = bench.launch(chain(1))
    claim = bench.claim(created)
    bench.transitions.mark_step(created.execution_id, "0", "k", "too slow")
    bench.transitions.complete_step(claim, b"1")

    orders: list[Order] = []
    context = OperationContext(
        bench.store, bench.store.settings, dispatch=orders.extend, stop=lambda stops: None
    )
    start_retry(context, plan_retry(context, created.execution_id, "s1"))
    (message,) = orders
    again = bench.transitions.claim_step(
        message.execution_id, message.unit, message.attempt, "task.m", WORKER
    )

    assert not isinstance(again, str)
    assert bench.fail(again) == "failure"
    bench.transitions.retire_worker(WORKER)
