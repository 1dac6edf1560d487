"""The commands against a real store and a real worker."""

from __future__ import annotations

import os
import pty
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.settings import Settings
from celeriac.supervision.data_directory import DataDirectory, Running
from tests.support.command import Command, command, command_for
from tests.support.executions import wait_for_step, wait_until_ended
from tests.support.processes import PROJECT, child_environment, python_command
from tests.support.servers import StoreServer
from tests.support.workers import Worker
from tests.support.workflows import chain, single, step

pytestmark = pytest.mark.usefixtures("shared_worker")
Waiting = Callable[[], str]


@pytest.fixture(scope="module")
def published(shared_engine: WorkflowEngine, shared_worker: Worker) -> WorkflowEngine:
    shared_engine.register_workflow("three", chain(3, "echo"), description="three \x1b[31mechoes")
    shared_engine.register_workflow("broken", single("fail"))
    shared_engine.register_workflow(
        "waits", [step("wait", "sleep", parameters={"seconds": 600}), step("after", after="wait")]
    )
    schema = {"properties": {"rate": {"maximum": 1}}, "required": ["source"]}
    shared_engine.register_workflow("checked", single("noop"), input_schema=schema)
    shared_engine.publish_workflows()
    return shared_engine


@pytest.fixture
def call(published: WorkflowEngine) -> Command:
    return command_for(published.settings)


@pytest.fixture
def waiting(published: WorkflowEngine) -> Iterator[Waiting]:
    """`waiting()` launches an execution that goes on until it is cancelled, which happens after the test at last."""
    launched: list[str] = []

    def launch() -> str:
        launched.append(published.execute_workflow("waits", {}))
        return launched[-1]

    yield launch
    for execution_id in launched:
        if published.get_workflow_status(execution_id)["end_time"] is None:
            published.cancel_workflow(execution_id)
    for execution_id in launched:
        wait_until_ended(published, execution_id)


def test_workflows_are_listed_when_they_are_published(call: Command) -> None:
    listed, as_json = call("workflows"), call("workflows", "--json")

    names = [workflow["workflow_id"] for workflow in as_json.json["workflows"]]
    assert {"three", "broken", "waits", "data_processing"} <= set(names)
    assert all(name in listed.out for name in names)
    assert "\x1b" not in listed.out


def test_events_are_printed_and_status_is_0_when_a_launch_is_watched_to_success(call: Command) -> None:
    watched = call("launch", "three", "--watch", "--input", '{"n": 12345678901234567890}')

    execution_id, *events = watched.out.splitlines()
    assert watched.status == 0
    assert execution_id.startswith("three-")
    assert "execution_ended  success" in events[-1]
    shown = call("show", execution_id, "--json").json
    assert shown["input"] == {"n": 12345678901234567890}
    assert [step["status"] for step in shown["steps"]] == ["success"] * 3


def test_status_is_1_and_error_is_shown_when_the_watched_execution_fails(call: Command) -> None:
    watched = call("launch", "broken", "--watch", "--json")

    launched, *events = watched.json_lines
    assert watched.status == 1
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert events[-1]["status"] == "failure"
    shown = call("show", launched["execution_id"])
    assert shown.status == 0
    assert "failed on purpose" in shown.out


def test_everything_given_is_kept_when_launched_from_a_file(call: Command, tmp_path: Path) -> None:
    (tmp_path / "input.json").write_text('{"from": "file"}')

    launched = call(
        *("launch", "three", "--input", f"@{tmp_path / 'input.json'}", "--json"),
        *("--label", "team=data", "--label", "env=test", "--note", "by \x1b[2Jhand"),
    )

    execution_id = launched.json["execution_id"]
    shown = call("show", execution_id, "--json").json
    assert shown["input"] == {"from": "file"}
    assert shown["labels"] == {"team": "data", "env": "test"}
    listed = call("executions", "--label", "team=data")
    assert execution_id in listed.out
    assert "\x1b" not in listed.out
    call("watch", execution_id)


def test_same_execution_is_answered_when_the_idempotency_key_is_known(call: Command) -> None:
    first, again = (call("launch", "three", "--idempotency-key", "k1", "--json").json for _ in range(2))
    other = call("launch", "three", "--idempotency-key", "k1", "--input", '{"other": 1}')

    assert first["execution_id"] == again["execution_id"]
    assert (first["replayed"], again["replayed"]) == (False, True)
    assert other.status == 2
    assert "'k1'" in other.err
    call("watch", first["execution_id"])


