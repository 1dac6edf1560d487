"""The example workflows are those of the design document."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from celery import current_app

from celeriac.engine.workflows.definition.definition import WorkflowDefinition
from celeriac.engine.workflows.json.input_schema import check_input

Definitions = dict[str, WorkflowDefinition]


def test_three_workflows_are_registered_when_the_package_is_asked_to(definitions: Definitions) -> None:
    assert sorted(definitions) == ["conditional_processing", "data_processing", "parallel_processing"]


def test_every_task_is_declared_when_the_workflows_are_registered(definitions: Definitions) -> None:
    named = {step.task_name for definition in definitions.values() for step in definition.steps}

    assert named <= set(current_app.tasks)


def test_data_processing_is_a_line_of_six_when_registered(definitions: Definitions) -> None:
    steps = definitions["data_processing"].steps

    assert [(step.name, step.task_name, step.parameters, step.queue) for step in steps] == [
        ("validate_input", "validate_data", {"validation_rules": "strict"}, "priority"),
        ("clean_data", "clean_dataset", {"cleaning_options": {"remove_nulls": True}}, "cpu_intensive"),
        ("transform_data", "transform_dataset", {"transformation_rules": "standard"}, "cpu_intensive"),
        ("analyze_data", "analyze_dataset", {"analysis_type": "comprehensive"}, "cpu_intensive"),
        ("generate_report", "generate_analysis_report", {"format": "pdf"}, "default"),
        ("send_notification", "send_completion_notification", {"notification_type": "email"}, "default"),
    ]
    assert [step.level for step in steps] == [1, 2, 3, 4, 5, 6]
    assert definitions["data_processing"].example_input == {
        "dataset_id": 123,
        "processing_options": {"quality_threshold": 0.95, "output_format": "json"},
        "notification_recipients": ["admin@example.com"],
    }


def test_conditional_processing_chooses_between_two_analyses_when_registered(
    definitions: Definitions,
) -> None:
    definition = definitions["conditional_processing"]

    assert definition.levels == (
        ("check_prerequisites",),
        ("conditional_processing",),
        ("quick_analysis", "detailed_analysis"),
    )
    first, chooser, *analyses = definition.steps
    assert (first.task_name, first.parameters) == ("check_data_prerequisites", {})
    assert [(step.task_name, step.parameters, step.depends_on) for step in analyses] == [
        ("quick_data_analysis", {"mode": "fast"}, ("check_prerequisites", "conditional_processing")),
        (
            "detailed_data_analysis",
            {"mode": "comprehensive"},
            ("check_prerequisites", "conditional_processing"),
        ),
    ]
    assert [(way.name, way.task) for way in chooser.branch] == [
        ("data_size_large", "detailed_analysis"),
        ("data_size_small", "quick_analysis"),
    ]
    assert chooser.task_name == "conditional_data_processing"
    assert list(chooser.parameters["conditions"].items()) == [
        (
            "data_size_large",
            {
                "type": "value_greater_than",
                "params": {"field": "data_size", "threshold": 1_000_000},
                "task": "detailed_analysis",
            },
        ),
        (
            "data_size_small",
            {
                "type": "value_greater_than",
                "params": {"field": "data_size", "threshold": 10_000},
                "task": "quick_analysis",
            },
        ),
    ]


def test_parallel_processing_is_a_fan_of_nine_when_registered(definitions: Definitions) -> None:
    definition = definitions["parallel_processing"]

    assert definition.levels == (
        ("initialize",),
        ("prepare_user_data", "prepare_product_data", "prepare_analytics_data"),
        ("analyze_user_behavior", "analyze_product_performance"),
        ("integrate_results",),
        ("generate_dashboard", "send_alerts"),
    )
    assert [(step.task_name, step.parameters, step.queue, step.timeout) for step in definition.steps] == [
        ("initialize_processing", {"config": "production"}, "default", 300),
        ("prepare_user_data", {"data_type": "users"}, "io_intensive", 300),
        ("prepare_product_data", {"data_type": "products"}, "io_intensive", 300),
        ("prepare_analytics_data", {"data_type": "analytics"}, "io_intensive", 300),
        ("analyze_user_behavior", {"analysis_type": "behavioral"}, "cpu_intensive", 300),
        ("analyze_product_performance", {"analysis_type": "performance"}, "cpu_intensive", 300),
        ("integrate_analysis_results", {"integration_method": "comprehensive"}, "default", 600),
        ("generate_dashboard", {"dashboard_type": "executive"}, "default", 300),
        ("send_threshold_alerts", {"alert_level": "high"}, "default", 300),
    ]
    assert definition.steps[4].depends_on == ("prepare_user_data", "prepare_analytics_data")
    assert definition.steps[5].depends_on == ("prepare_product_data", "prepare_analytics_data")


def test_every_step_keeps_the_default_retries_when_registered(definitions: Definitions) -> None:
    assert {step.retry_count for definition in definitions.values() for step in definition.steps} == {3}


@pytest.mark.parametrize("module", ["celeriac.examples", "celeriac.examples.workflows"])
def test_neither_celery_nor_redis_is_loaded_when_the_module_is_imported(module: str) -> None:
    check = f"import sys, {module}; sys.exit(bool({{'celery', 'redis', 'fpdf'}} & set(sys.modules)))"

    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0


@pytest.mark.parametrize(
    ("workflow_id", "given"),
    [
        ("data_processing", {}),
        ("conditional_processing", {}),
        ("parallel_processing", {}),
        ("data_processing", {"dataset_id": "日本", "notification_recipients": []}),
        ("data_processing", {"processing_options": {"quality_threshold": 1}, "anything": ["else"]}),
        ("conditional_processing", {"data_size": 2_000_000.5}),
        ("parallel_processing", {"thresholds": {"customers": 1, "top_tenth_share": 0.5}}),
    ],
)
def test_the_schema_accepts_the_input_when_the_tasks_do(
    definitions: Definitions, workflow_id: str, given: dict[str, Any]
) -> None:
    schema = definitions[workflow_id].input_schema

    assert schema is not None
    assert check_input(schema, given) == []
    assert check_input(schema, definitions[workflow_id].example_input) == []


@pytest.mark.parametrize(
    ("workflow_id", "given", "message"),
    [
        ("data_processing", {"dataset_id": True}, "dataset_id: true is not a whole number or a string"),
        (
            "data_processing",
            {"processing_options": {"output_format": "xml"}},
            'processing_options.output_format: "xml" is not one of "json", "csv"',
        ),
        ("conditional_processing", {"data_size": -1}, "data_size: -1 is less than the minimum of 0"),
        (
            "parallel_processing",
            {"thresholds": {"revenu": 1}},
            'thresholds.revenu: unknown key; did you mean "revenue"?',
        ),
        ("parallel_processing", {"alert_recipients": "me"}, 'alert_recipients: "me" is not a list'),
    ],
)
def test_the_schema_refuses_the_input_when_a_task_would(
    definitions: Definitions, workflow_id: str, given: dict[str, Any], message: str
) -> None:
    schema = definitions[workflow_id].input_schema

    assert schema is not None
    assert [problem.message for problem in check_input(schema, given)] == [message]
