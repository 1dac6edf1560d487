"""Transitions called one by one, without Celery: launch without publishing, claim, fail, let a timer run out."""

from __future__ import annotations

from collections.abc import Sequence

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.store.orders import PublishOrder
from celeriac.engine.store.transitions import Claim, Created
from celeriac.engine.workflows.definition.definition import WorkflowStep

WORKER = "w@test#1"


def launch(engine: WorkflowEngine, workflow_id: str, steps: Sequence[WorkflowStep]) -> Created:
    """A launch whose messages nothing publishes."""
    engine.register_workflow(workflow_id, list(steps))
    engine.publish_workflows()
    return engine.store.transitions.create_execution(
        engine.registered[workflow_id], b"{}", labels={}, note=""
    )


def claim(engine: WorkflowEngine, message: PublishOrder, name: str = "task.1") -> Claim | str:
    """The claim of an attempt by `WORKER`, or the reason why it is refused."""
    return engine.store.transitions.claim_step(
        message.execution_id, message.unit, message.attempt, name, WORKER
    )


def claimed(engine: WorkflowEngine, message: PublishOrder, name: str = "task.1") -> Claim:
    """As `claim`, where a refusal is a failure of the test."""
    answer = claim(engine, message, name)
    assert isinstance(answer, Claim), answer
    return answer


def fail(
    engine: WorkflowEngine, held: Claim, *, retry_in: float | None = None, kind: str = "error", name: str = ""
) -> str:
    """Ends an attempt without success. Returns the outcome; `name` reports under another claim than the one held."""
    outcome, _, _ = engine.store.transitions.fail_step(
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


def end_all(engine: WorkflowEngine) -> None:
    """Cancels every execution; for tests in which nothing runs."""
    for execution in engine.get_execution_history(limit=200)["executions"]:
        engine.store.transitions.cancel_execution(execution["execution_id"])


def timer_of(engine: WorkflowEngine, message: PublishOrder) -> float | None:
    """When the timer of a message runs out, in milliseconds of the store's clock; None without one."""
    found: float | None = engine.store.client.zscore(engine.store.keys.due(), _member(message))
    return found


def make_due(engine: WorkflowEngine, message: PublishOrder) -> None:
    """Lets the timer of a message run out."""
    engine.store.client.zadd(engine.store.keys.due(), {_member(message): engine.store.now() - 1}, xx=True)


def _member(message: PublishOrder) -> str:
    return f"{message.execution_id}|{message.unit}|{message.attempt}"
