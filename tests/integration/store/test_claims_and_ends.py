"""The transitions of a step, script by script, without Celery: fences, repeated calls, late reports."""

from __future__ import annotations

import pytest

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.store.orders import PublishOrder
from celeriac.engine.store.transitions import Claim, Created
from tests.support.executions import statuses
from tests.support.workflows import chain, diamond, fan, single, step

WORKER = "w@test#1"


@pytest.fixture
def line(engine: WorkflowEngine) -> Created:
    return launch(engine, "line", chain(2))


def launch(engine: WorkflowEngine, workflow_id: str, steps: list) -> Created:  # type: ignore[type-arg]
    """A launch whose messages nobody publishes."""
    engine.register_workflow(workflow_id, steps)
    engine.publish_workflows()
    return engine.store.transitions.create_execution(
        engine.registered[workflow_id], b"{}", labels={}, note=""
    )


def claim(engine: WorkflowEngine, message: PublishOrder, name: str = "task.1") -> Claim | str:
    return engine.store.transitions.claim_step(
        message.execution_id, message.unit, message.attempt, name, WORKER
    )


def claimed(engine: WorkflowEngine, message: PublishOrder, name: str = "task.1") -> Claim:
    answer = claim(engine, message, name)
    assert isinstance(answer, Claim), answer
    return answer


def fail(
    engine: WorkflowEngine, held: Claim, *, retry_in: float | None = None, kind: str = "error", name: str = ""
) -> str:
    outcome, _ = engine.store.transitions.fail_step(
        held.execution_id, held.unit, held.attempt, name or held.claim,
        kind=kind, retry_in=retry_in, uses_attempt=True, error=b'{"kind":"error","type":"E","message":"m"}',
        traceback="", stopped=True,
    )  # fmt: skip
    return outcome


def clean(engine: WorkflowEngine, execution_id: str) -> None:
    """Ends what a test left active, so that nothing is left behind."""
    engine.store.transitions.cancel_execution(execution_id)
    for index, letter in enumerate(engine.store.reader.read(execution_id)[0].vector):
        if letter == "r":
            state = engine.store.reader.unit_state(execution_id, str(index))
            engine.store.transitions.fail_step(
                execution_id, str(index), state.attempt, state.claim,
                kind="interrupted", retry_in=None, uses_attempt=False, error=b"", traceback="", stopped=True,
            )  # fmt: skip


def test_one_claim_is_let_through_when_two_arrive(engine: WorkflowEngine, line: Created) -> None:
    first = claim(engine, line.orders[0], "task.1")
    second = claim(engine, line.orders[0], "task.2")

    assert isinstance(first, Claim)
    assert second == "r attempt 1"
    clean(engine, line.execution_id)


def test_the_same_claim_is_answered_again_when_its_answer_was_lost(
    engine: WorkflowEngine, line: Created
) -> None:
    first = claimed(engine, line.orders[0])
    again = claimed(engine, line.orders[0])

    assert (again.input, again.results) == (first.input, first.results)
    assert [event["event"] for event in engine.executions.events(line.execution_id)].count(
        "step_running"
    ) == 1
    clean(engine, line.execution_id)


def test_a_claim_is_refused_when_the_execution_is_unknown(engine: WorkflowEngine) -> None:
    assert engine.store.transitions.claim_step("nowhere", "0", 1, "task.1", WORKER) == "unknown execution"


def test_a_claim_is_refused_when_its_attempt_is_over(engine: WorkflowEngine, line: Created) -> None:
    held = claimed(engine, line.orders[0])
    assert fail(engine, held, retry_in=0.0) == "retrying"

    assert claim(engine, line.orders[0], "task.2") == "q attempt 2"
    clean(engine, line.execution_id)


def test_the_next_step_gets_the_result_when_the_first_completes(
    engine: WorkflowEngine, line: Created
) -> None:
    outcome, messages = engine.store.transitions.complete_step(claimed(engine, line.orders[0]), b'{"rows":3}')

    following = claimed(engine, messages[0], "task.2")
    assert outcome == "success"
    assert following.results == (b'{"rows":3}',)
    clean(engine, line.execution_id)


