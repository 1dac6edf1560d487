"""A cancellation comes at any moment: what has finished stays finished, nothing starts after it, everything ends.

That each step ends once and none but the clean-up starts after the cancellation is checked by the invariants after every test.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.errors import ExecutionEnded
from celeriac.engine.store.transitions import Claim, Created
from celeriac.engine.workflows.definition.definition import WorkflowDefinition
from celeriac.engine.workflows.definition.steps import ALWAYS
from tests.support.counts import how_many, seeds
from tests.support.executions import ENDED, starts, statuses, wait_until_ended
from tests.support.waiting import eventually
from tests.support.workers import Worker
from tests.support.workflows import chain, diamond, step

WORKER = "w@test#1"
RACES, FULL_RACES = 150, 3_000


class RacingExecution:
    """One execution whose messages, claims and reports are taken in the order a seed says."""

    def __init__(
        self,
        engine: WorkflowEngine,
        definition: WorkflowDefinition,
        created: Created,
        choose: random.Random,
    ) -> None:
        self._engine, self._choose = engine, choose
        self._transitions = engine.store.transitions
        self._messages, self._held = list(created.orders), list[Claim]()
        self._clean_up = {str(step.index) for step in definition.steps if step.trigger == ALWAYS}
        self.execution_id = created.execution_id
        self.cancelled = self._failed = False
        self.finished: set[str] = set()

    def go_on(self) -> bool:
        """Does one thing; False when there is nothing left to do."""
        actions = [self._claim] * bool(self._messages) + [self._complete, self._fail] * bool(self._held)
        if actions and not self.cancelled and not self._ended():
            actions.append(self._cancel)
        if not actions:
            return False
        self._choose.choice(actions)()
        return True

    def _ended(self) -> bool:
        return not self._held and self._engine.get_workflow_status(self.execution_id)["status"] in ENDED

    def _claim(self) -> None:
        message = self._messages.pop(self._choose.randrange(len(self._messages)))
        name = f"task{self._choose.getrandbits(40):x}.1"
        answer = self._transitions.claim_step(
            message.execution_id, message.unit, message.attempt, name, WORKER
        )
        if isinstance(answer, Claim):
            started = not self.cancelled or message.unit in self._clean_up
            assert started, "a step started after the cancellation"
            self._held.append(answer)
        else:
            assert self.cancelled or self._failed, answer

    def _complete(self) -> None:
        held = self._held.pop()
        outcome, messages, _ = self._transitions.complete_step(held, b"1")
        assert outcome == "success"
        self.finished.add(held.unit)
        self._messages += messages

    def _fail(self) -> None:
        held = self._held.pop()
        self._failed = True
        kind = "interrupted" if self.cancelled and held.unit not in self._clean_up else "error"
        _, messages, _ = self._transitions.fail_step(
            held.execution_id, held.unit, held.attempt, held.claim,
            kind=kind, retry_in=None, uses_attempt=True, error=b'{"kind":"error","type":"E","message":"m"}',
            traceback="", stopped=True,
        )  # fmt: skip
        self._messages += messages

    def _cancel(self) -> None:
        _, messages = self._transitions.cancel_execution(self.execution_id)
        self._messages += messages
        self.cancelled = True


@pytest.mark.sampled
def test_everything_ends_once_when_cancellations_race_claims_and_ends(engine: WorkflowEngine) -> None:
    clean_up = step("clean_up", after=["left", "bottom"], trigger=ALWAYS)
    engine.register_workflow("race", [*diamond(), clean_up, step("tell", after="clean_up", trigger=ALWAYS)])
    engine.publish_workflows()
    cancelled = 0
    for seed in seeds(RACES, full=FULL_RACES):
        definition = engine.registered["race"]
        created = engine.store.transitions.create_execution(definition, b"{}", labels={}, note="")
        race = RacingExecution(engine, definition, created, random.Random(seed))
        while race.go_on():
            pass
        record, _ = engine.store.reader.read(race.execution_id)
        status = record.text(b"st")
        assert (status == "cancelled") is race.cancelled, f"seed {seed}: {status}"
        assert all(record.vector[int(unit)] == "s" for unit in race.finished), f"seed {seed}: {record.vector}"
        assert set(record.vector[-2:]) <= set("sf"), f"seed {seed}: the clean-up did not run: {record.vector}"
        cancelled += race.cancelled
    races = how_many(RACES, full=FULL_RACES)
    assert races / 10 < cancelled < races  # the seeds tried both


def test_no_body_starts_without_a_claim_when_fifty_executions_are_cancelled_at_any_moment(
    engine: WorkflowEngine, worker: Worker, tmp_path: Path
) -> None:
    choose = random.Random(21)
    outcomes = set()
    for number in range(50):
        marks = tmp_path / f"marks{number}"
        steps = chain(3, "tests.mark", parameters={"marks": str(marks)})
        engine.register_workflow("race", steps)
        execution_id = engine.execute_workflow("race", {})
        last_event = choose.randrange(1, 12)

        def far_enough(execution_id: str = execution_id, last_event: int = last_event) -> bool:
            """the log has come to where the cancellation belongs"""
            return len(engine.executions.events(execution_id)) >= last_event

        eventually(far_enough, every=0.001)
        try:
            engine.cancel_workflow(execution_id)
            expected = "cancelled"
        except ExecutionEnded:
            expected = "success"

        execution = wait_until_ended(engine, execution_id)
        claimed = [
            event for event in engine.executions.events(execution_id) if event["event"] == "step_running"
        ]
        assert execution["status"] == expected, statuses(execution)
        assert starts(marks) <= len(claimed)
        outcomes.add(expected)
    assert outcomes == {"cancelled", "success"}
