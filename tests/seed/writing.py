"""Writes ended executions through the store's own transitions, in several processes. No Celery takes part."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from multiprocessing import get_context

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.settings import Settings
from celeriac.engine.store.archive import BATCH
from celeriac.engine.store.orders import Order, PublishOrder
from celeriac.engine.store.output import Output
from celeriac.engine.store.store import Store
from celeriac.engine.store.transitions import Claim, Transitions
from celeriac.engine.workflows.definition.definition import WorkflowDefinition
from celeriac.engine.workflows.progress.output import Line, Progress
from tests.seed.fates import WORKERS, WORKFLOWS, Fate, draw
from tests.seed.pipelined import pipelined

PROCESSES = 2
TOGETHER = 100  # executions under way in one process
CHUNK = 1_000  # executions written in one task of a process
#: Room for all messages of executions under way, so that each script returns those of its own execution.
WINDOW = 10_000


def publish_workflows(settings: Settings) -> None:
    """Publishes the seeded workflows."""
    engine = WorkflowEngine(settings)
    for workflow_id, (_, steps) in WORKFLOWS.items():
        engine.register_workflow(workflow_id, steps)
    engine.publish_workflows()
    engine.store.close()


def write(settings: Settings, count: int, *, seed: int, archived: bool) -> Iterator[int]:
    """Writes so many ended executions of the published workflows; yields how many there are, from time to time."""
    starts = range(0, count, CHUNK)
    sizes = [min(CHUNK, count - start) for start in starts]
    job = partial(write_chunk, settings, seed, archived)
    done = 0
    with ProcessPoolExecutor(PROCESSES, get_context("spawn")) as pool:
        for written in pool.map(job, starts, sizes):
            done += written
            yield done


def write_chunk(settings: Settings, seed: int, archived: bool, start: int, count: int) -> int:
    """Writes `count` executions, numbered from `start`; returns `count`."""
    store = Store(replace(settings, window=WINDOW))
    scripts, transitions = pipelined(store)
    writer = Writer(transitions, Output(store.client, store.keys, scripts), _definitions(store))
    choose = random.Random(f"{seed} {start}")
    jobs = (partial(writer.play, draw(choose, number)) for number in range(start, start + count))
    scripts.run(jobs, together=TOGETHER)
    if archived:
        for at in range(0, count, BATCH):
            store.archive.archive_executions(writer.execution_ids[at : at + BATCH])
    store.close()
    return count


def _definitions(store: Store) -> dict[str, WorkflowDefinition]:
    return {workflow_id: store.definitions.current(workflow_id)[0] for workflow_id in WORKFLOWS}


class Writer:
    """Launches executions and plays the workers' part until they have ended."""

    def __init__(
        self, transitions: Transitions, output: Output, definitions: dict[str, WorkflowDefinition]
    ) -> None:
        self._transitions, self._output, self._definitions = transitions, output, definitions
        self.execution_ids: list[str] = []  # of those that have ended

    def play(self, fate: Fate) -> None:
        """One execution, from its launch to its end."""
        definition = self._definitions[fate.workflow_id]
        created = self._transitions.create_execution(
            definition, fate.input, labels=fate.labels, note=fate.note
        )
        self._work_off(created.orders, fate)
        if fate.is_resumed:
            again = dict.fromkeys(range(fate.fails_at, len(definition.steps)), False)
            _, orders = self._transitions.resume_execution(created.execution_id, 1, again, None)
            self._work_off(orders, replace(fate, fails_at=-1))
        if fate.is_pinned:
            self._transitions.pin_execution(created.execution_id, True)
        self.execution_ids.append(created.execution_id)

    def _work_off(self, orders: Sequence[Order], fate: Fate) -> None:
        left = list(orders)
        while left:
            order = left.pop(0)
            assert isinstance(order, PublishOrder), order
            worker = WORKERS[fate.number % len(WORKERS)]
            name = f"{fate.number:08x}-5eed-4000-8000-{order.attempt:012x}.{int(order.unit):08x}"
            claim = self._transitions.claim_step(order.execution_id, order.unit, order.attempt, name, worker)
            if isinstance(claim, Claim):  # refused where a failure of another step has ended it
                left += self._end(claim, fate)

    def _end(self, claim: Claim, fate: Fate) -> Sequence[Order]:
        unit = int(claim.unit)
        if unit == fate.speaks_at:
            self._speak(claim, fate)
        if unit == fate.cancelled_at:
            self._transitions.cancel_execution(claim.execution_id)
            return self._fail(claim, fate, "interrupted", None)
        if unit == fate.again_at and claim.attempt == 1:
            return self._fail(claim, fate, fate.failure[0], 0.0)
        if unit == fate.fails_at:
            return self._fail(claim, fate, fate.failure[0], None)
        return self._transitions.complete_step(claim, fate.result_of(claim.unit)).orders

    def _fail(self, claim: Claim, fate: Fate, kind: str, retry_in: float | None) -> Sequence[Order]:
        error, traceback = fate.error()
        ended = self._transitions.fail_step(
            claim.execution_id, claim.unit, claim.attempt, claim.claim,
            kind=kind, retry_in=retry_in, uses_attempt=True, error=error, traceback=traceback, stopped=True,
        )  # fmt: skip
        return ended.orders

    def _speak(self, claim: Claim, fate: Fate) -> None:
        ms = fate.number * 1_000
        lines = [Line(ms + n, claim.attempt, "IIIW"[n % 4], f"read {n * 500} rows") for n in range(6)]
        progress = Progress(ms, claim.attempt, 0.5, "half of the file")
        self._output.write_output(claim.execution_id, claim.unit, lines, progress)


def retire_workers(settings: Settings) -> None:
    """Removes the workers that the writers were."""
    store = Store(settings)
    for worker in WORKERS:
        store.transitions.retire_worker(worker)
    store.close()


def seed(
    settings: Settings,
    count: int,
    *,
    seed: int = 0,
    archived: bool = True,
    report: Callable[[int], object] = id,
) -> None:
    """Fills the namespace with so many ended executions, archived as they would be after a minute.

    `report` is called with their number as it grows.
    """
    publish_workflows(settings)
    for done in write(settings, count, seed=seed, archived=archived):
        report(done)
    retire_workers(settings)
