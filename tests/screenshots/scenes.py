"""Launches what is to be seen, and waits until each execution stands where its picture wants it."""

from __future__ import annotations

import httpx

from celeriac.engine.engine import WorkflowEngine
from tests.screenshots.workflows import NIGHT, PHOTOS, digest
from tests.support.executions import wait_for_step, wait_until_ended
from tests.support.waiting import eventually

OTHER_NIGHT = {"day": "2026-11-26", "forecast": False, "photos": PHOTOS[:6]}


def set_scenes(engine: WorkflowEngine, url: str) -> dict[str, str]:
    """Ids of executions by what they show. `url` is where the dashboard answers, whose API is asked, too."""
    ended = {city: _launch(engine, city) for city in ("Porto", "Madrid", "Coimbra", "Faro")}
    _put_digest(url)
    for _ in range(6):
        for workflow_id in ("data_processing", "conditional_processing", "parallel_processing"):
            engine.execute_workflow(workflow_id, engine.workflows.get(workflow_id)["example_input"])
    for execution_id in (*ended.values(), engine.execute_workflow("weekly_digest", {"week": "2026-W48"})):
        wait_until_ended(engine, execution_id, within=90)
    engine.executions.retry(ended["Faro"])
    engine.executions.pin(ended["Porto"])
    scenes = {
        "succeeded": ended["Porto"],
        "failed": ended["Madrid"],
        "items": ended["Coimbra"],
        "retried": ended["Faro"],
        "cancelled": _cancelled(engine),
        "waiting": engine.execute_workflow("train_model", {"city": "Braga"}),
        "large": engine.execute_workflow("sales_forecast", {"city": "Toledo"}),
        "running": engine.executions.launch(
            "shop_night", NIGHT, labels={"region": "south"}, note="with the forecast"
        ).execution_id,
        "cancelling": _cancelling(engine),
    }
    _wait_for_the_last(engine, scenes)
    return scenes


def _launch(engine: WorkflowEngine, city: str) -> str:
    return engine.execute_workflow("shop_night", {"city": city, **OTHER_NIGHT})


def _cancelled(engine: WorkflowEngine) -> str:
    execution_id = _launch(engine, "Seville")
    wait_for_step(engine, execution_id, "convert_currency", "running", within=60)
    engine.cancel_workflow(execution_id)
    wait_until_ended(engine, execution_id)
    return execution_id


def _cancelling(engine: WorkflowEngine) -> str:
    execution_id = _launch(engine, "Vigo")
    wait_for_step(engine, execution_id, "price_history", "running", within=60)
    engine.cancel_workflow(execution_id)
    return execution_id


def _put_digest(url: str) -> None:
    for definition in (
        digest("default", ["ana@example.com"]),
        digest("mail", ["ana@example.com", "rui@example.com"]),
    ):
        answer = httpx.put(f"{url}/api/v1/workflows/weekly_digest", json=definition)
        answer.raise_for_status()


def _wait_for_the_last(engine: WorkflowEngine, scenes: dict[str, str]) -> None:
    for step, status in (
        ("find_fraud", "retrying"),
        ("convert_currency", "running"),
        ("price_history", "running"),
    ):
        wait_for_step(engine, scenes["running"], step, status, within=60)
    wait_for_step(engine, scenes["large"], "week9_zone9", "running", within=60)
    wait_until_ended(engine, scenes["retried"], within=60)

    def all_is_quiet() -> bool:
        """what is not held has ended"""
        return engine.executions.count()["running"] == 3

    eventually(all_is_quiet, within=90)
