"""`celeriac up` with its real parts: ready means ready, nothing stays, nothing is lost over a restart."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from celeriac.supervision.identity import read_records
from tests.faults.conftest import READY, is_gone
from tests.faults.waiting_workflow import PLACE
from tests.support.executions import starts
from tests.support.processes import PROJECT, LoggedProcess, child_environment, free_port, python_command
from tests.support.waiting import ROOM, eventually

ENDED = ("success", "failure", "cancelled")


class Up:
    """`celeriac up` in a directory of its own; `start` may be called again after it ended."""

    def __init__(self, directory: Path) -> None:
        self.directory, self.data_dir, self.port = directory, directory / "data", free_port()
        self.started: list[LoggedProcess] = []

    @property
    def process(self) -> LoggedProcess:
        return self.started[-1]

    def start(
        self, variables: Mapping[str, str] | None = None, *, ready: bool = True, module: str = "celeriac"
    ) -> Up:
        environment = {
            "CELERIAC_DATA_DIR": str(self.data_dir),
            "CELERIAC_PORT": str(self.port),
            "CELERIAC_WORKFLOWS": "celeriac.examples,tests.faults.waiting_workflow",
            PLACE: str(self.directory),
            **(variables or {}),
        }
        name = f"up-{len(self.started)}"
        command = python_command("-m", module, "up")
        log_file = self.directory / f"{name}.log"
        process = LoggedProcess(
            command, name=name, log_file=log_file, environment=child_environment(environment)
        )
        self.started.append(process)
        if ready:
            process.wait_for_log(READY, within=60)
        return self

    def pids(self) -> dict[str, int]:
        return {record.name: record.pid for record in read_records(self.data_dir / "children.json")}

    def kill_again_and_again(self, name: str, *, times: int) -> None:
        """Kill each process of that part once, as soon as it has been started."""
        killed: int | None = None
        for _ in range(times):
            killed = eventually(lambda: self._other_pid(name, killed))  # noqa: B023  called at once
            os.kill(killed, signal.SIGKILL)
        eventually(lambda: self._other_pid(name, killed))

    def _other_pid(self, name: str, than: int | None) -> int:
        pid = self.pids().get(name)
        assert pid not in (None, than), f"{name} has not been started again"
        return int(pid or 0)

    def launch(self, workflow_id: str, given: dict[str, Any]) -> str:
        path = f"/api/v1/workflows/{workflow_id}/executions"
        answer = httpx.post(f"http://127.0.0.1:{self.port}{path}", json={"input": given}, timeout=10 * ROOM)
        assert answer.status_code == 201, answer.text
        execution_id: str = answer.json()["execution_id"]
        return execution_id

    def launch_by_command(self, workflow_id: str) -> str:
        """A launch that needs no web process."""
        launched = subprocess.run(
            python_command("-m", "celeriac", "launch", workflow_id),
            capture_output=True,
            text=True,
            cwd=PROJECT,
            env=child_environment({"CELERIAC_DATA_DIR": str(self.data_dir)}),
        )
        assert launched.returncode == 0, launched.stderr
        return launched.stdout.strip()

    def example_input(self, workflow_id: str) -> dict[str, Any]:
        """What the launch form starts with."""
        view = httpx.get(
            f"http://127.0.0.1:{self.port}/api/v1/workflows/{workflow_id}", timeout=10 * ROOM
        ).json()
        example: dict[str, Any] = view["example_input"]
        return example

    def attempts(self, execution_id: str, step: str) -> list[dict[str, Any]]:
        path = f"/api/v1/executions/{execution_id}/steps/{step}"
        answer = httpx.get(f"http://127.0.0.1:{self.port}{path}", timeout=10 * ROOM).json()
        attempts: list[dict[str, Any]] = answer["attempts"]
        return attempts

    def look(self, execution_id: str) -> dict[str, Any]:
        """The execution; an `AssertionError`, so "not yet", while the web process does not answer."""
        try:
            answer = httpx.get(
                f"http://127.0.0.1:{self.port}/api/v1/executions/{execution_id}", timeout=10 * ROOM
            )
        except httpx.HTTPError as error:
            raise AssertionError(str(error)) from error
        assert answer.status_code == 200, answer.text
        view: dict[str, Any] = answer.json()
        return view

    def wait_until_ended(self, execution_id: str) -> dict[str, Any]:
        def ended() -> dict[str, Any]:
            view = self.look(execution_id)
            assert view["status"] in ENDED, view
            return view

        return eventually(ended, within=90)

    def let_go(self) -> None:
        """The step of the workflow `waiting` may end."""
        (self.directory / "go").touch()

    def wait_for_starts(self, number: int) -> None:
        eventually(lambda: starts(self.directory / "marks") >= number, within=60)


@pytest.fixture
def up() -> Iterator[Up]:
    with tempfile.TemporaryDirectory(prefix="up-", ignore_cleanup_errors=True) as name:
        up = Up(Path(name))
        yield up
        for process in up.started:
            process.stop(within=15)


def test_launches_succeed_when_the_url_is_printed(up: Up) -> None:
    up.start()
    examples = ("data_processing", "conditional_processing", "parallel_processing")

    ids = [up.launch(workflow_id, up.example_input(workflow_id)) for workflow_id in examples]

    assert [up.wait_until_ended(execution_id)["status"] for execution_id in ids] == ["success"] * 3
    assert f"http://127.0.0.1:{up.port}" in up.process.log()


def test_history_is_there_when_it_starts_again(up: Up) -> None:
    up.start()
    execution_id = up.launch("data_processing", {})
    ended = up.wait_until_ended(execution_id)
    pids = up.pids()
    up.process.signal(signal.SIGINT)
    assert up.process.wait_until_ended() == 0
    assert sorted(pids) == ["store", "web", "worker"]
    assert all(is_gone(pid) for pid in pids.values())

    up.start()

    assert up.look(execution_id) == ended


def test_running_step_is_run_again_when_stopped_in_the_middle(up: Up) -> None:
    up.start()
    execution_id = up.launch("waiting", {})
    up.wait_for_starts(1)
    up.process.signal(signal.SIGINT)
    assert up.process.wait_until_ended(within=30) == 0

    up.start()
    up.wait_for_starts(2)
    up.let_go()

    assert up.wait_until_ended(execution_id)["status"] == "success"
    first, second = up.attempts(execution_id, "only")
    assert first["error"]["kind"] == "interrupted"
    assert second["status"] == "success"


def test_running_step_is_run_again_when_stopped_at_once(up: Up) -> None:
    quick = {"CELERIAC_LEASE": "6", "CELERIAC_HEARTBEAT": "1"}
    up.start(quick)
    execution_id = up.launch("waiting", {})
    up.wait_for_starts(1)
    pids = up.pids()

    def ended_after_another_signal() -> bool:
        up.process.signal(signal.SIGINT)
        return not up.process.alive

    eventually(ended_after_another_signal, every=0.2)
    assert up.process.exit_status == 0
    assert all(is_gone(pid) for pid in pids.values())
    up.let_go()

    up.start(quick)

    assert up.wait_until_ended(execution_id)["status"] == "success"
    assert starts(up.directory / "marks") == 2


@pytest.mark.parametrize("name", ["store", "web"])
def test_execution_goes_on_when_a_part_is_killed(up: Up, name: str) -> None:
    up.start()
    execution_id = up.launch("waiting", {})
    up.wait_for_starts(1)

    os.kill(up.pids()[name], signal.SIGKILL)
    up.let_go()

    assert up.wait_until_ended(execution_id)["status"] == "success"
    assert starts(up.directory / "marks") == 1


def test_worker_takes_new_work_when_it_was_killed(up: Up) -> None:
    up.start()
    before = up.pids()["worker"]

    os.kill(before, signal.SIGKILL)
    execution_id = up.launch("data_processing", {})

    assert up.wait_until_ended(execution_id)["status"] == "success"
    assert up.pids()["worker"] != before


@pytest.mark.parametrize("name", ["web", "worker"])
def test_others_go_on_and_an_execution_ends_when_a_part_is_killed_ten_times(up: Up, name: str) -> None:
    up.start(module="tests.faults.quick_up")
    before = up.pids()

    up.kill_again_and_again(name, times=5)
    execution_id = up.launch_by_command("data_processing")
    up.kill_again_and_again(name, times=5)

    assert up.wait_until_ended(execution_id)["status"] == "success"
    others = {other: pid for other, pid in up.pids().items() if other != name}
    assert others == {other: pid for other, pid in before.items() if other != name}
    assert up.process.log().count(f"{name} was ended by SIGKILL; it starts again in ") == 10
    assert up.process.alive


def test_reason_is_shown_when_a_module_cannot_be_imported(up: Up) -> None:
    up.start({"CELERIAC_WORKFLOWS": "no_such_module"}, ready=False)

    up.process.wait_for_log("worker ended with status 2; it starts again in")
    assert "'no_such_module' cannot be imported" in up.process.log()
    assert READY not in up.process.log()


def test_nothing_is_started_when_the_given_store_does_not_answer(up: Up) -> None:
    up.start({"CELERIAC_REDIS_URL": f"redis://127.0.0.1:{free_port()}/0"}, ready=False)

    assert up.process.wait_until_ended(within=30) == 3
    assert "cannot be reached" in up.process.log()
    assert not list((up.data_dir / "logs").iterdir())


def test_given_store_is_used_when_one_is_set(up: Up, store_url: str) -> None:
    up.start({"CELERIAC_REDIS_URL": store_url, "CELERIAC_NAMESPACE": f"t-{up.port}"})

    assert sorted(up.pids()) == ["web", "worker"]
    assert up.wait_until_ended(up.launch("parallel_processing", {}))["status"] == "success"


@pytest.mark.parametrize(
    ("variables", "complaint"),
    [
        ({"CELERIAC_PORT": "eighty"}, "CELERIAC_PORT='eighty' is refused"),
        ({"CELERIAC_HOST": "0.0.0.0"}, "CELERIAC_HOST='0.0.0.0' is refused"),
        ({"CELERIAC_COLOUR": "red"}, "CELERIAC_COLOUR='red' is refused"),
    ],
)
def test_nothing_is_made_when_a_setting_is_refused(up: Up, variables: dict[str, str], complaint: str) -> None:
    up.start(variables, ready=False)

    assert up.process.wait_until_ended() == 2
    assert complaint in up.process.log()
    assert not up.data_dir.exists()
