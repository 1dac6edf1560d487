"""Commands whose standard streams are closed, full, without a reader or of a narrow encoding: no traceback, the right status."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import httpx
import pytest

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.settings import Settings
from tests.support.cases import check_each
from tests.support.executions import wait_until_ended
from tests.support.processes import (
    PROJECT,
    LoggedProcess,
    child_environment,
    free_port,
    python_command,
)
from tests.support.waiting import ROOM, eventually
from tests.support.workflows import single

NOTE = "größer \N{EM DASH} \N{CJK UNIFIED IDEOGRAPH-6728} \N{WHITE HEAVY CHECK MARK}"
ASCII = {"PYTHONIOENCODING": "ascii"}
#: Where Python would take UTF-8 for a locale without an encoding, it is asked not to.
NO_LOCALE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@pytest.fixture(scope="module")
def ended(shared_engine: WorkflowEngine) -> str:
    """The id of an execution that has ended and has a note beyond ASCII."""
    shared_engine.register_workflow("tree", single("noop"), description=NOTE)
    shared_engine.publish_workflows()
    execution_id = shared_engine.executions.launch("tree", {"name": NOTE}, note=NOTE).execution_id
    shared_engine.cancel_workflow(execution_id)
    wait_until_ended(shared_engine, execution_id)
    return execution_id


@pytest.fixture
def reading(ended: str) -> dict[tuple[str, ...], int]:
    """Commands that print and change nothing, with their statuses."""
    return {
        ("--help",): 0,
        ("workflows",): 0,
        ("executions", "--json"): 0,
        ("show", ended): 0,
        ("watch", ended): 1,
        ("watch", ended, "--json"): 1,
        ("doctor",): 1,  # there is no worker
    }


@pytest.fixture
def without_reader() -> Iterator[int]:
    """The writing end of a pipe that has no other."""
    reader, writer = os.pipe()
    os.close(reader)
    yield writer
    os.close(writer)


def environment(settings: Settings, extra: Mapping[str, str] = {}) -> dict[str, str]:
    """As people have it: with buffers, which Python writes out once more as it ends."""
    kept = child_environment({**settings.as_environment(), **extra})
    return {name: value for name, value in kept.items() if name != "PYTHONUNBUFFERED"}


def redirected(redirections: str, arguments: Sequence[str]) -> list[str]:
    """A command line with the redirections of a shell."""
    return ["sh", "-c", f'exec "$@" {redirections}', "sh", *python_command("-m", "celeriac", *arguments)]


def run(
    settings: Settings, arguments: Sequence[str], redirections: str = "", *, extra: Mapping[str, str] = {}
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        redirected(redirections, arguments),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        cwd=PROJECT,
        env=environment(settings, extra),
        timeout=60 * ROOM,
    )


@pytest.mark.parametrize("redirections", ["<&-", ">&-", "<&- >&- 2>&-"])
def test_status_is_that_of_the_command_when_streams_are_closed(
    shared_settings: Settings, reading: dict[tuple[str, ...], int], redirections: str
) -> None:
    def check(arguments: tuple[str, ...]) -> None:
        shown = run(shared_settings, arguments, redirections)

        assert (shown.returncode, shown.stderr) == (reading[arguments], "")
        assert bool(shown.stdout) == (" >&-" not in f" {redirections}")

    check_each(reading, check)


@pytest.mark.parametrize("redirections", ["<&- >&- 2>&-", "2>/dev/full"])
def test_changes_are_made_when_streams_cannot_be_used(
    shared_settings: Settings, shared_engine: WorkflowEngine, ended: str, redirections: str
) -> None:
    label = f"way={len(redirections)}"
    launched = run(shared_settings, ["launch", "tree", "--label", label], redirections)
    cancelled = run(shared_settings, ["cancel", "--all"], redirections)

    assert (launched.returncode, cancelled.returncode) == (0, 0)
    (execution,) = shared_engine.get_execution_history(label=label)["executions"]
    assert wait_until_ended(shared_engine, execution["execution_id"])["status"] == "cancelled"


@pytest.mark.parametrize("redirections", ["2>&-", "2>/dev/full", ">&- 2>&-"])
def test_status_is_that_of_the_error_when_it_cannot_be_printed(
    shared_settings: Settings, ended: str, redirections: str
) -> None:
    assert run(shared_settings, ["show", "nothing"], redirections).returncode == 2
    assert run(shared_settings, ["nonsense"], redirections).returncode == 2


def test_one_line_says_why_when_the_output_cannot_be_written(
    shared_settings: Settings, reading: dict[tuple[str, ...], int]
) -> None:
    def check(arguments: tuple[str, ...]) -> None:
        shown = run(shared_settings, arguments, ">/dev/full")

        reason = "celeriac: cannot write the output: No space left on device\n"
        assert (shown.returncode, shown.stderr) == (4, reason)

    check_each(reading, check)


def test_nothing_is_printed_when_the_reader_has_gone(
    shared_settings: Settings, reading: dict[tuple[str, ...], int], without_reader: int
) -> None:
    def check(arguments: tuple[str, ...]) -> None:
        shown = subprocess.run(
            python_command("-m", "celeriac", *arguments),
            stdout=without_reader,
            stderr=subprocess.PIPE,
            text=True,
            cwd=PROJECT,
            env=environment(shared_settings),
        )

        assert (shown.returncode, shown.stderr) == (0, "")

    check_each(reading, check)


def test_following_ends_when_its_reader_goes_away_meanwhile(
    shared_settings: Settings, shared_engine: WorkflowEngine, ended: str
) -> None:
    execution_id = shared_engine.execute_workflow("tree", {})
    followed = subprocess.Popen(
        python_command("-m", "celeriac", "watch", execution_id),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=PROJECT,
        env=environment(shared_settings),
    )
    assert followed.stdout is not None
    first = followed.stdout.readline()
    followed.stdout.close()
    followed.stdout = None
    shared_engine.cancel_workflow(execution_id)

    assert followed.communicate(timeout=60 * ROOM) == (None, "")
    assert followed.returncode == 0
    assert "execution_" in first


@pytest.mark.parametrize("narrow", [ASCII, NO_LOCALE], ids=["ascii", "no locale"])
def test_characters_are_replaced_when_the_encoding_has_none_for_them(
    shared_settings: Settings, reading: dict[tuple[str, ...], int], narrow: dict[str, str]
) -> None:
    def check(arguments: tuple[str, ...]) -> None:
        shown = run(shared_settings, arguments, extra=narrow)

        assert (shown.returncode, shown.stderr) == (reading[arguments], "")
        assert shown.stdout.isascii()

    check_each(reading, check)


def test_the_rest_of_a_line_is_readable_when_a_character_is_replaced(
    shared_settings: Settings, ended: str
) -> None:
    listed, refused, shown = (
        run(shared_settings, arguments, extra=ASCII)
        for arguments in (["executions"], ["größer"], ["show", ended, "--json"])
    )

    assert "gr??er ? ? ?" in listed.stdout
    assert "No such command 'gr??er'" in refused.stderr
    assert json.loads(shown.stdout)["input"] == {"name": NOTE}


def test_input_is_refused_when_it_cannot_be_read(shared_settings: Settings, ended: str) -> None:
    closed = run(shared_settings, ["launch", "tree", "--input", "-"], "<&-")
    unreadable = run(shared_settings, ["workflows", "put", "w", "-"], "0>/dev/null")

    assert (closed.returncode, len(closed.stderr.splitlines())) == (2, 1)
    assert (unreadable.returncode, unreadable.stderr) == (
        2,
        "celeriac: cannot read standard input: Bad file descriptor\n",
    )


@pytest.mark.parametrize("redirections", ["<&- >&- 2>&-", ">/dev/full 2>/dev/full"])
def test_worker_and_web_serve_when_they_cannot_print(
    shared_settings: Settings, shared_engine: WorkflowEngine, ended: str, tmp_path: Path, redirections: str
) -> None:
    port = free_port()
    started = [
        LoggedProcess(
            redirected(redirections, [name]),
            name=name,
            log_file=tmp_path / f"{name}.log",
            environment=environment(shared_settings, {"CELERIAC_PORT": str(port)}),
        )
        for name in ("worker", "web")
    ]
    try:
        eventually(lambda: answers(port))
        assert (
            wait_until_ended(shared_engine, shared_engine.execute_workflow("tree", {}))["status"] == "success"
        )
        assert all(process.alive for process in started)
    finally:
        for process in started:
            process.stop()


def answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200
    except httpx.HTTPError:
        return False
