"""Whoever follows an execution by its log sees what one sees who reads all of it."""

from __future__ import annotations

import pytest

from celeriac.engine.settings import Settings
from celeriac.engine.store.store import Store
from tests.model.following import Follower
from tests.model.test_decisions import WORKER, Trial, forget_all
from tests.support.counts import FULL, how_many, seeds

PARTS, EACH, FULL_EACH = 2, 50, 1_000


class FollowedTrial(Trial):
    """A drawn workflow with its branches, lists, failures, marks and further rounds, followed now and then."""

    def __init__(self, store: Store, seed: int) -> None:
        super().__init__(store, seed)
        self.follower = Follower(store)

    def compare(self) -> None:
        super().compare()
        if self.dice.random() < 0.6:
            assert self.follower.differences(self.execution_id) == [], self.where()


@pytest.mark.sampled
@pytest.mark.timeout(0 if FULL else 600)
@pytest.mark.parametrize("part", range(PARTS))
def test_following_gives_what_reading_gives_when_workflows_are_drawn(settings: Settings, part: int) -> None:
    store = Store(settings)
    followed = 0
    for number, seed in enumerate(seeds(EACH, full=FULL_EACH, begin=10_000 + part * EACH)):
        trial = FollowedTrial(store, seed)
        trial.play()
        followed += trial.follower.followed
        if number % 25 == 24:
            forget_all(store)
    store.transitions.retire_worker(WORKER)
    store.close()

    assert followed > 3 * how_many(EACH, full=FULL_EACH)  # or nothing was shown
