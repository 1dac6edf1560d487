"""One step compensates for an earlier one if a later step fails, and another step runs in any case.

A trip is booked: first the flight, then the hotel. If the hotel is sold out, the flight is cancelled, provided there is
one. The customer is informed in any case, also if the execution is cancelled.

Airflow: trigger rules `one_failed` and `all_done`, and teardown tasks. Argo: `onExit` handlers and
`depends: "hotel.Failed"`. Step Functions: a Catch that leads to the compensating states (the saga pattern).
"""

from typing import Any

from celeriac import FinalError, WorkflowStep, task, workflow_engine


@task(name="patterns.book")
def book(input: dict[str, Any], what: str) -> dict[str, str]:
    if what in input["sold_out"]:
        raise FinalError(f"every {what} to {input['to']} is sold out")  # another attempt would not help
    return {"ticket": f"{what}-{input['to']}"}


@task(name="patterns.cancel_booking")
def cancel_booking(flight: dict[str, str]) -> str:
    return f"{flight['ticket']} was cancelled"


@task(name="patterns.tell_customer")
def tell_customer(input: dict[str, Any], hotel: dict[str, str] | None) -> str:
    return f"Enjoy {input['to']}!" if hotel else f"We are sorry: no trip to {input['to']}."


workflow_engine.register_workflow(
    "clean_up_after_failure",
    [
        WorkflowStep("flight", "patterns.book", {"what": "flight"}),
        WorkflowStep("hotel", "patterns.book", {"what": "hotel"}, depends_on=["flight"]),
        WorkflowStep(
            name="cancel_flight",
            task_name="patterns.cancel_booking",
            depends_on=["flight", "hotel"],
            trigger="any_failure",
            only_if={"type": "value_exists", "params": {"field": "flight.ticket"}},
        ),
        WorkflowStep("tell", "patterns.tell_customer", depends_on=["hotel"], trigger="always"),
    ],
    description="Books a flight and a hotel, or neither.",
    example_input={"to": "Lisbon", "sold_out": ["hotel"]},
)
