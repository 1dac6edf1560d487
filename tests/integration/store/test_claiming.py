"""A slot goes on: the report of one attempt brings the next claim of the same queue, without a message."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.store.orders import ClaimRequest, PublishOrder
from celeriac.engine.store.transitions import Claim, Created, Ended
from tests.support.transitions import WORKER, claim, claimed, clean, launch
from tests.support.workflows import chain, fan, single, step

TASKS = ("noop", "sleep")


@pytest.fixture
def slots(engine: WorkflowEngine) -> Iterator[int]:
    """Two slots of one worker."""
    beat(engine, 2)
    yield 2
    for execution in engine.get_execution_history(limit=200)["executions"]:
        if execution["status"] in ("pending", "running"):
            clean(engine, execution["execution_id"])
    engine.store.transitions.retire_worker(WORKER)


def beat(engine: WorkflowEngine, slots: int, continues: Sequence[str] = TASKS) -> None:
    engine.store.transitions.heartbeat(WORKER, b"{}", ["task", "other"], slots, continues)


def go_on(engine: WorkflowEngine, held: Claim, name: str = "task.2", limits: str = "") -> Ended:
    """The report of a success that asks for the next claim."""
    request = ClaimRequest(name, WORKER, limits or held.limits)
    return engine.store.transitions.complete_step(held, b"1", None, request)


def messages(ended: Ended) -> list[str]:
    return [order.unit for order in ended.orders if isinstance(order, PublishOrder)]


def begin(engine: WorkflowEngine, created: Created) -> Claim:
    return claimed(engine, created.orders[0])


def state(engine: WorkflowEngine, execution_id: str) -> str:
    return engine.store.reader.read(execution_id)[0].vector


# -- the next claim


def test_the_next_step_is_claimed_when_a_report_asks_for_it(engine: WorkflowEngine, slots: int) -> None:
    created = launch(engine, "line", chain(3))

    ended = go_on(engine, begin(engine, created))

    assert ended.following is not None
    assert (ended.following.unit, ended.following.attempt, ended.following.claim) == ("1", 1, "task.2")
    assert ended.following.results == (b"1",)
    assert (ended.outcome, ended.orders, state(engine, created.execution_id)) == ("success", (), "srp")


def test_nothing_is_claimed_when_nothing_is_ready(engine: WorkflowEngine, slots: int) -> None:
    ended = go_on(engine, begin(engine, launch(engine, "one", single("noop"))))

    assert (ended.outcome, ended.following) == ("success", None)


def test_a_failure_brings_the_next_claim_too(engine: WorkflowEngine, slots: int) -> None:
    engine.register_workflow("two", [step("a"), step("b")], on_failure="continue")
    engine.publish_workflows()
    created = engine.store.transitions.create_execution(engine.registered["two"], b"{}", labels={}, note="")
    held = begin(engine, created)

    ended = engine.store.transitions.fail_step(
        held.execution_id, held.unit, held.attempt, held.claim, kind="error", retry_in=None, uses_attempt=True,
        error=b'{"kind":"error","type":"E","message":"m"}', traceback="", stopped=True,
        following=ClaimRequest("task.2", WORKER, held.limits),
    )  # fmt: skip

    assert ended.following is not None
    assert (ended.outcome, ended.following.unit) == ("failure", "1")


@pytest.mark.parametrize("fails", [False, True])
def test_the_same_claim_is_returned_when_a_report_is_repeated(
    engine: WorkflowEngine, slots: int, fails: bool
) -> None:
    engine.register_workflow("two", [step("a"), step("b")], on_failure="continue")
    engine.publish_workflows()
    created = engine.store.transitions.create_execution(engine.registered["two"], b"{}", labels={}, note="")
    held = begin(engine, created)
    request = ClaimRequest("task.2", WORKER, held.limits)

    def report() -> Ended:
        if not fails:
            return engine.store.transitions.complete_step(held, b"1", None, request)
        return engine.store.transitions.fail_step(
            held.execution_id, held.unit, held.attempt, held.claim, kind="error", retry_in=None,
            uses_attempt=True, error=b'{"kind":"error","type":"E","message":"m"}', traceback="", stopped=True,
            following=request,
        )  # fmt: skip

    first, again = report(), report()

    assert first.following is not None
    assert (again.outcome, again.following) == ("stale", first.following)
    assert engine.store.transitions.complete_step(first.following, b"2").outcome == "success"
    assert report().following is None  # it has ended


def test_the_oldest_ready_step_is_claimed_whichever_execution_it_belongs_to(
    engine: WorkflowEngine, slots: int
) -> None:
    large = launch(engine, "large", [step(f"s{n}") for n in range(10)])
    small = launch(engine, "small", single("noop"))
    held = begin(engine, large)

    executions = []
    for number in range(3):
        following = go_on(engine, held, f"task.{number + 2}").following
        assert following is not None
        held = following
        executions.append(held.execution_id)

    assert small.execution_id in executions


def test_the_published_step_is_claimed_first_and_its_message_takes_the_next_one(
    engine: WorkflowEngine, slots: int
) -> None:
    created = launch(engine, "fan", [step(f"s{n}") for n in range(4)])
    first, second = created.orders  # one for each slot
    following = go_on(engine, claimed(engine, first)).following
    assert following is not None

    late = claim(engine, second, "other.1")

    assert following.unit == second.unit
    assert isinstance(late, Claim)
    assert (late.unit, late.claim) == ("2", "other.1")
    assert claim(engine, second, "other.1") == late  # repeated
    assert state(engine, created.execution_id) == "srrq"


# -- what needs a message of its own


def test_a_step_is_left_to_a_message_when_it_has_other_limits(engine: WorkflowEngine, slots: int) -> None:
    created = launch(engine, "limits", [step("a", timeout=20), step("b", after="a", timeout=10)])

    ended = go_on(engine, begin(engine, created))

    assert (ended.following, messages(ended)) == (None, ["1"])


@pytest.mark.parametrize("continues", [(), ("sleep",), ("noo", "oop", "noop2")])
def test_a_step_is_left_to_a_message_when_its_worker_does_not_go_on_with_its_task(
    engine: WorkflowEngine, slots: int, continues: Sequence[str]
) -> None:
    created = launch(engine, "line", chain(2))
    held = begin(engine, created)
    beat(engine, 2, continues)

    ended = go_on(engine, held)

    assert (ended.following, messages(ended)) == (None, ["1"])


def test_a_step_of_another_queue_is_left_to_a_message(engine: WorkflowEngine, slots: int) -> None:
    created = launch(engine, "queues", [step("a"), step("b", after="a", queue="other")])

    ended = go_on(engine, begin(engine, created))

    assert (ended.following, messages(ended)) == (None, ["1"])


# -- messages are for idle slots


def test_as_many_messages_are_published_as_slots_are_idle(engine: WorkflowEngine, slots: int) -> None:
    created = launch(engine, "fan", fan(10))

    ended = go_on(engine, begin(engine, created))

    assert ended.following is not None
    assert len(messages(ended)) == slots - 1


def test_no_message_is_published_when_all_slots_are_busy(engine: WorkflowEngine, slots: int) -> None:
    first, second = launch(engine, "wide", [step(f"s{n}") for n in range(8)]).orders
    one, _ = claimed(engine, first), claimed(engine, second, "other.1")

    ended = go_on(engine, one)

    assert (ended.following is not None, messages(ended)) == (True, [])
    assert launch(engine, "more", single("noop")).orders == ()


def test_a_message_is_published_when_a_slot_does_not_go_on(engine: WorkflowEngine, slots: int) -> None:
    first, second = launch(engine, "wide", [step(f"s{n}") for n in range(8)]).orders
    one, _ = claimed(engine, first), claimed(engine, second, "other.1")

    ended = engine.store.transitions.complete_step(one, b"1")

    assert len(messages(ended)) == 1


def test_a_slot_that_becomes_idle_gets_a_message_of_any_queue(engine: WorkflowEngine, slots: int) -> None:
    first, second = launch(engine, "wide", [step("a"), step("b")]).orders
    one, _ = claimed(engine, first), claimed(engine, second, "other.1")
    other = launch(engine, "elsewhere", [step("c", queue="other")])
    assert other.orders == ()

    ended = engine.store.transitions.complete_step(one, b"1")

    assert [order.execution_id for order in ended.orders] == [other.execution_id]


def test_a_message_that_is_on_its_way_counts_although_its_step_was_claimed(
    engine: WorkflowEngine, slots: int
) -> None:
    created = launch(engine, "fan", fan(10))
    ended = go_on(engine, begin(engine, created))  # its message for the idle slot has not arrived
    assert ended.following is not None

    ended = go_on(engine, ended.following, "task.3")

    assert (ended.following is not None, messages(ended)) == (True, [])


def test_another_message_is_published_when_one_has_not_arrived_for_a_second(
    engine: WorkflowEngine, slots: int
) -> None:
    created = launch(engine, "fan", fan(10))
    ended = go_on(engine, begin(engine, created))
    (sent,) = messages(ended)
    key = engine.store.keys.messages("default")
    engine.store.client.zadd(key, {f"{created.execution_id}|{sent}|1": engine.store.now() - 1001})
    assert ended.following is not None

    ended = go_on(engine, ended.following, "task.3")

    assert len(messages(ended)) == 1


def test_the_timer_publishes_one_message_when_all_slots_seem_busy(engine: WorkflowEngine, slots: int) -> None:
    """They may be busy with tasks that the store does not see, or their claims be lost."""
    first, second = launch(engine, "wide", [step(f"s{n}") for n in range(8)]).orders
    claimed(engine, first), claimed(engine, second, "other.1")

    tick = engine.store.transitions.tick()

    assert len(tick.orders) == 1


def test_the_timer_forgets_a_published_step_that_a_worker_of_an_earlier_release_has_claimed(
    engine: WorkflowEngine, slots: int
) -> None:
    created = launch(engine, "line", chain(2))
    key, member = engine.store.keys.published("default"), f"{created.execution_id}|0|1"
    claimed(engine, created.orders[0])
    engine.store.client.zadd(key, {member: 1, "gone-20260101T000000-abcdef|0|1": 2})

    engine.store.transitions.tick()

    assert engine.store.client.zrange(key, 0, -1) == []
