"""A store that goes by a clock of the test's own, for tests of single transitions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from celeriac.engine.settings import Settings
from celeriac.engine.store.store import Store
from celeriac.engine.store.transitions import Claim, Created, Transitions
from celeriac.engine.workflows.definition.definition import WorkflowStep, define_workflow
from tests.model.clock import Clock, ClockedScripts, clocked_store

WORKER = "w@test#1"


@dataclass
class Bench:
    """The store, its clock, and what the tests do most."""

    store: Store
    scripts: ClockedScripts
    clock: Clock

    @property
    def transitions(self) -> Transitions:
        return self.store.transitions

    def launch(self, steps: list[WorkflowStep], key: str = "") -> Created:
        definition = define_workflow("bench", steps)
        self.store.definitions.publish_version(definition)
        return self.transitions.create_execution(definition, b"{}", labels={}, note="", key_hash=key)

    def claim(self, created: Created, name: str = "task.n") -> Claim:
        message = created.orders[0]
        claim = self.transitions.claim_step(message.execution_id, message.unit, message.attempt, name, WORKER)
        assert isinstance(claim, Claim), claim
        return claim

    def fail(self, claim: Claim, kind: str = "error", *, stopped: bool = True) -> str:
        outcome, _, _ = self.transitions.fail_step(
            claim.execution_id, claim.unit, claim.attempt, claim.claim,
            kind=kind, retry_in=None, uses_attempt=True, error=b"{}", traceback="", stopped=stopped,
        )  # fmt: skip
        return outcome

    def status(self, execution_id: str) -> str:
        return self.store.reader.read(execution_id)[0].text(b"st")

    def tick_after(self, ms: int) -> list[str]:
        """The kinds of the ends that a tick hands out after so long, with ticks in between as in a healthy system."""
        quiet = round(self.store.settings.lease * 250)
        while ms > quiet:
            self.clock.advance(quiet)
            self.transitions.tick()
            ms -= quiet
        self.clock.advance(ms)
        return [end.kind for end in self.transitions.tick().ends]


@pytest.fixture(params=[200, 1], ids=["at once", "in slices"])
def bench(settings: Settings, request: pytest.FixtureRequest) -> Iterator[Bench]:
    clock = Clock()
    store, scripts = clocked_store(settings, clock, request.param)
    bench = Bench(store, scripts, clock)
    bench.transitions.tick()
    yield bench
    store.close()
