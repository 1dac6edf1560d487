"""The three example workflows: a chain, a branch, and a fan of parallel steps."""

from __future__ import annotations

from typing import Any, Protocol

from celeriac.engine.workflows.definition.definition import WorkflowStep
from celeriac.examples.input_schemas import CONDITIONAL_INPUT, DATA_PROCESSING_INPUT, PARALLEL_INPUT


class Registry(Protocol):
    """The part of the engine that registration uses."""

    def register_workflow(
        self,
        workflow_id: str,
        steps: list[WorkflowStep],
        *,
        description: str = ...,
        input_schema: dict[str, Any] | None = ...,
        example_input: dict[str, Any] | None = ...,
    ) -> object: ...


def register_workflows(engine: Registry) -> None:
    """Registers all three."""
    register_data_processing_workflow(engine)
    register_conditional_workflow(engine)
    register_parallel_processing_workflow(engine)


def register_data_processing_workflow(engine: Registry) -> None:
    engine.register_workflow(
        "data_processing",
        _data_processing_steps(),
        description=(
            "Checks a year of shop orders, cleans and transforms them, analyses the rest, "
            "writes a PDF report and puts a notification into the outbox."
        ),
        input_schema=DATA_PROCESSING_INPUT,
        example_input={
            "dataset_id": 123,
            "processing_options": {"quality_threshold": 0.95, "output_format": "json"},
            "notification_recipients": ["admin@example.com"],
        },
    )


def _data_processing_steps() -> list[WorkflowStep]:
    return [
        WorkflowStep(
            name="validate_input",
            task_name="validate_data",
            parameters={"validation_rules": "strict"},
            queue="priority",
        ),
        WorkflowStep(
            name="clean_data",
            task_name="clean_dataset",
            parameters={"cleaning_options": {"remove_nulls": True}},
            depends_on=["validate_input"],
            queue="cpu_intensive",
        ),
        WorkflowStep(
            name="transform_data",
            task_name="transform_dataset",
            parameters={"transformation_rules": "standard"},
            depends_on=["clean_data"],
            queue="cpu_intensive",
        ),
        WorkflowStep(
            name="analyze_data",
            task_name="analyze_dataset",
            parameters={"analysis_type": "comprehensive"},
            depends_on=["transform_data"],
            queue="cpu_intensive",
        ),
        WorkflowStep(
            name="generate_report",
            task_name="generate_analysis_report",
            parameters={"format": "pdf"},
            depends_on=["analyze_data"],
        ),
        WorkflowStep(
            name="send_notification",
            task_name="send_completion_notification",
            parameters={"notification_type": "email"},
            depends_on=["generate_report"],
        ),
    ]


def register_conditional_workflow(engine: Registry) -> None:
    engine.register_workflow(
        "conditional_processing",
        _conditional_steps(),
        description=(
            "Measures the data and runs the analysis that its size calls for: in detail above 1,000,000 bytes, "
            "quickly above 10,000, none below. What is not called for is skipped."
        ),
        input_schema=CONDITIONAL_INPUT,
        example_input={"data_size": 50000},
    )


def _conditional_steps() -> list[WorkflowStep]:
    return [
        WorkflowStep(
            name="check_prerequisites",
            task_name="check_data_prerequisites",
            parameters={},
        ),
        WorkflowStep(
            name="quick_analysis",
            task_name="quick_data_analysis",
            parameters={"mode": "fast"},
            depends_on=["check_prerequisites"],
        ),
        WorkflowStep(
            name="detailed_analysis",
            task_name="detailed_data_analysis",
            parameters={"mode": "comprehensive"},
            depends_on=["check_prerequisites"],
        ),
        WorkflowStep(
            name="conditional_processing",
            task_name="conditional_data_processing",
            parameters={
                "conditions": {
                    "data_size_large": {
                        "type": "value_greater_than",
                        "params": {"field": "data_size", "threshold": 1000000},
                        "task": "detailed_analysis",
                    },
                    "data_size_small": {
                        "type": "value_greater_than",
                        "params": {"field": "data_size", "threshold": 10000},
                        "task": "quick_analysis",
                    },
                }
            },
            depends_on=["check_prerequisites"],
        ),
    ]


def register_parallel_processing_workflow(engine: Registry) -> None:
    engine.register_workflow(
        "parallel_processing",
        [*_preparing_steps(), *_analyzing_steps(), *_output_steps()],
        description=(
            "Prepares users, products and daily figures side by side, analyses behaviour and performance, "
            "integrates both, then writes a dashboard and sends threshold alerts."
        ),
        input_schema=PARALLEL_INPUT,
        example_input={
            "alert_recipients": ["admin@example.com"],
            "thresholds": {"repeat_customer_share": 0.9},
        },
    )


def _preparing_steps() -> list[WorkflowStep]:
    return [
        WorkflowStep(
            name="initialize",
            task_name="initialize_processing",
            parameters={"config": "production"},
        ),
        WorkflowStep(
            name="prepare_user_data",
            task_name="prepare_user_data",
            parameters={"data_type": "users"},
            depends_on=["initialize"],
            queue="io_intensive",
        ),
        WorkflowStep(
            name="prepare_product_data",
            task_name="prepare_product_data",
            parameters={"data_type": "products"},
            depends_on=["initialize"],
            queue="io_intensive",
        ),
        WorkflowStep(
            name="prepare_analytics_data",
            task_name="prepare_analytics_data",
            parameters={"data_type": "analytics"},
            depends_on=["initialize"],
            queue="io_intensive",
        ),
    ]


def _analyzing_steps() -> list[WorkflowStep]:
    return [
        WorkflowStep(
            name="analyze_user_behavior",
            task_name="analyze_user_behavior",
            parameters={"analysis_type": "behavioral"},
            depends_on=["prepare_user_data", "prepare_analytics_data"],
            queue="cpu_intensive",
        ),
        WorkflowStep(
            name="analyze_product_performance",
            task_name="analyze_product_performance",
            parameters={"analysis_type": "performance"},
            depends_on=["prepare_product_data", "prepare_analytics_data"],
            queue="cpu_intensive",
        ),
        WorkflowStep(
            name="integrate_results",
            task_name="integrate_analysis_results",
            parameters={"integration_method": "comprehensive"},
            depends_on=["analyze_user_behavior", "analyze_product_performance"],
            timeout=600,
        ),
    ]


def _output_steps() -> list[WorkflowStep]:
    return [
        WorkflowStep(
            name="generate_dashboard",
            task_name="generate_dashboard",
            parameters={"dashboard_type": "executive"},
            depends_on=["integrate_results"],
        ),
        WorkflowStep(
            name="send_alerts",
            task_name="send_threshold_alerts",
            parameters={"alert_level": "high"},
            depends_on=["integrate_results"],
        ),
    ]
