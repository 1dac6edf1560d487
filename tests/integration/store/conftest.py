"""What most tests of a transition begin with."""

from __future__ import annotations

import pytest

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.store.transitions import Created
from tests.support.transitions import launch
from tests.support.workflows import chain


@pytest.fixture
def line(engine: WorkflowEngine) -> Created:
    """`s1 -> s2`, launched; the message of `s1` is handed out and not published."""
    return launch(engine, "line", chain(2))
