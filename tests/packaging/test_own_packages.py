"""Celeriac runs in a project that has packages called `web`, `engine` and `tests` of its own."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

import pytest

from tests.support.processes import LoggedProcess, child_environment, free_port
from tests.support.waiting import ROOM

TASKS = """
from celeriac import WorkflowStep, task, workflow_engine


@task(name="web.tasks.double")
def double(input):
    return {"doubled": input["number"] * 2}


workflow_engine.register_workflow("doubling", [WorkflowStep("double", "web.tasks.double")])
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with packages of the names that Celeriac's source folders have."""
    for name in ("web", "engine", "tests"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(f'OWNER = "the project, {name}"\n')
    (tmp_path / "web" / "tasks.py").write_text(TASKS)
    return tmp_path


@pytest.mark.timeout(240)
def test_commands_work_when_the_folder_has_packages_web_engine_and_tests(
    project: Path, installed: Path
) -> None:
    settings = {
        "CELERIAC_WORKFLOWS": "web.tasks",
        "CELERIAC_DATA_DIR": str(project / "data"),
        "CELERIAC_PORT": str(free_port()),
        "CELERIAC_CONCURRENCY": "1",
        "PYTHONPATH": str(project),
    }
    command = installed.with_name("celeriac")

    def call(*arguments: str) -> str:
        done = subprocess.run(
            [command, *arguments],
            cwd=project,
            env=child_environment(settings),
            capture_output=True,
            text=True,
            check=False,
            timeout=120 * ROOM,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    up = _start(project, [str(installed), "-m", "celeriac", "up"], settings)
    try:
        up.wait_for_log(f"http://127.0.0.1:{settings['CELERIAC_PORT']}", within=60)
        worker = _start(project, [str(command), "worker", "-n", "second@%h"], settings)
        worker.wait_for_log("ready", within=60)

        launched = call("launch", "doubling", "--input", '{"number": 21}', "--watch", "--json")
        execution_id = json.loads(launched.splitlines()[0])["execution_id"]
        shown = json.loads(call("show", execution_id, "--json"))
        findings = json.loads(call("doctor", "--json"))

        assert shown["status"] == "success"
        assert shown["result"] == {"double": {"doubled": 42}}
        assert findings["healthy"]
        worker.stop(within=30)
        up.signal(signal.SIGINT)
        assert up.wait_until_ended(within=30) == 0
    finally:
        up.stop(within=20)
        worker.kill()


def _start(project: Path, command: list[str], settings: dict[str, str]) -> LoggedProcess:
    name = command[-1] if command[-1] == "up" else "worker"
    return LoggedProcess(
        command,
        name=name,
        log_file=project / f"{name}.log",
        environment=child_environment(settings),
        directory=project,
    )
