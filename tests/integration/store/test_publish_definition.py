"""A version of a workflow is published: whose it is, which is current, when it first came."""

from __future__ import annotations

import logging

import pytest

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.workflows.definition.definition import define_workflow
from tests.support.definitions import ONE, TWO, versions
from tests.support.workflows import chain


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
