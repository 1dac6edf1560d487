"""The attempts of a step, read from its state where that has them, are those of its log."""

from __future__ import annotations

import pytest

from celeriac.engine.settings import Settings
from celeriac.engine.store.read.steps import attempt_views, only_attempt
from celeriac.engine.store.store import Store
from celeriac.engine.workflows.progress.attempts import StepHistory, fold_histories
from celeriac.engine.workflows.progress.units import index_of, item_of, item_unit
from tests.model.test_decisions import WORKER, Trial
from tests.support.counts import FULL, how_many, seeds

EACH, FULL_EACH = 40, 1_000


class ReadTrial(Trial):
    """A drawn workflow; every unit's attempts are read in both ways now and then."""

    def __init__(self, store: Store, seed: int) -> None:
        super().__init__(store, seed)
        self.short = 0

    def compare(self) -> None:
        super().compare()
        if self.dice.random() > 0.3:
            return
        reader = self.store.reader
        record, events = reader.events(self.execution_id, 0, 100_000)
        histories = fold_histories(events)
        for unit in self._units():
            step = record.definition.steps[index_of(unit)]
            is_mapped = step.map_over is not None and item_of(unit) is None
            state = reader.unit_state(self.execution_id, unit)
            attempts = only_attempt(record.letter_of(unit), state, is_mapped=is_mapped)
            if attempts is None:
                continue
            self.short += 1
            logged = histories.get(unit, StepHistory()).attempts
            assert attempt_views(attempts, record) == attempt_views(logged, record), f"{unit}: {self.where()}"

    def _units(self) -> list[str]:
        record, _ = self.store.reader.read(self.execution_id)
        steps = range(len(record.definition.steps))
        items = [item_unit(index, item) for index in steps for item in range(len(record.items(index)))]
        return [*map(str, steps), *items]


@pytest.mark.sampled
@pytest.mark.timeout(0 if FULL else 600)
def test_attempts_of_a_state_are_those_of_the_log_when_workflows_are_drawn(settings: Settings) -> None:
    store, short = Store(settings), 0
    for seed in seeds(EACH, full=FULL_EACH, begin=30_000):
        trial = ReadTrial(store, seed)
        trial.play()
        short += trial.short
    store.transitions.retire_worker(WORKER)
    store.close()

    assert short > 10 * how_many(EACH, full=FULL_EACH)  # or nothing was read from states
