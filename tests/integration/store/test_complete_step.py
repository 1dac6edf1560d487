"""An attempt succeeds: what it releases, what the windows let through, and reports that come late."""

from __future__ import annotations

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.store.orders import PublishOrder
from celeriac.engine.store.transitions import Created
from tests.support.transitions import claimed, clean, fail, launch
from tests.support.workflows import diamond, fan, single, step


def test_the_next_step_gets_the_result_when_the_first_completes(
    engine: WorkflowEngine, line: Created
) -> None:
    outcome, messages, _ = engine.store.transitions.complete_step(
        claimed(engine, line.orders[0]), b'{"rows":3}'
    )

    following = claimed(engine, messages[0], "task.2")
    assert outcome == "success"
    assert following.results == (b'{"rows":3}',)
    clean(engine, line.execution_id)


def test_a_report_changes_nothing_when_it_comes_twice(engine: WorkflowEngine, line: Created) -> None:
    held = claimed(engine, line.orders[0])
    engine.store.transitions.complete_step(held, b"1")
    before = engine.get_workflow_status(line.execution_id)

    assert engine.store.transitions.complete_step(held, b"2") == ("stale", (), None)
    assert fail(engine, held) == "stale"

    after = engine.get_workflow_status(line.execution_id)
    assert (after["seq"], after["steps"]) == (before["seq"], before["steps"])
    assert engine.steps.get(line.execution_id, "s1")["result"] == 1
    clean(engine, line.execution_id)


def test_dependents_wait_for_all_when_several_steps_come_together(engine: WorkflowEngine) -> None:
    created = launch(engine, "diamond", diamond())
    _, middle, _ = engine.store.transitions.complete_step(claimed(engine, created.orders[0]), b"0")
    left, right = (claimed(engine, message, f"task{number}.1") for number, message in enumerate(middle))

    assert engine.store.transitions.complete_step(left, b"1") == ("success", (), None)
    _, last, _ = engine.store.transitions.complete_step(right, b"2")

    assert [message.unit for message in last] == ["3"]
    engine.store.transitions.complete_step(claimed(engine, last[0], "last.1"), b"3")
    execution = engine.get_workflow_status(created.execution_id)
    assert (execution["status"], execution["result"]) == ("success", {"bottom": 3})


def test_as_many_are_published_as_ended_when_no_worker_has_said_how_many_slots_it_has(
    engine: WorkflowEngine,
) -> None:
    created = launch(engine, "fan", fan(40))
    window = engine.settings.window
    _, messages, _ = engine.store.transitions.complete_step(claimed(engine, created.orders[0]), b"0")
    assert len(messages) == window

    handed_out = []
    for number in range(window // 2):
        held = claimed(engine, messages[number], f"task{number}.2")
        handed_out.append(len(engine.store.transitions.complete_step(held, b"1")[1]))

    assert handed_out == [1] * (window // 2)
    assert len(engine.store.client.zrange(engine.store.keys.published("default"), 0, -1)) == window
    clean(engine, created.execution_id)


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
