"""The rest of a workflow is skipped if there is nothing to do, and the execution succeeds.

A shop's orders are fetched; if none is new, neither the import nor the steps behind it run.

Airflow: `@task.short_circuit`. Argo: `when` on the first of the skipped steps. Step Functions: a Choice state with one
branch to Succeed.
"""

from typing import Any

from celeriac import WorkflowStep, task, workflow_engine

Order = dict[str, int]


@task(name="patterns.find_new_orders")
def find_new_orders(input: dict[str, Any]) -> dict[str, Any]:
    orders = [order for order in input["orders"] if order["number"] > input["last_seen"]]
    return {"count": len(orders), "orders": orders}


@task(name="patterns.import_orders")
def import_orders(find: dict[str, list[Order]]) -> list[int]:
    return sorted(order["number"] for order in find["orders"])


@task(name="patterns.remember_last")
def remember_last(load: list[int]) -> dict[str, int]:
    return {"last_seen": load[-1]}


workflow_engine.register_workflow(
    "short_circuit",
    [
        WorkflowStep("find", "patterns.find_new_orders"),
        WorkflowStep(
            name="load",
            task_name="patterns.import_orders",
            depends_on=["find"],
            only_if={"type": "value_greater_than", "params": {"field": "count", "threshold": 0}},
        ),
        WorkflowStep("remember", "patterns.remember_last", depends_on=["load"]),
    ],
    description="Imports new orders, if there are any.",
    example_input={"last_seen": 17, "orders": [{"number": 17}, {"number": 19}, {"number": 18}]},
)