def test_a_report_changes_nothing_when_it_comes_twice(engine: WorkflowEngine, line: Created) -> None:
    held = claimed(engine, line.orders[0])
    engine.store.transitions.complete_step(held, b"1")
    before = engine.get_workflow_status(line.execution_id)

    assert engine.store.transitions.complete_step(held, b"2") == ("stale", ())
    assert fail(engine, held) == "stale"

    after = engine.get_workflow_status(line.execution_id)
    assert (after["seq"], after["steps"]) == (before["seq"], before["steps"])
    assert engine.steps.get(line.execution_id, "s1")["result"] == 1
    clean(engine, line.execution_id)


def test_a_report_is_stale_when_another_worker_holds_the_attempt(
    engine: WorkflowEngine, line: Created
) -> None:
    held = claimed(engine, line.orders[0], "mine.1")

    assert fail(engine, held, name="other.1") == "stale"
    assert fail(engine, held, name="mine.", kind="lost") == "failure"


def test_dependents_wait_for_all_when_several_steps_come_together(engine: WorkflowEngine) -> None:
    created = launch(engine, "diamond", diamond())
    _, middle = engine.store.transitions.complete_step(claimed(engine, created.orders[0]), b"0")
    left, right = (claimed(engine, message, f"task{number}.1") for number, message in enumerate(middle))

    assert engine.store.transitions.complete_step(left, b"1") == ("success", ())
    _, last = engine.store.transitions.complete_step(right, b"2")

    assert [message.unit for message in last] == ["3"]
    engine.store.transitions.complete_step(claimed(engine, last[0], "last.1"), b"3")
    execution = engine.get_workflow_status(created.execution_id)
    assert (execution["status"], execution["result"]) == ("success", {"bottom": 3})