def test_each_problem_is_a_line_with_its_place_when_the_input_does_not_fit(call: Command) -> None:
    refused = call("launch", "checked", "--input", "-", stdin=b'{"name": "\xc3\xb6",\n "rate": 1.5}')

    assert refused.status == 2
    assert refused.out == ""
    assert refused.err.splitlines() == [
        "celeriac: --input: source: is required, but missing (line 1, column 1)",
        "celeriac: --input: rate: 1.5 is more than the maximum of 1 (line 2, column 10)",
    ]


def test_execution_is_launched_when_the_input_fits(call: Command) -> None:
    assert call("launch", "checked", "--input", '{"source": "s"}', "--watch").status == 0


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["launch", "tree"], "three"),
        (["show", "three-gone"], "'three-gone' not found"),
        (["watch", "three-gone"], "'three-gone' not found"),
        (["cancel", "three-gone"], "'three-gone' not found"),
        (["executions", "--status", "lost"], "lost"),
        (["executions", "--limit", "0"], "limit"),
        (["executions", "--since", "yesterday"], "yesterday"),
        (["executions", "--cursor", "nonsense"], "cursor"),
        (["cleanup", "--status", "running"], "running"),
        (["cleanup", "--max-age-hours", "-1"], "max_age_hours"),
    ],
)
def test_status_is_2_and_one_line_says_why_when_a_request_is_refused(
    call: Command, arguments: list[str], named: str
) -> None:
    refused = call(*arguments)

    assert refused.status == 2
    assert named in refused.err
    assert len(refused.err.splitlines()) == 1


def test_pages_follow_each_other_when_the_cursor_is_given(call: Command) -> None:
    for _ in range(3):
        call("launch", "three", "--watch")
    first = call("executions", "--workflow", "three", "--limit", "2", "--json").json

    second = call(
        "executions", "--workflow", "three", "--limit", "2", "--cursor", first["next"], "--json"
    ).json

    ids = [e["execution_id"] for e in first["executions"] + second["executions"]]
    assert len(set(ids)) == len(ids) > 2
    assert "--cursor" in call("executions", "--workflow", "three", "--limit", "2").err


def test_status_is_1_when_the_watched_execution_is_cancelled(
    call: Command, waiting: Waiting, published: WorkflowEngine
) -> None:
    execution_id = waiting()
    wait_for_step(published, execution_id, "wait", "running")

    cancelled, watched = call("cancel", execution_id), call("watch", execution_id)

    assert cancelled.status == 0
    assert execution_id in cancelled.out
    assert watched.status == 1
    assert "execution_ended  cancelled" in watched.out.splitlines()[-1]


def test_others_are_cancelled_when_one_has_ended_already(
    call: Command, waiting: Waiting, published: WorkflowEngine
) -> None:
    active, ended = waiting(), call("launch", "three", "--json").json["execution_id"]
    call("watch", ended)

    answer = call("cancel", ended, active, "--json")

    assert answer.status == 2
    assert answer.json["cancelled"] == [active]
    assert [refusal["execution_id"] for refusal in answer.json["refused"]] == [ended]
    assert wait_until_ended(published, active)["status"] == "cancelled"


def test_every_active_execution_is_cancelled_when_all_are_asked_for(
    call: Command, waiting: Waiting, published: WorkflowEngine
) -> None:
    active = [waiting() for _ in range(3)]

    answer = call("cancel", "--all", "--json")

    assert answer.json["cancelled"] == len(active)
    assert {wait_until_ended(published, one)["status"] for one in active} == {"cancelled"}


def test_cleanup_removes_exactly_what_the_dry_run_counted_when_nothing_else_happens(
    call: Command, waiting: Waiting
) -> None:
    active = waiting()
    call("launch", "broken", "--watch")
    call("launch", "three", "--watch")
    counted = call("cleanup", "--max-age-hours", "0", "--dry-run", "--json").json
    failures = call("cleanup", "--max-age-hours", "0", "--status", "failure", "--json").json["removed"]

    removed = call("cleanup", "--max-age-hours", "0", "--json").json["removed"]

    assert failures >= 1
    assert failures + removed == counted["count"]
    assert [e["execution_id"] for e in call("executions", "--json").json["executions"]] == [active]


def test_command_finds_the_store_when_a_supervisor_holds_the_data_directory(
    published: WorkflowEngine, shared_settings: Settings, tmp_path: Path
) -> None:
    directory = DataDirectory(tmp_path / "data")
    directory.prepare()
    environment = {"CELERIAC_DATA_DIR": str(directory.path), "CELERIAC_NAMESPACE": shared_settings.namespace}
    redis_url = shared_settings.redis_url
    with directory.hold() as holding:
        holding.announce(
            Running(pid=os.getpid(), url="http://127.0.0.1:1", redis_url=redis_url, elsewhere="")
        )

        found = command(environment)("workflows", "--json")

    assert "three" in [workflow["workflow_id"] for workflow in found.json["workflows"]]
    assert command(environment)("workflows").status == 3


