"""What lists show of workflows is kept beside the current version, and made again where it is missing or of another version."""

from __future__ import annotations

import json

from celeriac.engine.engine import WorkflowEngine
from tests.support.definitions import ONE, TWO


def test_a_summary_is_of_the_current_version_when_that_changes(engine: WorkflowEngine) -> None:
    definitions = engine.store.definitions
    definitions.publish_definition(ONE, "api")
    definitions.publish_definition(TWO, "api")

    assert definitions.summaries() == [TWO.summary("api")]


def test_summaries_are_made_and_kept_when_a_release_without_them_has_published(
    engine: WorkflowEngine,
) -> None:
    store = engine.store
    store.definitions.publish_definition(TWO, "code")
    store.client.delete(store.keys.summaries())  # as the store of such a release is

    assert store.definitions.summaries() == [TWO.summary("code")]
    entry, kept = (
        store.client.hget(key, "shared") for key in (store.keys.workflows(), store.keys.summaries())
    )
    assert entry is not None
    assert kept is not None
    assert json.loads(kept.removeprefix(entry + b" ")) == TWO.summary("code")


def test_an_outdated_summary_is_replaced_when_an_older_process_has_published_another_version(
    engine: WorkflowEngine,
) -> None:
    store = engine.store
    store.definitions.publish_definition(ONE, "code")
    outdated = store.client.hget(store.keys.summaries(), "shared")
    store.definitions.publish_definition(TWO, "code")
    store.client.hset(store.keys.summaries(), "shared", outdated)

    assert store.definitions.summaries() == [TWO.summary("code")]


def test_a_withdrawn_workflow_has_no_summary(engine: WorkflowEngine) -> None:
    store = engine.store
    store.definitions.publish_definition(ONE, "api")

    store.definitions.withdraw_definition("shared")

    assert store.definitions.summaries() == []
    assert not store.client.hexists(store.keys.summaries(), "shared")


def test_no_definition_is_read_when_summaries_are(engine: WorkflowEngine) -> None:
    store = engine.store
    store.definitions.publish_definition(TWO, "code")
    store.client.delete(store.keys.definition("shared", TWO.version))

    assert [each["step_count"] for each in store.definitions.summaries()] == [len(TWO.steps)]
