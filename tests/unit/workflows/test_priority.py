"""The priority of a workflow."""

from __future__ import annotations

import pytest

from celeriac.engine.errors import InvalidWorkflow
from celeriac.engine.workflows.definition.definition import WorkflowDefinition, define_workflow
from tests.support.workflows import single


def test_the_priority_comes_back_when_the_definition_travels() -> None:
    definition = define_workflow("urgent", single("noop"), priority="high")

    assert WorkflowDefinition.from_json(definition.to_json()).priority == "high"
    assert definition.view("code")["priority"] == "high"


def test_another_priority_is_another_version() -> None:
    versions = {define_workflow("w", single("noop"), priority=p).version for p in ("low", "normal", "high")}

    assert len(versions) == 3


@pytest.mark.parametrize("priority", ["urgent", "", None, 5, ["high"]])
def test_the_workflow_is_refused_when_its_priority_is_unknown(priority: object) -> None:
    with pytest.raises(InvalidWorkflow, match="is not one of low, normal, high"):
        define_workflow("w", single("noop"), priority=priority)  # type: ignore[arg-type]
