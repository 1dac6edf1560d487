"""Random workflows with conditions, branches, lists, failures, cancellations and further rounds: the engine decides as the model.

The seed is in the message of a failure.
"""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from celeriac.engine.actor import CODE, Action
from celeriac.engine.errors import Conflict
from celeriac.engine.operations.context import OperationContext
from celeriac.engine.operations.decide import Decisions
from celeriac.engine.operations.marks import LETTERS, mark_step
from celeriac.engine.operations.retry import plan_retry, start_retry
from celeriac.engine.settings import Settings
from celeriac.engine.store.orders import DecideOrder, Order, PublishOrder
from celeriac.engine.store.store import Store
from celeriac.engine.store.transitions import Claim
from celeriac.engine.workflows.conditions.conditions import Undecidable, choose
from celeriac.engine.workflows.definition.definition import (
    WorkflowDefinition,
    WorkflowStep,
    define_workflow,
)
from celeriac.engine.workflows.progress.units import index_of, item_of
from tests.model.flow import Flow
from tests.model.following import ERROR
from tests.support.counts import FULL, seeds
from tests.support.invariants import violations_in

WORKER = "w@test#1"
TRIGGERS = ["none_failed"] * 4 + ["all_success", "any_success", "any_failure", "all_done", "always"]
#: Parts, which several processes share, and workflows of each.
PARTS, EACH, FULL_EACH = 4, 100, 5_000
#: How often somebody requests a cancellation instead of going on.
CANCELLED = 0.03


@pytest.mark.sampled
@pytest.mark.timeout(0 if FULL else 600)
@pytest.mark.parametrize("part", range(PARTS))
def test_the_engine_decides_as_the_model_when_workflows_are_drawn(settings: Settings, part: int) -> None:
    store = Store(settings)
    for number, seed in enumerate(seeds(EACH, full=FULL_EACH, begin=part * EACH)):
        Trial(store, seed).play()
        if number % 25 == 24:
            assert violations_in(store) == []
            forget_all(store)
    store.transitions.retire_worker(WORKER)
    store.close()


def forget_all(store: Store) -> None:
    ids = [name.decode() for name in store.client.zrange(store.keys.index_all(), 0, -1)]
    assert set(store.transitions.delete_executions(ids)) == {"deleted"}


class Trial:
    """One drawn workflow, executed to its end and perhaps taken up again, in a drawn order."""

    def __init__(self, store: Store, seed: int) -> None:
        self.store, self.seed, self.dice = store, seed, random.Random(seed)
        self.definition, self.input = draw(self.dice, f"drawn{seed}")
        self.orders: list[Order] = []
        self.held: list[Claim] = []

    def play(self) -> None:
        store = self.store
        store.definitions.publish_definition(self.definition, "code")
        created = store.transitions.create_execution(
            self.definition, json.dumps(self.input).encode(), labels={}, note=""
        )
        self.execution_id = created.execution_id
        self.flow = Flow(
            self.definition, verdicts(self.definition, self.input), lists(self.definition, self.input)
        )
        self.orders += created.orders
        self.go_on()
        for _ in range(self.dice.choice([0, 1, 1, 2])):
            self.take_up()
            self.go_on()

    def go_on(self) -> None:
        """In any order, until nothing is left to do."""
        self.compare()
        while self.orders or self.held:
            if self.dice.random() < CANCELLED and set(self.flow.letters) & set("puqr"):
                self.cancel()
            elif self.orders and (not self.held or self.dice.random() < 0.5):
                order = self.orders.pop(self.dice.randrange(len(self.orders)))
                if isinstance(order, DecideOrder):
                    self.decide(order)
                else:
                    self.start(order)
            else:
                self.end(self.held.pop(self.dice.randrange(len(self.held))))
            self.compare()
        status = self.store.reader.read(self.execution_id)[0].text(b"st")
        ended = "failure" if "f" in self.flow.letters else "success"
        assert status == ("cancelled" if self.flow.cancelled else ended), self.where()

    def cancel(self) -> None:
        _, orders = self.store.transitions.cancel_execution(self.execution_id)
        if not self.flow.cancelled:
            self.flow.cancel()
        self.orders += orders

    def decide(self, order: DecideOrder) -> None:
        self.orders += Decisions(self.store.reader, self.store.transitions).decide(order)
        self.flow.decide(index_of(order.unit))

    def start(self, order: PublishOrder) -> None:
        claim = self.store.transitions.claim_step(
            order.execution_id, order.unit, order.attempt, f"task.{self.dice.random()}", WORKER
        )
        index, item = index_of(order.unit), item_of(order.unit)
        letter = self.flow.letters[index] if item is None else self.flow.items[index][item]
        assert isinstance(claim, Claim) is (letter == "q"), f"{order} {claim} {self.where()}"
        if isinstance(claim, Claim):
            self.held.append(claim)
            self.flow.start(index, item)

    def end(self, claim: Claim) -> None:
        index, item = index_of(claim.unit), item_of(claim.unit)
        step = self.definition.steps[index]
        result = {"pick": self.dice.choice("abc"), "list": [0] * self.dice.randrange(3)}
        if self.dice.random() < 0.1:
            del result["pick"]
        if self.dice.random() < 0.25:
            self.fail(claim, index, item)
            return
        rejected: dict[int, str] = {}
        if step.branch:
            try:
                choice = choose(step.branch, result, self.input)
            except Undecidable:
                self.fail(claim, index, item)
                return
            rejected = {self.definition.index_of(name): reason for name, reason in choice.rejected.items()}
        outcome, orders, _ = self.store.transitions.complete_step(
            claim, json.dumps(result).encode(), rejected
        )
        assert outcome == "success", self.where()
        self.flow.succeed(index, item, set(rejected), len(result["list"]))
        self.orders += orders

    def fail(self, claim: Claim, index: int, item: int | None) -> None:
        outcome, orders, _ = self.store.transitions.fail_step(
            claim.execution_id, claim.unit, claim.attempt, claim.claim,
            kind="error", retry_in=None, uses_attempt=True, error=ERROR, traceback="", stopped=True,
        )  # fmt: skip
        is_cancelled = self.flow.ends_cancelled(self.definition.steps[index])
        assert outcome == ("cancelled" if is_cancelled else "failure"), self.where()
        self.flow.fail(index, item)
        self.orders += orders

    def take_up(self) -> None:
        """A retry, a re-run from a step, or an end by hand."""
        orders: list[Order] = []
        context = OperationContext(
            self.store, self.store.settings, dispatch=orders.extend, stop=lambda stops: None
        )
        names = [step.name for step in self.definition.steps]
        try:
            if self.dice.random() < 0.5:
                plan = plan_retry(context, self.execution_id, self.dice.choice([None, *names]))
                self.orders, self.held = [], []
                start_retry(context, plan)
                self.flow.again(plan.again, {})
            else:
                name, action = self.dice.choice(names), self.dice.choice([Action.SUCCEED, Action.SKIP])
                index = self.definition.index_of(name)
                again = plan_retry(context, self.execution_id).again
                mark_step(context, CODE, action, self.execution_id, name, "because")
                self.flow.again(
                    {i: keeps for i, keeps in again.items() if i != index}, {index: LETTERS[action]}
                )
        except Conflict:
            return
        self.orders += orders

    def compare(self) -> None:
        record, _ = self.store.reader.read(self.execution_id)
        assert record.vector == self.flow.vector, f"{record.vector} in the store; {self.where()}"
        for index, letters in self.flow.items.items():
            assert record.text(f"v{index}".encode()) == "".join(letters), self.where()

    def where(self) -> str:
        return (
            f"seed {self.seed}: {self.flow.vector} {self.flow.items} {self.definition.to_json()} {self.input}"
        )


