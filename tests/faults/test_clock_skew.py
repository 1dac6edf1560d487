"""The clocks of workers may say what they like: all times and deadlines of the engine are the store's."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from celeriac.engine.engine import WorkflowEngine
from tests.project.checkout import ROOT
from tests.support.executions import starts, wait_until_ended
from tests.support.waiting import eventually
from tests.support.workers import Worker
from tests.support.workflows import step

#: Read by Python before anything else in a process whose PYTHONPATH leads here.
SKEWED = """
import time
import os
_time, _skew = time.time, float(os.environ["TESTS_CLOCK_SKEW"])
time.time = lambda: _time() + _skew
time.time_ns = lambda: int((_time() + _skew) * 1e9)
"""
#: What people read beside a step's progress; nothing is decided by it, and it is no part of the event log.
SHOWN_ONLY = ("engine/runtime/attempt/step_reports.py",)
LOCAL_CLOCKS = {"time.time", "time.time_ns", "datetime.now", "dt.datetime.now", "datetime.utcnow"}


@pytest.mark.parametrize("skew", [-18_000, -300, 300, 18_000], ids=lambda seconds: f"{seconds:+} s")
def test_nothing_is_lost_or_overdue_when_a_workers_clock_is_wrong(
    engine: WorkflowEngine,
    start_worker: Callable[..., Worker],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    skew: int,
) -> None:
    marks, gate = tmp_path / "marks", tmp_path / "gate"
    parameters = {"path": str(gate), "marks": str(marks)}
    waits = step("waits", "tests.wait_for_file", parameters=parameters, timeout=60)
    fails = step("fails", "tests.raise_error", after="waits", parameters={"marks": f"{marks}2", "times": 1})
    engine.register_workflow("skewed", [waits, fails])
    (tmp_path / "path").mkdir()
    (tmp_path / "path/sitecustomize.py").write_text(SKEWED)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "path"))
    monkeypatch.setenv("TESTS_CLOCK_SKEW", str(skew))
    worker = start_worker()
    execution_id = engine.execute_workflow("skewed", {})
    eventually(lambda: starts(marks) == 1)
    beats = engine.store.now() + 2_000  # two heartbeats and many ticks from now

    eventually(lambda: engine.store.now() > beats)
    assert [each["alive"] for each in engine.workers()] == [True]
    assert starts(marks) == 1
    gate.touch()

    execution = wait_until_ended(engine, execution_id)
    assert execution["status"] == "success"
    assert execution["duration"] is not None
    assert 0 < execution["duration"] < 300
    assert worker.alive


def local_clocks_in(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in LOCAL_CLOCKS:
            yield f"{path.relative_to(ROOT)}:{node.lineno} calls {ast.unparse(node.func)}()"


def test_no_local_clock_is_read_when_state_is_written() -> None:
    files = [*(ROOT / "engine/store").rglob("*.py"), *(ROOT / "engine/runtime").rglob("*.py")]

    assert len(files) > 20
    found = [call for path in files for call in local_clocks_in(path)]
    assert [call for call in found if not call.startswith(SHOWN_ONLY)] == []
