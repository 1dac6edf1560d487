"""What every process reads of the workflows that are published."""

from __future__ import annotations

import pytest

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.errors import (
    WorkflowNotFound,
)
from celeriac.engine.settings import Settings
from celeriac.engine.workflows.definition.definition import define_workflow
from tests.conftest import opened_engine
from tests.support.definitions import ONE, versions
from tests.support.workflows import chain


def test_another_description_is_seen_by_every_process_when_the_version_stays(
    engine: WorkflowEngine, settings: Settings
) -> None:
    described = define_workflow("shared", chain(1), description="Described")
    with opened_engine(settings) as other:
        engine.store.definitions.publish_definition(ONE, "api")
        assert other.workflows.get("shared")["description"] == ""

        engine.store.definitions.publish_definition(described, "api")

        assert other.workflows.get("shared")["description"] == "Described"
        assert [each["description"] for each in other.workflows.list()] == ["Described"]
    assert described.version == ONE.version


def test_versions_of_a_workflow_that_never_was_are_not_found(engine: WorkflowEngine) -> None:
    with pytest.raises(WorkflowNotFound, match="'shared' not found"):
        engine.store.definitions.versions("shared")


def test_an_entry_without_digest_is_read_when_an_earlier_release_wrote_it(engine: WorkflowEngine) -> None:
    definitions, store = engine.store.definitions, engine.store
    definitions.publish([ONE])
    store.client.hset(store.keys.workflows(), "shared", f"code {ONE.version}")
    store.client.delete(store.keys.versions("shared"))

    assert definitions.current("shared") == (ONE, "code")
    assert definitions.publish([ONE]) == []
    assert versions(engine) == [(ONE.version, "code", True)]