def test_the_window_is_filled_by_halves_when_many_steps_are_ready(engine: WorkflowEngine) -> None:
    created = launch(engine, "fan", fan(40))
    window = engine.settings.window
    _, messages = engine.store.transitions.complete_step(claimed(engine, created.orders[0]), b"0")
    assert len(messages) == window

    handed_out = []
    for number in range(window // 2):
        held = claimed(engine, messages[number], f"task{number}.2")
        handed_out.append(len(engine.store.transitions.complete_step(held, b"1")[1]))

    assert handed_out == [0] * (window // 2 - 1) + [window // 2]
    assert len(engine.store.client.smembers(engine.store.keys.window("default"))) == window
    clean(engine, created.execution_id)


def test_running_steps_finish_and_the_rest_is_skipped_when_one_fails(engine: WorkflowEngine) -> None:
    created = launch(engine, "diamond", diamond())
    _, middle = engine.store.transitions.complete_step(claimed(engine, created.orders[0]), b"0")
    left, right = (claimed(engine, message, f"task{number}.1") for number, message in enumerate(middle))

    assert fail(engine, left) == "failure"
    assert engine.get_workflow_status(created.execution_id)["status"] == "running"
    engine.store.transitions.complete_step(right, b"2")

    execution = engine.get_workflow_status(created.execution_id)
    assert execution["status"] == "failure"
    assert statuses(execution) == {
        "top": "success",
        "left": "failure",
        "right": "success",
        "bottom": "skipped",
    }


def test_the_step_ends_failed_when_it_would_retry_after_another_has_failed(engine: WorkflowEngine) -> None:
    created = launch(engine, "diamond", diamond())
    _, middle = engine.store.transitions.complete_step(claimed(engine, created.orders[0]), b"0")
    left, right = (claimed(engine, message, f"task{number}.1") for number, message in enumerate(middle))
    fail(engine, left)

    assert fail(engine, right, retry_in=5.0) == "failure"
    assert engine.get_workflow_status(created.execution_id)["status"] == "failure"


def test_a_finished_step_stays_a_success_when_the_cancellation_came_first(
    engine: WorkflowEngine, line: Created
) -> None:
    held = claimed(engine, line.orders[0])
    engine.store.transitions.cancel_execution(line.execution_id)

    assert engine.store.transitions.complete_step(held, b"1") == ("success", ())

    execution = engine.get_workflow_status(line.execution_id)
    assert execution["status"] == "cancelled"
    assert statuses(execution) == {"s1": "success", "s2": "cancelled"}


def test_the_timer_hands_out_a_message_again_when_nobody_said_it_was_sent(engine: WorkflowEngine) -> None:
    created = launch(engine, "one", single("noop"))
    make_due(engine, created.orders[0])

    tick = engine.store.transitions.tick()

    assert [(message.unit, message.attempt) for message in tick.orders] == [("0", 1)]
    clean(engine, created.execution_id)


def test_the_timer_ends_an_attempt_when_its_deadline_has_passed(engine: WorkflowEngine) -> None:
    created = launch(engine, "one", single("noop"))
    held = claimed(engine, created.orders[0])
    make_due(engine, created.orders[0])

    (end,) = engine.store.transitions.tick().ends

    assert (end.unit, end.attempt, end.kind, end.claim) == ("0", 1, "timeout", held.claim)
    clean(engine, created.execution_id)


def test_the_attempts_of_a_worker_are_lost_when_its_lease_has_run_out(engine: WorkflowEngine) -> None:
    created = launch(engine, "one", single("noop"))
    claimed(engine, created.orders[0])
    engine.store.transitions.tick()
    store = engine.store
    store.client.zadd(store.keys.leases(), {WORKER: store.now() - 1})
    store.client.hset(store.keys.meta(), "last_tick", store.now() - 1000)

    (end,) = store.transitions.tick().ends

    assert (end.kind, end.worker_id) == ("lost", WORKER)
    clean(engine, created.execution_id)
    store.transitions.retire_worker(WORKER)


def test_an_attempt_is_lost_when_its_worker_does_not_hold_it_for_two_beats(engine: WorkflowEngine) -> None:
    created = launch(engine, "one", single("noop"))
    claimed(engine, created.orders[0], "abc.1")
    beat = engine.store.transitions.heartbeat

    assert beat(WORKER, b"{}", []) == ()
    assert beat(WORKER, b"{}", ["abc"]) == ()
    assert beat(WORKER, b"{}", []) == ()
    (end,) = beat(WORKER, b"{}", [])

    assert (end.kind, end.claim) == ("lost", "abc.")
    clean(engine, created.execution_id)
    engine.store.transitions.retire_worker(WORKER)


def make_due(engine: WorkflowEngine, message: PublishOrder) -> None:
    """Lets the timer of a message run out."""
    member = f"{message.execution_id}|{message.unit}|{message.attempt}"
    engine.store.client.zadd(engine.store.keys.due(), {member: engine.store.now() - 1}, xx=True)


def test_a_small_execution_is_let_through_when_a_large_one_came_first(engine: WorkflowEngine) -> None:
    large = launch(engine, "large", [step(f"s{n}") for n in range(100)])
    small = launch(engine, "small", single("noop"))
    window = engine.settings.window
    assert (len(large.orders), len(small.orders)) == (window, 0)

    handed_out: list[PublishOrder] = []
    for number in range(window // 2):
        held = claimed(engine, large.orders[number], f"task{number}.1")
        handed_out += engine.store.transitions.complete_step(held, b"1")[1]

    assert handed_out[1].execution_id == small.execution_id
    clean(engine, large.execution_id)
    clean(engine, small.execution_id)


def test_the_window_grows_when_workers_have_many_slots(engine: WorkflowEngine) -> None:
    engine.store.transitions.heartbeat(WORKER, b"{}", [], slots=40)

    created = launch(engine, "wide", [step(f"s{n}") for n in range(100)])

    assert len(created.orders) == 80
    clean(engine, created.execution_id)
    engine.store.transitions.retire_worker(WORKER)


def test_a_high_priority_gets_four_turns_for_one_when_both_wait(engine: WorkflowEngine) -> None:
    many = [step(f"s{n}") for n in range(60)]
    engine.register_workflow("urgent", many, priority="high")
    engine.publish_workflows()
    normal = launch(engine, "usual", many)
    high = engine.store.transitions.create_execution(engine.registered["urgent"], b"{}", labels={}, note="")

    handed_out: list[PublishOrder] = []
    for number in range(engine.settings.window // 2):
        held = claimed(engine, normal.orders[number], f"task{number}.1")
        handed_out += engine.store.transitions.complete_step(held, b"1")[1]

    turns = [message.execution_id == high.execution_id for message in handed_out]
    assert (turns.count(True), turns.count(False)) == (7, 1)
    clean(engine, normal.execution_id)
    clean(engine, high.execution_id)
