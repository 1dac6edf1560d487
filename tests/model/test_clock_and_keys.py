"""What the passing of time does: outages, a clock set back, keys that have expired."""

from __future__ import annotations

from tests.model.conftest import WORKER, Bench
from tests.support.workflows import single


def test_a_cancelled_step_may_still_confirm_when_the_store_was_away_for_longer_than_the_grace(
    bench: Bench,
) -> None:
    created = bench.launch(single("noop"))
    claim = bench.claim(created)
    bench.transitions.cancel_execution(created.execution_id)

    bench.clock.advance(60_000)
    tick = bench.transitions.tick()

    assert (tick.ends, [stop.claim for stop in tick.stops]) == ((), ["task.n"])
    assert bench.fail(claim, "interrupted") == "cancelled"
    bench.transitions.retire_worker(WORKER)


def test_an_attempt_is_not_lost_when_nobody_looked_for_longer_than_a_lease(bench: Bench) -> None:
    claim = bench.claim(bench.launch(single("noop", timeout=1)))

    bench.clock.advance(60_000)

    assert bench.transitions.tick().ends == ()
    assert bench.transitions.complete_step(claim, b"1") == ("success", (), None)
    bench.transitions.retire_worker(WORKER)


def test_messages_are_published_again_when_the_clock_was_set_back(bench: Bench) -> None:
    bench.clock.advance(3_600_000)
    bench.transitions.tick()
    bench.clock.advance(-3_600_000)
    created = bench.launch(single("noop"))

    bench.clock.advance(1_500)

    assert [message.unit for message in bench.transitions.tick().orders] == ["0"]
    bench.transitions.cancel_execution(created.execution_id)


def test_a_later_launch_keeps_its_key_when_an_older_execution_of_that_key_is_deleted(bench: Bench) -> None:
    old = bench.launch(single("noop"), key="a1")
    bench.transitions.cancel_execution(old.execution_id)
    [key] = bench.store.client.keys(f"{bench.store.keys.root}:idempotency:*")
    bench.store.client.delete(key)  # as after 24 hours
    new = bench.launch(single("noop"), key="a1")

    assert bench.transitions.delete_executions([old.execution_id]) == ["deleted"]

    again = bench.launch(single("noop"), key="a1")
    assert (again.replayed, again.execution_id) == (True, new.execution_id)
    bench.transitions.cancel_execution(new.execution_id)


def test_a_message_is_published_again_at_once_when_its_process_died_before_the_claim(bench: Bench) -> None:
    created = bench.launch(single("noop"))
    bench.transitions.mark_sent(created.orders)
    bench.transitions.resend_step(created.execution_id, "0", 1)

    bench.clock.advance(1_000)

    assert bench.transitions.tick().orders == created.orders
    bench.transitions.cancel_execution(created.execution_id)


def test_the_deadline_stays_when_a_process_died_that_had_only_a_copy_of_the_message(bench: Bench) -> None:
    claim = bench.claim(bench.launch(single("noop")))
    bench.transitions.resend_step(claim.execution_id, "0", 1)
    bench.transitions.resend_step("gone", "0", 1)

    assert bench.tick_after(1_000) == []
    bench.transitions.complete_step(claim, b"1")
    bench.transitions.retire_worker(WORKER)
