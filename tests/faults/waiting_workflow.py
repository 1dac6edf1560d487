"""A workflow whose one step runs until a file exists; the environment names the file and the directory of its marks."""

from __future__ import annotations

import os

from celeriac.engine.engine import WorkflowEngine
from tests.support import tasks as tasks
from tests.support.workflows import single

PLACE = "WAITING_WORKFLOW"


def register(engine: WorkflowEngine) -> None:
    place = os.environ[PLACE]
    parameters = {"path": f"{place}/go", "marks": f"{place}/marks"}
    step = single("tests.wait_for_file", parameters=parameters, timeout=120, retry_count=1)
    engine.register_workflow("waiting", step)