# -- on a terminal


def on_terminal(settings: Settings, *arguments: str, typed: bytes = b"") -> tuple[int, str]:
    """Exit status and everything shown, of a command whose three streams are a terminal."""
    controller, terminal = pty.openpty()
    environment = child_environment({**settings.as_environment(), "TERM": "xterm", "COLUMNS": "100"})
    process = subprocess.Popen(
        python_command("-m", "celeriac", *arguments),
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        cwd=PROJECT,
        env=environment,
        start_new_session=True,
    )
    os.close(terminal)
    os.write(controller, typed)
    shown = b""
    try:
        while data := os.read(controller, 65536):
            shown += data
    except OSError:  # Linux's way to say that the last writer has closed the terminal
        pass
    os.close(controller)
    return process.wait(30), shown.decode()


@pytest.mark.usefixtures("published")
def test_table_is_kept_up_to_date_when_watching_on_a_terminal(shared_settings: Settings) -> None:
    status, shown = on_terminal(shared_settings, "launch", "three", "--watch")

    assert status == 0
    last = shown[shown.rindex("3/3 steps, 100 %") :]
    assert last.count("success") == 3


def test_nothing_is_cancelled_when_the_question_is_answered_with_no(
    shared_settings: Settings, waiting: Waiting, published: WorkflowEngine
) -> None:
    execution_id = waiting()

    status, shown = on_terminal(shared_settings, "cancel", "--all", typed=b"n\n")

    assert status == 130
    assert "Cancel all 1 active executions?" in shown
    assert "nothing changed" in shown
    assert not published.get_workflow_status(execution_id)["cancel_requested"]


# -- a store or a reader that goes away


def test_status_is_0_and_nothing_is_complained_about_when_the_reader_goes_away(
    published: WorkflowEngine, shared_settings: Settings
) -> None:
    reader, writer = os.pipe()
    os.close(reader)

    ended = subprocess.run(
        python_command("-m", "celeriac", "workflows"),
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        cwd=PROJECT,
        env=child_environment(shared_settings.as_environment()),
    )
    os.close(writer)

    assert (ended.returncode, ended.stderr) == (0, "")


def test_status_is_3_when_the_store_has_gone(own_store_server: StoreServer, tmp_path: Path) -> None:
    call = command({"CELERIAC_REDIS_URL": own_store_server.url})
    assert call("executions").status == 0

    own_store_server.kill()
    refused = call("executions")

    assert refused.status == 3
    assert "Start `celeriac up`, or check CELERIAC_REDIS_URL" in refused.err
    assert len(refused.err.splitlines()) == 1


def test_show_says_why_steps_wait_when_they_do(
    published: WorkflowEngine, call: Command, waiting: Waiting
) -> None:
    published.register_workflow("unserved", [step("only", queue="gpu")])
    published.publish_workflows()
    unserved, execution_id = published.execute_workflow("unserved", {}), waiting()
    wait_for_step(published, execution_id, "wait", "running")

    assert "Waits for wait, running " in call("show", execution_id).out
    assert "Queue gpu: no worker consumes it; ready for " in call("show", unserved).out
    assert "start celeriac worker -Q gpu" in call("show", unserved).out
    published.cancel_workflow(unserved)


def test_the_log_of_a_step_is_printed_when_show_is_asked_for_it(
    published: WorkflowEngine, call: Command
) -> None:
    said = {"lines": ["reading \x1b[31mred", "two\nrows"], "progress": []}
    published.register_workflow("speaks", single("tests.report", parameters=said))
    execution_id = published.execute_workflow("speaks", {})
    wait_until_ended(published, execution_id)

    shown = call("show", execution_id, "--logs", "only")

    lines = [line.partition("  ")[2] for line in shown.out.splitlines()]
    assert lines[0] == "attempt 1  info      reading red"
    assert lines[1] == "attempt 1  info      two"
    assert shown.out.splitlines()[2].strip() == "rows"
    assert call("show", execution_id, "--logs", "nobody").status == 2


def test_the_log_of_a_step_is_json_when_show_is_asked_for_that(
    published: WorkflowEngine, call: Command
) -> None:
    published.register_workflow("chatters", single("tests.chatter", parameters={"lines": 1_003, "size": 1}))
    execution_id = published.execute_workflow("chatters", {})
    wait_until_ended(published, execution_id)

    answer = call("show", execution_id, "--logs", "only", "--json").json

    assert (len(answer["logs"]), answer["logs_omitted"]) == (1_000, 3)
    assert call("show", execution_id, "--logs", "only").err.startswith("3 older lines")
