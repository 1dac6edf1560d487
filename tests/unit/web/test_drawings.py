"""What the overview puts together and the small drawings are made of."""

from __future__ import annotations

from typing import Any, cast

from celeriac.engine.workflows.definition.views import WorkflowView
from celeriac.engine.workflows.progress.views import ExecutionSummary
from celeriac.web.overview.page import group_failures
from celeriac.web.ui.rendering import environment
from celeriac.web.workflows.shape import MOST_LEVELS, shape_of


def failure(workflow_id: str, step: str | None, kind: str, start_time: str) -> ExecutionSummary:
    error = {"type": kind, "message": "m"} | ({"step": step} if step else {})
    return cast(ExecutionSummary, {"workflow_id": workflow_id, "error": error, "start_time": start_time})


def level(**counts: int) -> dict[str, int]:
    names = ("pending", "queued", "running", "retrying", "success", "failure", "cancelled", "skipped")
    found = {name: counts.get(name, 0) for name in names}
    return {"level": 1, "total": sum(found.values()), "completed": found["success"], "allowed": 0, **found}


def bar(levels: list[dict[str, int]]) -> str:
    progress = {
        "completed_steps": 1,
        "total_steps": max(1, sum(one["total"] for one in levels)),
        "percentage": 0,
    }
    macros: Any = environment().get_template("components/levels.html").module
    return str(macros.level_bar(levels, progress))


def test_failures_are_one_line_when_workflow_step_and_error_agree() -> None:
    found = group_failures(
        [
            failure("w", "a", "ValueError", "2026-11-22T10:00:02.000Z"),
            failure("w", "b", "ValueError", "2026-11-22T10:00:01.000Z"),
            failure("w", "a", "ValueError", "2026-11-22T10:00:00.000Z"),
            failure("v", None, "Lost", "2026-11-22T09:00:00.000Z"),
        ]
    )

    assert [(one.latest["workflow_id"], one.times) for one in found] == [("w", 2), ("w", 1), ("v", 1)]
    assert found[0].since == "2026-11-22T10:00:00.000Z"


def test_a_workflow_is_not_drawn_when_it_has_too_many_levels() -> None:
    levels = [[f"s{n}"] for n in range(MOST_LEVELS + 1)]
    steps = [{"name": names[0], "depends_on": []} for names in levels]

    assert shape_of(cast(WorkflowView, {"levels": levels, "steps": steps})) is None
    assert shape_of(cast(WorkflowView, {"levels": levels[:2], "steps": steps[:2]})) is not None


def test_each_state_has_its_own_form_in_the_level_bar() -> None:
    forms = [
        bar([level(**{state: 1})]).split("<rect", 1)[1]
        for state in ("pending", "running", "success", "failure", "cancelled", "skipped")
    ]

    assert len(set(forms)) == len(forms)


def test_the_level_bar_stays_small_when_there_are_hundreds_of_levels() -> None:
    assert len(bar([level(success=1)] * 400)) < 600
