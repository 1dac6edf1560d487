"""A failure stops only its dependents.

Each night three tables are copied and checked. If one copy fails, the others are still copied and checked; the execution
ends as a failure because it is incomplete.

Airflow: always behaves like this. Argo: `failFast: false` (`continueOn: {failed: true}` corresponds to `allow_failure`).
Step Functions: each branch of a Parallel state catches its own errors.
"""

from typing import Any

from celeriac import FinalError, WorkflowStep, task, workflow_engine

TABLES = ["orders", "customers", "stock"]


@task(name="patterns.copy_table")
def copy_table(input: dict[str, Any], table: str) -> dict[str, Any]:
    if table not in input["rows"]:
        raise FinalError(f"there is no table {table}")  # nor will there be one on the next attempt
    return {"table": table, "rows": input["rows"][table]}


@task(name="patterns.check_table")
def check_table(input: dict[str, Any], **copies: dict[str, Any]) -> str:
    (copy,) = copies.values()  # of the one step it depends on
    verdict = "is complete" if copy["rows"] >= input["at_least"] else "lacks rows"
    return f"{copy['table']} {verdict}"


workflow_engine.register_workflow(
    "continue_on_failure",
    [
        *(WorkflowStep(f"copy_{table}", "patterns.copy_table", {"table": table}) for table in TABLES),
        *(
            WorkflowStep(f"check_{table}", "patterns.check_table", depends_on=[f"copy_{table}"])
            for table in TABLES
        ),
    ],
    description="Copies and checks three tables, each independently of the others.",
    on_failure="continue",
    example_input={"at_least": 1000, "rows": {"orders": 5200, "stock": 340}},
)
