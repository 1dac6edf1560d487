"""A process that only launches keeps its own Celery application."""

from __future__ import annotations

import subprocess
import textwrap

import pytest

from celeriac.engine.settings import Settings
from tests.support.processes import PROJECT, child_environment, python_command
from tests.support.servers import StoreServer

LAUNCH = """
    from celeriac import WorkflowStep, workflow_engine

    workflow_engine.register_workflow("one", [WorkflowStep("s", "noop")])
    workflow_engine.execute_workflow("one", {})
"""
OWN_APP = """
    import sys
    from celery import Celery, current_app, shared_task

    app = Celery("mine", broker=sys.argv[1])
"""
DEFAULT_APP = OWN_APP + "    app.set_default()\n"
ADD = """
    @shared_task(name="mine.add")
    def add(x, y):
        return x + y
"""
SEND = """
    add.delay(1, 2)
    assert add.app is app, add.app.main
    assert current_app.main == "mine", current_app.main
"""


@pytest.mark.parametrize(
    "parts",
    [
        (OWN_APP, ADD, LAUNCH, SEND),
        (DEFAULT_APP, ADD, LAUNCH, SEND),
        (LAUNCH, OWN_APP, ADD, SEND),
        (OWN_APP, LAUNCH, LAUNCH, ADD, SEND),
    ],
    ids=["current", "default", "launched before", "launched twice"],
)
def test_shared_tasks_go_to_the_broker_of_their_application_when_the_process_has_launched(
    store_server: StoreServer, settings: Settings, parts: tuple[str, ...]
) -> None:
    code = "".join(textwrap.dedent(part) for part in parts)
    with store_server.client(database=14) as client:
        client.delete("celery")

        ran = subprocess.run(
            [*python_command(), "-c", code, f"{store_server.tcp_url}/14"],
            env=child_environment(settings.as_environment()),
            cwd=PROJECT,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

        assert (ran.returncode, ran.stderr) == (0, "")
        assert client.llen("celery") == 1
