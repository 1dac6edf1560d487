"""The client sends a command again when its connection broke: a transition that had been made must not be made twice."""

from __future__ import annotations

import pytest

from celeriac.engine.errors import ExecutionEnded
from tests.model.conftest import WORKER, Bench
from tests.support.workflows import chain, single


def executions(bench: Bench) -> int:
    return int(bench.store.client.zcard(bench.store.keys.index_all()))


@pytest.mark.parametrize("after", [1, 1_000, 60_000])
def test_one_execution_is_launched_when_the_answer_was_lost(bench: Bench, after: int) -> None:
    with bench.scripts.resending(after):
        created = bench.launch(single("noop"))

    assert executions(bench) == 1
    assert (created.replayed, bench.status(created.execution_id)) == (False, "pending")
    bench.transitions.cancel_execution(created.execution_id)


def test_a_launch_is_not_called_a_replay_when_only_its_call_was_repeated(bench: Bench) -> None:
    with bench.scripts.resending(1_000):
        first = bench.launch(single("noop"), key="a1")
    second = bench.launch(single("noop"), key="a1")

    assert (first.replayed, second.replayed) == (False, True)
    assert second.execution_id == first.execution_id
    bench.transitions.cancel_execution(first.execution_id)


def test_a_cancellation_is_no_error_when_its_first_answer_was_lost(bench: Bench) -> None:
    created = bench.launch(single("noop"))

    with bench.scripts.resending(1_000):
        assert bench.transitions.cancel_execution(created.execution_id) == ((), ())

    assert bench.status(created.execution_id) == "cancelled"
    with pytest.raises(ExecutionEnded):
        bench.transitions.cancel_execution(created.execution_id)


def test_the_end_is_not_put_off_when_a_cancellation_is_asked_for_again_and_again(bench: Bench) -> None:
    created = bench.launch(single("noop"))
    claim = bench.claim(created)
    bench.transitions.cancel_execution(created.execution_id)
    kinds: list[str] = []

    for _ in range(30):
        kinds += bench.tick_after(900)
        bench.transitions.cancel_execution(created.execution_id)

    assert "unconfirmed" in kinds
    assert bench.fail(claim, "unconfirmed", stopped=False) == "cancelled"
    bench.transitions.retire_worker(WORKER)


def test_a_step_is_not_lost_when_one_heartbeat_is_sent_twice(bench: Bench) -> None:
    claim = bench.claim(bench.launch(single("noop")))

    with bench.scripts.resending(500):
        assert bench.transitions.heartbeat(WORKER, b"{}", []) == ()
    (end,) = bench.transitions.heartbeat(WORKER, b"{}", [])

    assert end.kind == "lost"
    assert bench.fail(claim, "lost") == "failure"
    bench.transitions.retire_worker(WORKER)


def test_the_next_step_is_published_by_the_timer_when_the_answer_to_a_report_was_lost(bench: Bench) -> None:
    created = bench.launch(chain(2))
    claim = bench.claim(created)
    with bench.scripts.resending(100):
        assert bench.transitions.complete_step(claim, b"1") == ("stale", (), None)

    bench.clock.advance(1_500)

    assert [message.unit for message in bench.transitions.tick().orders] == ["1"]
    bench.transitions.cancel_execution(created.execution_id)
