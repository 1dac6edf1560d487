"""The rest is not run where there is nothing to do, and that is a success.

A shop's orders are fetched; when none is new, neither the import nor what comes after it runs.

Airflow calls it `@task.short_circuit`; Argo has `when` on the first step of the rest; Step Functions a Choice state with
one way to Succeed.
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