def verdicts(definition: WorkflowDefinition, given: dict[str, Any]) -> dict[int, bool | None]:
    return {step.index: given.get(f"if_{step.name}") for step in definition.steps if step.only_if is not None}


def lists(definition: WorkflowDefinition, given: dict[str, Any]) -> dict[int, int]:
    mapped = [step for step in definition.steps if step.map_over is not None]
    return {step.index: len(given[f"list_{step.name}"]) for step in mapped}


def draw(dice: random.Random, workflow_id: str) -> tuple[WorkflowDefinition, dict[str, Any]]:
    """A workflow of two to eight steps, and an input that decides its conditions."""
    steps: list[WorkflowStep] = []
    given: dict[str, Any] = {}
    for number in range(dice.randint(2, 8)):
        name = f"s{number}"
        before = [step.name for step in steps]
        step = WorkflowStep(
            name,
            "noop",
            depends_on=sorted(dice.sample(before, min(len(before), dice.choice([0, 1, 1, 2, 3])))),
        )
        step.allow_failure = dice.random() < 0.2
        if step.depends_on:
            step.trigger = dice.choice(TRIGGERS)
        if dice.random() < 0.2:
            step.only_if = {"type": "value_equals", "params": {"field": f"input.if_{name}", "value": True}}
            if (verdict := dice.choice([True, True, False, None])) is not None:
                given[f"if_{name}"] = verdict
        if dice.random() < 0.2:
            plain = [each.name for each in steps if each.name in step.depends_on and each.map_over is None]
            source = dice.choice(plain) if plain and dice.random() < 0.5 else "input"
            step.map_over = f"input.list_{name}" if source == "input" else f"{source}.list"
            given[f"list_{name}"] = [0] * dice.randrange(4)
            step.max_parallel = dice.choice([None, None, 1, 2])
        steps.append(step)
    taken: set[str] = set()
    for number, branch in enumerate(steps):
        free = [step.name for step in steps[number + 1 :] if step.name not in taken]
        if branch.map_over is None and free and dice.random() < 0.25:
            targets = dice.sample(free, min(len(free), 2))
            taken.update(targets)
            branch.conditions = {
                letter: {"type": "value_equals", "params": {"field": "pick", "value": letter}, "task": target}
                for letter, target in zip("ab", targets, strict=False)
            }
            if dice.random() < 0.3:
                branch.conditions["default"] = {"task": targets[-1]}
    return define_workflow(workflow_id, steps, on_failure=dice.choice(["stop", "continue"])), given
