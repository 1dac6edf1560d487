"""A failed execution continues from the failed step: successful steps are kept.

Invoices in foreign currencies are read, converted and sent. While the rate service is down, the conversion fails. Once it
is back, `celeriac retry ID` (or "Retry from…" on the page) converts and sends, without reading again. Here the service
fails as many attempts as the input sets: `"down_for": 1` fails once and then succeeds.

Airflow: "clear" the failed task. Argo: `argo retry`. Step Functions: "redrive".
"""

from typing import Any

from celeriac import WorkflowStep, current_step, task, workflow_engine

RATES = {"EUR": 1.0, "GBP": 1.25, "USD": 0.8}


@task(name="patterns.read_foreign_invoices")
def read_foreign_invoices(input: dict[str, Any]) -> list[dict[str, Any]]:
    return [invoice for invoice in input["invoices"] if invoice["currency"] != "EUR"]


@task(name="patterns.convert_invoices")
def convert_invoices(input: dict[str, Any], read: list[dict[str, Any]]) -> list[float]:
    if current_step.attempt <= input["down_for"]:
        raise ConnectionError("the rate service does not respond")
    return [round(invoice["amount"] * RATES[invoice["currency"]], 2) for invoice in read]


@task(name="patterns.send_invoices")
def send_invoices(convert: list[float]) -> str:
    return f"{len(convert)} invoices over {sum(convert):,.2f} EUR sent"


workflow_engine.register_workflow(
    "retry_from_the_middle",
    [
        WorkflowStep("read", "patterns.read_foreign_invoices"),
        WorkflowStep("convert", "patterns.convert_invoices", depends_on=["read"], retry_count=0),
        WorkflowStep("send", "patterns.send_invoices", depends_on=["convert"]),
    ],
    description="Fails while a service is down; retry it afterwards.",
    example_input={
        "down_for": 1,
        "invoices": [{"currency": "GBP", "amount": 20}, {"currency": "USD", "amount": 100}],
    },
)
