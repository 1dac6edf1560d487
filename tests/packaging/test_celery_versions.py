"""A core installation, without extras, runs a workflow on the oldest and the newest Celery that may be installed."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.packaging.conftest import install, make_environment
from tests.packaging.test_wheel import EXTRA_PACKAGES
from tests.support.processes import LoggedProcess, child_environment
from tests.support.servers import StoreServer
from tests.support.waiting import ROOM

WORKFLOW = """
from celeriac import WorkflowStep, workflow_engine

workflow_engine.register_workflow(
    "smoke",
    [
        WorkflowStep("first", "echo", {"word": "one"}),
        WorkflowStep("second", "echo", {"word": "two"}, depends_on=["first"]),
        WorkflowStep("flaky", "fail", {"message": "once", "times": 1}, depends_on=["first"]),
    ],
)
"""


@pytest.fixture(params=["celery[redis]==5.5.3", "celery[redis]==5.6.3", "celery[redis]"])
def core(request: pytest.FixtureRequest, wheel: Path, tmp_path: Path) -> Path:
    """The interpreter of an environment with the wheel and that Celery, all from the package index."""
    python = make_environment(tmp_path)
    install(python, str(wheel), request.param)
    return python


@pytest.fixture
def environment(store_server: StoreServer, tmp_path: Path) -> dict[str, str]:
    (tmp_path / "smoke.py").write_text(WORKFLOW)
    return {
        "CELERIAC_REDIS_URL": store_server.url,
        "CELERIAC_NAMESPACE": f"t-{tmp_path.name[-20:]}".replace("_", "-"),
        "CELERIAC_WORKFLOWS": "smoke",
        "CELERIAC_DATA_DIR": str(tmp_path / "data"),
        "CELERIAC_RETRY_BASE": "0.05",
        "PYTHONPATH": str(tmp_path),
    }


@pytest.fixture
def worker(core: Path, environment: dict[str, str], tmp_path: Path) -> Iterator[LoggedProcess]:
    started = LoggedProcess(
        [str(core), "-m", "celeriac", "worker", "-c", "1"],
        name="worker",
        log_file=tmp_path / "worker.log",
        environment=child_environment(environment),
        directory=tmp_path,
    )
    started.wait_for_log("ready", within=90)
    yield started
    started.stop(within=30)


@pytest.mark.timeout(400)
@pytest.mark.usefixtures("worker")
def test_a_workflow_succeeds_when_only_the_core_is_installed(
    core: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    launch = ["-m", "celeriac", "launch", "smoke", "--watch", "--json"]
    launched = _run(core, launch, environment, tmp_path)
    execution_id = json.loads(launched.splitlines()[0])["execution_id"]
    shown = json.loads(_run(core, ["-m", "celeriac", "show", execution_id, "--json"], environment, tmp_path))
    listed = json.loads(_run(core, ["-m", "pip", "list", "--format", "json"], environment, tmp_path))

    attempts = {step["name"]: step["attempt"] for step in shown["steps"]}
    assert (shown["status"], attempts) == ("success", {"first": 1, "second": 1, "flaky": 2})
    assert {package["name"].lower() for package in listed} & EXTRA_PACKAGES == set()


def test_the_missing_extra_is_named_when_the_dashboard_is_not_installed(
    installed: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    hide = "import sys; sys.modules.update(dict.fromkeys(['starlette', 'uvicorn', 'jinja2', 'fpdf']))"
    program = f"{hide}; from celeriac.__main__ import main; sys.exit(main([sys.argv[1]]))"

    for command in ("web", "up"):
        done = subprocess.run(
            [installed, "-c", program, command],
            env=child_environment(environment),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 2, done.stderr
        assert "pip install 'celeriac[web]'" in done.stderr
        assert "Traceback" not in done.stderr


def _run(python: Path, arguments: list[str], environment: dict[str, str], folder: Path) -> str:
    done = subprocess.run(
        [python, *arguments],
        env=child_environment(environment),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120 * ROOM,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
