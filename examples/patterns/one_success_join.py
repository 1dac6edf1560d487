"""Several ways lead to the same thing, and one that succeeds is enough.

Three banks are asked for an exchange rate. They are allowed to fail, and the price is made of the rates there are. Where
no bank answers, the price is skipped.

Airflow calls it trigger rule `one_success` (there the join starts with the first success; here all are waited for, so that
the outcome never depends on who was quicker); Argo writes `depends: "a.Succeeded || b.Succeeded"`; Step Functions has a
Parallel state whose ways catch their own errors.
"""

from statistics import median
from typing import Any

from celeriac import WorkflowStep, task, workflow_engine

BANKS = ["north", "south", "west"]


@task(name="patterns.ask_bank")
def ask_bank(input: dict[str, Any], bank: str) -> float:
    if bank not in input["rates"]:
        raise ConnectionError(f"the {bank} bank does not answer")
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
    description="Asks three banks for a rate; one answer is enough.",
    example_input={"amount": 100, "rates": {"north": 1.08, "west": 1.1}},
)
