"""Any number of reconcilers may look at the clock at once: the scripts decide, not the caller."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.settings import Settings
from tests.conftest import opened_engine
from tests.support.executions import statuses, wait_until_ended
from tests.support.waiting import eventually
from tests.support.workers import Worker
from tests.support.workflows import layered


def test_every_transition_happens_once_when_three_reconcilers_pay_no_heed_to_each_other(
    engine: WorkflowEngine, worker: Worker, settings: Settings, tmp_path: Path
) -> None:
    steps = layered(4, 3)
    for each in steps:
        each.task_name, each.parameters, each.retry_count = "sleep", {"seconds": 0.05}, 20
    engine.register_workflow("crowded", steps)
    with contextlib.ExitStack() as stack:
        for _ in range(3):
            reconciler = stack.enter_context(opened_engine(settings)).start_reconciler()
            stack.callback(reconciler.stop)
        ids = [engine.execute_workflow("crowded", {}) for _ in range(4)]
        killed: set[int] = set()

        def all_ended() -> bool:
            """all executions have succeeded"""
            # Without this time every reconciler does the whole work, as if it had stolen the others' turn.
            engine.store.client.hdel(engine.store.keys.meta(), "last_tick")
            children = [pid for pid in worker.children() if pid not in killed]
            if len(killed) < 4 and children:
                killed.add(children[0])
                with contextlib.suppress(ProcessLookupError):
                    os.kill(children[0], signal.SIGKILL)
            return engine.executions.count()["success"] == len(ids)

        eventually(all_ended, within=90, every=0.1)
    for execution_id in ids:
        execution = wait_until_ended(engine, execution_id)
        ends = [e["step"] for e in engine.executions.events(execution_id) if e["event"] == "step_success"]
        assert sorted(ends) == sorted(statuses(execution))
