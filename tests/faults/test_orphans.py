"""What a step has started is stopped with it, unless the step ended by itself."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.runtime.attempt.descendants import VARIABLE
from tests.support.executions import starts, wait_until_ended
from tests.support.program_tasks import PROGRAMS
from tests.support.waiting import eventually
from tests.support.workers import Worker
from tests.support.workflows import single

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="processes are found by /proc")


def programs(here: Path) -> list[int]:
    """The living programs of attempts that leave their marks in this directory."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            variables = (entry / "environ").read_bytes()
            is_dead = (entry / "stat").read_text().rpartition(")")[2].split()[0] in "ZX"
        except OSError:
            continue
        if f"MARKS={here}/".encode() in variables and f"{VARIABLE}=".encode() in variables and not is_dead:
            found.append(int(entry.name))
    return found


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    for pid in programs(tmp_path):
        os.kill(pid, signal.SIGKILL)


def launch(
    engine: WorkflowEngine,
    here: Path,
    way: str,
    *,
    timeout: int = 300,
    retry_count: int = 0,
    **parameters: bool,
) -> str:
    given = {"way": way, "marks": str(here / "marks"), **parameters}
    steps = single("tests.start_program", retry_count=retry_count, timeout=timeout, parameters=given)
    engine.register_workflow("programs", steps)
    execution_id = engine.execute_workflow("programs", {})
    eventually(lambda: starts(here / "marks") == 1)
    return execution_id


@pytest.mark.parametrize("way", PROGRAMS)
def test_programs_of_a_step_are_stopped_when_it_is_cancelled(
    here: Path, engine: WorkflowEngine, worker: Worker, way: str
) -> None:
    execution_id = launch(engine, here, way)
    assert programs(here)

    engine.cancel_workflow(execution_id)

    assert wait_until_ended(engine, execution_id)["status"] == "cancelled"
    assert programs(here) == []


@pytest.mark.parametrize("deaf", [False, True], ids=["soft limit", "hard limit"])
@pytest.mark.parametrize("way", ["plain", "shell"])
def test_programs_of_a_step_are_stopped_when_it_runs_too_long(
    here: Path, engine: WorkflowEngine, worker: Worker, way: str, deaf: bool
) -> None:
    execution_id = launch(engine, here, way, timeout=1, deaf=deaf)

    assert wait_until_ended(engine, execution_id)["status"] == "failure"
    assert programs(here) == []


def test_programs_of_a_step_are_stopped_when_it_is_killed_for_a_cancellation(
    here: Path, engine: WorkflowEngine, worker: Worker
) -> None:
    execution_id = launch(engine, here, "own session", deaf=True)

    engine.cancel_workflow(execution_id)

    assert wait_until_ended(engine, execution_id)["status"] == "cancelled"
    assert programs(here) == []


def test_programs_of_a_step_are_stopped_when_its_process_is_lost(
    here: Path, engine: WorkflowEngine, start_worker: Callable[..., Worker]
) -> None:
    worker = start_worker("-c", "1")
    execution_id = launch(engine, here, "own session")

    for pid in worker.children():
        os.kill(pid, signal.SIGKILL)

    assert wait_until_ended(engine, execution_id)["status"] == "failure"
    eventually(lambda: programs(here) == [])


def test_programs_of_a_step_are_stopped_when_its_worker_is_lost(
    here: Path, engine: WorkflowEngine, start_worker: Callable[..., Worker]
) -> None:
    worker = start_worker("-c", "1")
    launch(engine, here, "shell", retry_count=1)
    children = worker.children()

    os.kill(worker.pid, signal.SIGKILL)

    eventually(lambda: programs(here) == [])
    eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in children))
    engine.cancel_workflow(engine.executions.active()[0])
    start_worker("-c", "1")
    eventually(lambda: not engine.executions.active())


def test_a_program_lives_on_when_its_step_ended_by_itself(
    here: Path, engine: WorkflowEngine, worker: Worker
) -> None:
    execution_id = launch(engine, here, "plain", wait=False)

    assert wait_until_ended(engine, execution_id)["status"] == "success"
    assert len(programs(here)) == 1
