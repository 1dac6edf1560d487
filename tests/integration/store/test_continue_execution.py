"""Work on thousands of steps goes in slices, each a call of its own; between two of them everything else goes on."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.store.orders import ContinueOrder, DecideOrder, Order, PublishOrder
from celeriac.engine.store.transitions import Claim, Created
from celeriac.engine.workflows.definition.definition import WorkflowStep
from tests.support.invariants import violations_in
from tests.support.transitions import WORKER, claimed, launch
from tests.support.workflows import fan, layered, step

SLICE = 200  # units that a call may change, see lua/lib/todo.lua
MANY = 5_000  # steps, as many as a workflow may have
LEVELS = layered(10, 499)


class Calls:
    """How many events each call of a script has added to the log of an execution."""

    def __init__(self, engine: WorkflowEngine) -> None:
        self._engine, self._call = engine, engine.store.scripts.call
        self.by_script: dict[str, list[int]] = {}
        self.execution_id = ""

    def _length(self) -> int:
        return int(self._engine.store.client.llen(self._engine.store.keys.log(self.execution_id)))

    def call(self, name: str, *arguments: Any) -> Any:
        before = self._length()
        answer = self._call(name, *arguments)
        if name == "create_execution":
            self.execution_id = answer[1].decode()
        self.by_script.setdefault(name, []).append(self._length() - before)
        return answer

    @property
    def most(self) -> int:
        return max(most for counts in self.by_script.values() for most in counts)


@pytest.fixture
def calls(engine: WorkflowEngine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Calls]:
    calls = Calls(engine)
    monkeypatch.setattr(engine.store.transitions, "_call", calls.call)
    return calls  # type: ignore[return-value]


def drive(engine: WorkflowEngine, orders: Sequence[Order], between: Callable[[], None] | None = None) -> None:
    """Makes the calls that follow, as the dispatcher does, without publishing anything."""
    waiting = [order for order in orders if not isinstance(order, PublishOrder)]
    while waiting:
        order = waiting.pop(0)
        if between is not None:
            between()
        if isinstance(order, ContinueOrder):
            following = engine.store.transitions.continue_execution(order.execution_id)
        else:
            assert isinstance(order, DecideOrder)
            items = [b"1"] * MANY
            following = engine.store.transitions.decide_step(order, "map", *items)
        waiting += [each for each in following if not isinstance(each, PublishOrder)]


def begin(engine: WorkflowEngine, steps: list[WorkflowStep]) -> Created:
    created = launch(engine, "large", steps)
    drive(engine, created.orders)
    return created


def vector(engine: WorkflowEngine, created: Created) -> str:
    return engine.store.reader.read(created.execution_id)[0].vector


def finish(engine: WorkflowEngine, created: Created, between: Callable[[], None] | None = None) -> None:
    _, orders = engine.store.transitions.cancel_execution(created.execution_id)
    drive(engine, orders, between)


def first(engine: WorkflowEngine, created: Created) -> Claim:
    return claimed(engine, next(order for order in created.orders if isinstance(order, PublishOrder)))


def check(engine: WorkflowEngine, calls: Calls) -> None:
    """No call has done more than a slice, and a few events of the execution itself."""
    assert calls.most <= SLICE + 5
    assert violations_in(engine.store) == []
    record = engine.store.client.hget(engine.store.keys.execution(calls.execution_id), "todo")
    assert record is None


def test_thousands_of_first_steps_become_ready_in_slices(engine: WorkflowEngine, calls: Calls) -> None:
    created = begin(engine, [step(f"s{n}") for n in range(MANY)])

    assert vector(engine, created) == "q" * MANY
    assert len(calls.by_script["continue_execution"]) >= MANY // SLICE - 1
    finish(engine, created)
    assert vector(engine, created) == "c" * MANY
    check(engine, calls)


def test_thousands_of_dependents_become_ready_in_slices(engine: WorkflowEngine, calls: Calls) -> None:
    created = begin(engine, fan(MANY - 2))

    ended = engine.store.transitions.complete_step(first(engine, created), b"1")
    drive(engine, ended.orders)

    assert vector(engine, created) == "s" + "q" * (MANY - 2) + "p"
    finish(engine, created)
    check(engine, calls)


def test_thousands_of_items_become_ready_in_slices(engine: WorkflowEngine, calls: Calls) -> None:
    created = begin(engine, [step("each", map_over="input.items")])

    record, _ = engine.store.reader.read(created.execution_id)
    assert record.items(0) == "q" * MANY
    finish(engine, created)
    assert engine.get_workflow_status(created.execution_id)["status"] == "cancelled"
    check(engine, calls)


def test_a_failure_ends_thousands_of_waiting_steps_in_slices(engine: WorkflowEngine, calls: Calls) -> None:
    created = begin(engine, [*LEVELS, step("clean_up", after="sink", trigger="always")])
    held = first(engine, created)

    ended = engine.store.transitions.fail_step(
        held.execution_id, held.unit, held.attempt, held.claim, kind="error", retry_in=None, uses_attempt=True,
        error=b'{"kind":"error","type":"E","message":"m"}', traceback="", stopped=True,
    )  # fmt: skip
    drive(engine, ended.orders)

    assert vector(engine, created) == "f" + "b" * (len(LEVELS) - 1) + "q"
    check(engine, calls)
    finish_clean_up(engine, created)


def finish_clean_up(engine: WorkflowEngine, created: Created) -> None:
    claim = engine.store.transitions.claim_step(created.execution_id, str(len(LEVELS)), 1, "task.9", WORKER)
    assert isinstance(claim, Claim)
    engine.store.transitions.complete_step(claim, b"1")
    assert engine.get_workflow_status(created.execution_id)["status"] == "failure"


def test_thousands_of_skipped_steps_follow_one_another_in_slices(
    engine: WorkflowEngine, calls: Calls
) -> None:
    later = [
        step(f"s{n}", after="first" if n == 0 else f"s{n - 1}", trigger="all_success")
        for n in range(MANY - 1)
    ]
    engine.register_workflow("large", [step("first"), *later], on_failure="continue")
    engine.publish_workflows()
    created = engine.store.transitions.create_execution(engine.registered["large"], b"{}", labels={}, note="")
    marked, _, orders = engine.store.transitions.mark_step(created.execution_id, "0", "k", "not today")
    assert marked
    drive(engine, orders)

    assert vector(engine, created) == "k" * MANY
    assert engine.get_workflow_status(created.execution_id)["status"] == "success"
    check(engine, calls)


def test_thousands_of_steps_are_reset_in_slices_when_an_execution_is_retried(
    engine: WorkflowEngine, calls: Calls
) -> None:
    created = begin(engine, LEVELS)
    finish(engine, created)

    resumed, orders = engine.store.transitions.resume_execution(
        created.execution_id, 1, dict.fromkeys(range(len(LEVELS)), False), None
    )
    assert resumed
    drive(engine, orders)

    assert vector(engine, created) == "q" + "p" * (len(LEVELS) - 1)
    finish(engine, created)
    check(engine, calls)


# -- between two slices


def test_a_step_that_waits_for_its_end_does_not_start_when_the_cancellation_has_not_reached_it(
    engine: WorkflowEngine, calls: Calls
) -> None:
    created = begin(engine, [step(f"s{n}") for n in range(1_000)])
    message = created.orders[-1] if isinstance(created.orders[-1], PublishOrder) else created.orders[0]
    assert isinstance(message, PublishOrder)
    last = PublishOrder(message.execution_id, "999", 1, message.queue, message.limits, message.task_name, "")
    refused: list[Claim | str] = []

    def claim_the_last() -> None:
        refused.append(
            engine.store.transitions.claim_step(last.execution_id, last.unit, last.attempt, "task.1", WORKER)
        )

    finish(engine, created, claim_the_last)

    assert refused
    assert not any(isinstance(answer, Claim) for answer in refused)
    assert vector(engine, created) == "c" * 1_000
    check(engine, calls)


def test_others_are_claimed_and_ended_between_two_slices(engine: WorkflowEngine, calls: Calls) -> None:
    small = launch(engine, "small", [step("only")])
    created = begin(engine, fan(1_000))
    ended = engine.store.transitions.complete_step(claimed(engine, created.orders[0], "top.1"), b"1")
    done: list[str] = []

    def end_the_small_one() -> None:
        if not done:
            held = claimed(engine, small.orders[0], "small.1")
            done.append(engine.store.transitions.complete_step(held, b"1").outcome)

    drive(engine, ended.orders, end_the_small_one)

    assert done == ["success"]
    assert engine.get_workflow_status(small.execution_id)["status"] == "success"
    assert vector(engine, created) == "s" + "q" * 1_000 + "p"
    finish(engine, created)


@pytest.mark.parametrize("seed", range(5))
def test_steps_end_once_and_in_order_when_claims_ends_and_a_cancellation_come_between_slices(
    engine: WorkflowEngine, calls: Calls, seed: int
) -> None:
    choose = random.Random(seed)
    steps = [*layered(4, 150), step("clean_up", after="sink", trigger="always")]
    created = launch(engine, "large", steps)
    transitions, held, waiting = engine.store.transitions, list[Claim](), list[Order](created.orders)
    cancelled, calls_made = False, 0

    def handle(orders: Sequence[Order]) -> None:
        waiting.extend(orders)

    while waiting or held:
        calls_made += 1
        if not cancelled and calls_made == 150 + 200 * seed:
            cancelled = True
            stops, orders = transitions.cancel_execution(created.execution_id)
            assert len(stops) == len(held)
            handle(orders)
        elif held and (choose.random() < 0.5 or not waiting):
            claim = held.pop(choose.randrange(len(held)))
            handle(transitions.complete_step(claim, b"1").orders)
        elif waiting:
            order = waiting.pop(choose.randrange(len(waiting)))
            if isinstance(order, ContinueOrder):
                handle(transitions.continue_execution(order.execution_id))
            elif isinstance(order, PublishOrder):
                claim_or_not = transitions.claim_step(
                    order.execution_id, order.unit, order.attempt, f"t{calls_made}.1", WORKER
                )
                held += [claim_or_not] if isinstance(claim_or_not, Claim) else []

    assert engine.get_workflow_status(created.execution_id)["status"] in ("cancelled", "success")
    check(engine, calls)


def test_the_timer_orders_the_rest_when_its_caller_has_died(engine: WorkflowEngine, calls: Calls) -> None:
    created = launch(engine, "large", [step(f"s{n}") for n in range(500)])
    store, rest = engine.store, f"{created.execution_id}|+|0"
    assert isinstance(created.orders[0], ContinueOrder)
    store.client.zadd(store.keys.due(), {rest: store.now() - 1})

    tick = store.transitions.tick()

    assert ContinueOrder(created.execution_id) in tick.orders
    drive(engine, tick.orders)
    assert vector(engine, created) == "q" * 500
    assert store.client.zscore(store.keys.due(), rest) is None
    finish(engine, created)


def test_nothing_happens_when_nothing_is_left(engine: WorkflowEngine, calls: Calls) -> None:
    created = begin(engine, [step("only")])

    assert engine.store.transitions.continue_execution(created.execution_id) == ()
    assert engine.store.transitions.continue_execution("gone-20260101T000000-abcdef") == ()

    finish(engine, created)
