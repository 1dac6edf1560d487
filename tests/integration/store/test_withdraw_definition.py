"""A workflow of the API is withdrawn: its versions stay readable, its id is free."""

from __future__ import annotations

import pytest

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.errors import (
    WorkflowNotFound,
)
from celeriac.engine.workflows.definition.definition import WorkflowDefinition
from tests.support.definitions import ONE, TWO, versions


def test_only_a_workflow_of_the_api_can_be_withdrawn(engine: WorkflowEngine) -> None:
    definitions = engine.store.definitions
    definitions.publish([ONE])

    assert definitions.withdraw_definition("shared") == "taken"
    assert definitions.withdraw_definition("unknown") == "unknown"
    assert definitions.names() == ["shared"]


def test_versions_stay_readable_when_the_workflow_is_withdrawn(engine: WorkflowEngine) -> None:
    definitions = engine.store.definitions
    definitions.publish_definition(ONE, "api")

    assert definitions.withdraw_definition("shared") == "withdrawn"

    assert definitions.withdraw_definition("shared") == "unknown"
    assert versions(engine) == [(ONE.version, "api", False)]
    assert definitions.get("shared", ONE.version) == ONE
    assert (definitions.names(), definitions.names_ever(), definitions.all_current()) == ([], ["shared"], [])
    with pytest.raises(WorkflowNotFound, match="'shared' not found"):
        definitions.current("shared")


@pytest.mark.parametrize("definition", [ONE, TWO], ids=["the same", "another"])
def test_either_side_may_take_the_id_when_the_workflow_was_withdrawn(
    engine: WorkflowEngine, definition: WorkflowDefinition
) -> None:
    definitions = engine.store.definitions
    for source in ("api", "code"):
        definitions.publish_definition(ONE, "api")
        definitions.withdraw_definition("shared")
        if source == "code":
            assert definitions.publish([definition]) == []
        else:
            assert definitions.publish_definition(definition, source) == "created"

        assert definitions.current("shared") == (definition, source)
