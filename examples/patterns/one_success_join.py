"""Several steps have the same purpose, and one success is enough.

The workflow requests an exchange rate from three banks. The requests may fail; the price uses the rates received. If no
bank responds, the price is skipped.

Airflow: trigger rule `one_success` (there the join starts with the first success; here it waits for all, so that the
result does not depend on timing). Argo: `depends: "a.Succeeded || b.Succeeded"`. Step Functions: a Parallel state whose
branches catch their own errors.
"""

from statistics import median
from typing import Any

from celeriac import WorkflowStep, task, workflow_engine

BANKS = ["north", "south", "west"]


@task(name="patterns.ask_bank")
def ask_bank(input: dict[str, Any], bank: str) -> float:
    if bank not in input["rates"]:
        raise ConnectionError(f"the {bank} bank does not respond")
    return float(input["rates"][bank])


@task(name="patterns.make_price")
def make_price(input: dict[str, Any], **rates: float | None) -> dict[str, Any]:
    given = [rate for rate in rates.values() if rate is not None]
    return {"price": round(input["amount"] * median(given), 2), "banks": len(given)}


workflow_engine.register_workflow(
    "one_success_join",
    [
        *(
            WorkflowStep(bank, "patterns.ask_bank", {"bank": bank}, retry_count=0, allow_failure=True)
            for bank in BANKS
        ),
        WorkflowStep("price", "patterns.make_price", depends_on=BANKS, trigger="any_success"),
    ],
    description="Requests a rate from three banks; one response is enough.",
    example_input={"amount": 100, "rates": {"north": 1.08, "west": 1.1}},
)
