"""What the command line says before it needs a store: help, wrong usage, bad settings, no store."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.support.cases import check_each
from tests.support.command import Command, command
from tests.support.processes import PROJECT, child_environment, free_port, python_command

COMMANDS = (
    *("up", "web", "worker"),
    *("workflows", "launch"),
    *("executions", "show", "watch", "cancel", "retry", "skip", "succeed", "cleanup"),
)


@pytest.fixture
def call(tmp_path: Path) -> Command:
    return command({"CELERIAC_DATA_DIR": str(tmp_path / "data")})


def test_every_command_is_listed_when_help_is_asked_for(call: Command) -> None:
    shown = call("--help")

    assert shown.status == 0
    for name in COMMANDS:
        assert f" {name} " in shown.out


def test_every_command_explains_itself_when_help_is_asked_for(call: Command) -> None:
    def check(name: str) -> None:
        shown = call(name, "--help")

        assert shown.status == 0
        assert f"celeriac {name}" in shown.out

    check_each(COMMANDS, check)


def test_version_is_printed_when_asked_for(call: Command) -> None:
    assert call("--version").out.startswith("celeriac 0.")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["nonsense"], "nonsense"),
        (["launch"], "workflow_id"),
        (["executions", "--colour"], "--colour"),
        (["executions", "--limit", "many"], "--limit"),
        (["show"], "execution_id"),
        (["cleanup", "--max-age-hours", "old"], "--max-age-hours"),
        (["workflows", "nonsense"], "nonsense"),
        (["workflows", "put", "w"], "FILE"),
        (["workflows", "delete"], "workflow_id"),
        (["workflows", "put", "w", "/no/such/file"], "cannot read '/no/such/file'"),
        (["retry"], "execution_id"),
        (["retry", "x", "--dry-run", "--watch"], "--dry-run"),
        (["skip", "x", "step"], "--reason"),
        (["succeed", "x", "--reason", "y"], "STEP"),
        (["cancel"], "--all"),
        (["cancel", "x", "--all"], "--all"),
    ],
)
def test_one_line_names_the_mistake_when_usage_is_wrong(
    call: Command, arguments: list[str], named: str
) -> None:
    refused = call(*arguments)

    assert refused.status == 2
    assert refused.out == ""
    assert named in refused.err
    assert len(refused.err.splitlines()) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["workflows"],
        ["workflows", "delete", "w"],
        ["launch", "w"],
        ["executions"],
        ["show", "x"],
        ["watch", "x"],
        ["cancel", "x"],
        ["cleanup"],
    ],
)
def test_status_is_3_and_remedy_is_named_when_nothing_runs(call: Command, arguments: list[str]) -> None:
    refused = call(*arguments)

    assert refused.status == 3
    assert "start `celeriac up`" in refused.err
    assert len(refused.err.splitlines()) == 1


@pytest.mark.parametrize("name", ["web", "worker"])
def test_process_is_not_started_when_nothing_runs(call: Command, name: str) -> None:
    refused = call(name)

    assert refused.status == 3
    assert "start `celeriac up`" in refused.err


def test_status_is_3_and_url_is_named_when_the_store_does_not_answer() -> None:
    url = f"redis://:secret@127.0.0.1:{free_port()}"

    refused = command({"CELERIAC_REDIS_URL": url})("executions")

    assert refused.status == 3
    assert "127.0.0.1" in refused.err
    assert "secret" not in refused.err
    assert len(refused.err.splitlines()) == 1


@pytest.mark.parametrize(("variable", "value"), [("CELERIAC_WINDOW", "wide"), ("CELERIAC_COLOUR", "red")])
def test_variable_and_value_are_named_when_a_setting_is_refused(variable: str, value: str) -> None:
    refused = command({variable: value})("executions")

    assert refused.status == 2
    assert f"{variable}='{value}'" in refused.err
    assert len(refused.err.splitlines()) == 1


@pytest.mark.parametrize("modules", ["no.such.module", "tests.support.nothing"])
def test_worker_names_the_module_when_it_cannot_be_imported(modules: str) -> None:
    environment = {
        "CELERIAC_REDIS_URL": "unix:///nowhere/s",
        "CELERIAC_WORKFLOWS": f"celeriac.examples,{modules}",
    }

    refused = command(environment)("worker")

    assert refused.status == 2
    assert modules in refused.err
    assert len(refused.err.splitlines()) == 1


def test_neither_celery_nor_redis_is_loaded_when_help_is_shown() -> None:
    program = (
        "import sys; from celeriac.__main__ import main; main(['--help'])\n"
        "sys.exit(str([m for m in ('celery', 'redis', 'starlette', 'uvicorn') if m in sys.modules] or ''))"
    )

    shown = subprocess.run(
        python_command("-c", program), cwd=PROJECT, env=child_environment({}), capture_output=True, text=True
    )

    assert shown.stderr.strip() == ""


def test_neither_celery_nor_redis_is_loaded_when_a_step_is_imported() -> None:
    program = (
        "import sys; from celeriac import WorkflowStep, WorkflowStatus\n"
        "sys.exit(str([m for m in ('celery', 'redis') if m in sys.modules] or ''))"
    )

    shown = subprocess.run(
        python_command("-c", program), cwd=PROJECT, env=child_environment({}), capture_output=True, text=True
    )

    assert shown.stderr.strip() == ""


def test_everything_promised_is_there_when_imported_by_name() -> None:
    import celeriac

    for name in celeriac.__all__:
        assert getattr(celeriac, name) is not None
    assert set(celeriac.__all__) <= set(dir(celeriac))
    with pytest.raises(AttributeError, match="nonsense"):
        celeriac.nonsense  # noqa: B018
