"""The plan of a workflow version as the scripts read it: what they need of its steps."""

from __future__ import annotations

from celeriac.engine.store.keys import Field
from celeriac.engine.workflows.definition.definition import StepDefinition, WorkflowDefinition
from celeriac.engine.workflows.definition.steps import ALWAYS, NONE_FAILED

#: Letters of the triggers, for the scripts.
TRIGGERS = {
    NONE_FAILED: "n",
    "all_success": "S",
    "any_success": "y",
    "any_failure": "x",
    "all_done": "d",
    ALWAYS: "A",
}
#: Steps with these triggers may start after a failure stopped the rest.
LATE_TRIGGERS = ("any_failure", "all_done", ALWAYS)


def plan_row(step: StepDefinition, branch: int | None) -> str:
    """The scripts' row for a step: `queue|timeout ms|dependencies|dependents|rule`.

    The rule is the letter of the trigger and, where they apply: `a` may fail, `?` needs a decision before it starts, `m`
    mapped, with the number of items at a time, `s` with the index of the step that has the list, `B` with the index of
    the branch that must choose it.
    """
    dependencies = ",".join(map(str, step.dependencies))
    dependents = ",".join(map(str, step.dependents))
    rule = TRIGGERS[step.trigger] + "a" * step.allow_failure + "?" * step.is_decided
    if step.map_over is not None:
        source = step.map_over.partition(".")[0]
        rule += f"m{step.max_parallel or ''}"
        rule += "" if source == "input" else f"s{step.dependencies[step.depends_on.index(source)]}"
    rule += "" if branch is None else f"B{branch}"
    return f"{step.queue}|{_timeout(step)}|{dependencies}|{dependents}|{rule}"


def _timeout(step: StepDefinition) -> int:
    """The ms after which a running step is overdue."""
    limit = step.hard_limit or step.soft_limit or step.timeout
    return round(limit * 1000)


def _limits(step: StepDefinition) -> str:
    """The own limits of a task in ms, `soft`, `soft/hard` or `/hard`; empty if it has none."""
    soft, hard = (
        "" if limit is None else str(round(limit * 1000)) for limit in (step.soft_limit, step.hard_limit)
    )
    return f"{soft}/{hard}" if hard else soft


def plan_of(definition: WorkflowDefinition) -> dict[str, str]:
    """The plan of a workflow: a row per step, and lists of the steps with special ends or starts."""
    steps = definition.steps
    branches = {definition.index_of(way.task): step.index for step in steps for way in step.branch}
    lists = {
        "late": [step.index for step in steps if step.trigger in LATE_TRIGGERS],
        "decided": [step.index for step in steps if step.is_decided],
        "always": [step.index for step in steps if step.trigger == ALWAYS],
    }
    return {
        **{str(step.index): plan_row(step, branches.get(step.index)) for step in steps},
        **{f"{Field.TASK}{step.index}": step.task_name for step in steps},
        **{f"{Field.LIMITS}{step.index}": limits for step in steps if (limits := _limits(step))},
        **{name: ",".join(map(str, indexes)) for name, indexes in lists.items() if indexes},
        **({"on_failure": definition.on_failure} if definition.on_failure != "stop" else {}),
    }
