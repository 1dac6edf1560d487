"""Validates the conditions, the trigger and the mapping of a step. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from celeriac.engine.workflows.conditions.rules import branch_problems, condition_problems
from celeriac.engine.workflows.definition.implicit_dependencies import (
    INPUT,
    chosen_steps,
    conditions_among,
    mapped_step,
)
from celeriac.engine.workflows.definition.steps import NONE_FAILED, TRIGGERS, WorkflowStep
from celeriac.engine.workflows.json.near_misses import NearMisses
from celeriac.engine.workflows.json.quoting import quoted, type_of

MAX_PATH = 200  # characters of map_over
MAX_ITEMS = 5_000  # of a list that a step is mapped over

Problems = Iterator[str]


def decision_problems(
    step: WorkflowStep, completed: WorkflowStep, names: NearMisses, chosen_by: dict[str, str]
) -> Problems:
    """The problems of the conditions, the trigger and the mapping of a step.

    `completed` is the step with its implicit dependencies. `chosen_by` has the branch that named each step so far; the
    steps that this step names are added.
    """
    yield from _branch_problems(step, names, chosen_by)
    if step.only_if is not None:
        yield from condition_problems("only_if", step.only_if)
    yield from _trigger_problems(completed)
    if not isinstance(step.allow_failure, bool):
        yield f"allow_failure is {type_of(step.allow_failure)}; it must be True or False"
    yield from _map_problems(step, names)


def _branch_problems(step: WorkflowStep, names: NearMisses, chosen_by: dict[str, str]) -> Problems:
    among_parameters = conditions_among(step.parameters)
    if step.conditions is not None and among_parameters is not None:
        yield "has conditions as a field and in its parameters; keep one of the two"
    if step.conditions is not None:
        place = "conditions"
        yield from branch_problems(place, step.conditions)
    elif among_parameters is not None:
        place = "parameters.conditions"
        yield from branch_problems(place, among_parameters)
    else:
        return
    for task in chosen_steps(step):
        if task == step.name:
            yield f"{place} choose the step itself; name a step that comes after it"
        elif task not in names.names:
            hint = names.hint(task, "add that step or choose another")
            yield f"{place} choose the unknown step {quoted(task)}{hint}"
        elif chosen_by.setdefault(task, step.name) != step.name:
            yield (
                f"{place} choose {quoted(task)}, as those of step {quoted(chosen_by[task])} do; "
                "a step can be chosen by one branch only"
            )


def _trigger_problems(step: WorkflowStep) -> Problems:
    trigger: object = step.trigger
    if not isinstance(trigger, str) or trigger not in TRIGGERS:
        hint = NearMisses(TRIGGERS).hint(str(trigger), f"known are {', '.join(TRIGGERS)}")
        yield f"trigger {quoted(trigger)} is unknown{hint}"
    elif trigger != NONE_FAILED and not step.depends_on:
        yield f"trigger {quoted(trigger)} waits for nothing: name steps in depends_on, or leave it out"


def _map_problems(step: WorkflowStep, names: NearMisses) -> Problems:
    path: object = step.map_over
    if path is None:
        if step.max_parallel is not None:
            yield "max_parallel is for steps with map_over; remove it, or name the list in map_over"
        return
    if (
        not isinstance(path, str)
        or not all(path.split("."))
        or len(path) > MAX_PATH
        or not path.isprintable()
    ):
        yield f"map_over {quoted(path)} is not the place of a list; write 'step.path', 'step' or 'input.path'"
    elif path == INPUT:
        yield "map_over 'input' is an object, never a list; name the list in it: 'input.path'"
    else:
        source = mapped_step(step)
        if source == step.name:
            yield "map_over leads into the step's own result; name a list that is there before"
        elif source is not None and source not in names.names:
            hint = names.hint(source, "add that step or name another list")
            yield f"map_over leads into the unknown step {quoted(source)}{hint}"
    most: object = step.max_parallel
    if most is not None and (
        isinstance(most, bool) or not isinstance(most, int) or not 1 <= most <= MAX_ITEMS
    ):
        yield f"max_parallel {quoted(most)} is not allowed: use a whole number from 1 to {MAX_ITEMS:,}"
    if isinstance(step.parameters, dict) and "item" in step.parameters:
        yield "the parameter 'item' would hide the item that a mapped step is called with; rename it"
