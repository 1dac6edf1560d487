"""A branch chooses one of two steps, and both lead to the same next step.

Small invoices are approved by a rule, large ones by a manager; then the invoice is booked.

Airflow: `@task.branch` and a join with the trigger rule `none_failed_min_one_success`. Argo: `when` on both steps and
`depends` on the join. Step Functions: a Choice state whose branches have the same `Next`.
"""

from typing import Any

from celeriac import WorkflowStep, task, workflow_engine


@task(name="patterns.read_invoice")
def read_invoice(input: dict[str, Any]) -> dict[str, Any]:
    return {"number": input["number"], "amount": sum(line["price"] for line in input["lines"])}


@task(name="patterns.approve")
def approve(read_invoice: dict[str, Any], approver: str) -> dict[str, Any]:
    return {**read_invoice, "approved_by": approver}


@task(name="patterns.book_invoice")
def book_invoice(by_rule: dict[str, Any] | None, by_manager: dict[str, Any] | None) -> str:
    approval = by_rule or by_manager or {}  # the step that was not chosen has no result
    return f"{approval['number']}: {approval['amount']:,} booked, approved by {approval['approved_by']}"


workflow_engine.register_workflow(
    "branch_and_join",
    [
        WorkflowStep(
            name="read_invoice",
            task_name="patterns.read_invoice",
            conditions={
                "large": {
                    "type": "value_greater_than",
                    "params": {"field": "amount", "threshold": 1000},
                    "task": "by_manager",
                },
                "default": {"task": "by_rule"},
            },
        ),
        WorkflowStep("by_manager", "patterns.approve", {"approver": "the manager"}, ["read_invoice"]),
        WorkflowStep("by_rule", "patterns.approve", {"approver": "rule 7"}, ["read_invoice"]),
        WorkflowStep("book", "patterns.book_invoice", depends_on=["by_manager", "by_rule"]),
    ],
    description="Approves an invoice by a rule or by a manager, then books it.",
    example_input={"number": "R-104", "lines": [{"price": 400}, {"price": 750}]},
)
