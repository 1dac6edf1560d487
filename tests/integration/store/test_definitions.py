"""Who a workflow belongs to, which versions there were, and what every process sees of it."""

from __future__ import annotations

import logging

import pytest

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.errors import WorkflowNotFound
from celeriac.engine.settings import Settings
from celeriac.engine.workflows.definition.definition import WorkflowDefinition, define_workflow
from tests.conftest import opened_engine
from tests.support.workflows import chain

ONE, TWO, THREE = (define_workflow("shared", chain(length)) for length in (1, 2, 3))


def versions(engine: WorkflowEngine) -> list[tuple[str, str, bool]]:
    found = engine.store.definitions.versions("shared")
    return [(each.version, each.source, each.current) for each in found]


@pytest.mark.parametrize(("first", "second"), [("code", "api"), ("api", "code")])
def test_the_first_owner_keeps_the_workflow_when_the_other_side_wants_it(
    engine: WorkflowEngine, first: str, second: str
) -> None:
    definitions = engine.store.definitions

    answers = [
        definitions.publish_definition(ONE, first),
        definitions.publish_definition(TWO, second),
        definitions.publish_definition(ONE, first),
        definitions.publish_definition(TWO, first),
    ]

    assert answers == ["created", "taken", "unchanged", "changed"]
    assert definitions.current("shared") == (TWO, first)


def test_the_script_itself_refuses_when_the_other_side_came_in_between(engine: WorkflowEngine) -> None:
    engine.store.definitions.publish_definition(ONE, "api")

    answer = engine.store.scripts.call("publish_definition", "shared", "code", TWO.version, "d", 1)

    assert answer == b"taken"
    assert versions(engine) == [(ONE.version, "api", True)]


def test_versions_are_listed_newest_first_when_an_earlier_one_comes_again(engine: WorkflowEngine) -> None:
    for definition in (ONE, TWO, ONE):
        engine.store.definitions.publish_definition(definition, "api")

    assert versions(engine) == [(ONE.version, "api", True), (TWO.version, "api", False)]


def test_the_time_of_a_version_stays_when_a_process_publishes_it_again(engine: WorkflowEngine) -> None:
    definitions = engine.store.definitions
    definitions.publish([ONE])
    before = definitions.versions("shared")

    definitions.publish([ONE])
    described = define_workflow("shared", chain(1), description="The same, described")
    assert definitions.publish_definition(described, "code") == "changed"

    assert definitions.versions("shared") == before


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


def test_a_launch_from_code_leaves_the_published_text_when_it_has_the_same_version(
    engine: WorkflowEngine,
) -> None:
    described = define_workflow("shared", chain(1), description="Described")
    engine.store.definitions.publish_definition(described, "code")

    assert engine.store.definitions.publish_version(ONE) == ONE

    assert engine.workflows.get("shared")["description"] == "Described"


def test_the_current_version_stays_when_a_process_launches_its_own(engine: WorkflowEngine) -> None:
    engine.store.definitions.publish([TWO])

    assert engine.store.definitions.publish_version(ONE) == ONE

    assert engine.store.definitions.current("shared") == (TWO, "code")
    assert sorted(versions(engine)) == sorted([(TWO.version, "code", True), (ONE.version, "code", False)])


def test_a_launch_takes_the_version_of_the_api_when_the_workflow_is_the_apis(engine: WorkflowEngine) -> None:
    definitions = engine.store.definitions
    definitions.publish_definition(TWO, "api")

    assert definitions.publish_version(ONE) == TWO
    assert definitions.withdraw_definition("shared") == "withdrawn"
    assert definitions.publish_version(ONE) == ONE

    assert definitions.current("shared") == (ONE, "code")


def test_a_warning_names_the_workflow_when_code_registers_one_of_the_api(
    engine: WorkflowEngine, caplog: pytest.LogCaptureFixture
) -> None:
    engine.store.definitions.publish_definition(TWO, "api")
    engine.register_workflow("shared", chain(1))
    engine.register_workflow("own", chain(1))

    with caplog.at_level(logging.WARNING, "celeriac.engine.engine"):
        engine.publish_workflows()

    (record,) = caplog.records
    assert "'shared' belongs to the API" in record.getMessage()
    assert engine.workflows.get("shared")["version"] == TWO.version
    assert engine.workflows.get("own")["source"] == "code"


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
