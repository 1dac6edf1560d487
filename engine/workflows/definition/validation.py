"""Validates a workflow: all rules together, with every problem and its remedy. Pure."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator, Sequence

from celeriac.engine.errors import InvalidInput
from celeriac.engine.workflows.definition.decision_rules import decision_problems
from celeriac.engine.workflows.definition.implicit_dependencies import (
    mapped_step,
    with_implicit_dependencies,
)
from celeriac.engine.workflows.definition.planning import plan
from celeriac.engine.workflows.definition.retry_rules import retry_rule_problems
from celeriac.engine.workflows.definition.steps import (
    MAX_RETRY_COUNT,
    MAX_TIMEOUT,
    ON_FAILURE,
    STOP,
    WorkflowStep,
)
from celeriac.engine.workflows.json import strict_json
from celeriac.engine.workflows.json.input_schema import check_input, find_schema_problems
from celeriac.engine.workflows.json.near_misses import NearMisses
from celeriac.engine.workflows.json.quoting import quoted, type_of

MAX_STEPS = 5_000
#: Shares of a busy queue: a step of a high workflow counts as a quarter of a normal one.
PRIORITIES = {"low": 0.25, "normal": 1.0, "high": 4.0}
MAX_TASK_NAME = 200  # characters
#: Every task is called with `input`, that of a mapped step with `item` too, a bound one with `self`.
RESERVED_NAMES = frozenset({"input", "item", "self"})

RESERVED_IDS = frozenset({"new"})  # addresses of pages below /workflows

_WORKFLOW_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_STEP_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_QUEUE = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_MAX_SHOWN_OF_CYCLE = 12


class StepProblem(str):
    """A problem of one step, as a sentence with its name, so that an editor can point to the step."""

    place: int  # of the step among those given, from 0
    said: str  # the sentence without the step's name

    @classmethod
    def of(cls, place: int, said: str, title: str = "") -> StepProblem:
        problem = cls(f"{title}: {said}" if title else said)
        problem.place, problem.said = place, said
        return problem


def find_problems(
    workflow_id: object,
    steps: Sequence[object],
    description: object,
    input_schema: object,
    example_input: object,
    priority: object = "normal",
    on_failure: object = STOP,
) -> list[str]:
    """All problems of a workflow as sentences: its own first, then step by step (`StepProblem`), then cycles."""
    problems = list(_workflow_problems(workflow_id, description, input_schema, example_input))
    if not isinstance(priority, str) or priority not in PRIORITIES:
        problems.append(f"priority {quoted(priority)} is not one of {', '.join(PRIORITIES)}")
    if not isinstance(on_failure, str) or on_failure not in ON_FAILURE:
        problems.append(f"on_failure {quoted(on_failure)} is not one of {', '.join(ON_FAILURE)}")
    if len(steps) > MAX_STEPS:
        too_many = f"{len(steps):,} steps are too many; split the workflow, at most {MAX_STEPS:,} are allowed"
        return [*problems, too_many]
    return problems + _problems_of_steps(steps)


def _problems_of_steps(steps: Sequence[object]) -> list[str]:
    problems = [] if steps else ["a workflow needs at least one step"]
    proper: list[WorkflowStep] = []
    positions: dict[str, int] = {}
    for number, step in enumerate(steps, start=1):
        if not isinstance(step, WorkflowStep):
            problems.append(f"step {number} is {type_of(step)}; pass WorkflowStep(name=…, task_name=…)")
            continue
        if isinstance(step.name, str) and positions.setdefault(step.name, len(proper)) != len(proper):
            said = f"step {number} repeats this name; names must differ"
            problems.append(StepProblem.of(len(proper), said, f"step {quoted(step.name)}"))
        proper.append(step)
    names = NearMisses(positions)
    chosen_by: dict[str, str] = {}
    completed = with_implicit_dependencies(proper)
    for index, (step, complete) in enumerate(zip(proper, completed, strict=True)):
        title = f"step {quoted(step.name)}" if isinstance(step.name, str) else f"step {index + 1}"
        found = [
            *_step_problems(step),
            *_dependency_problems(step, names),
            *_parameter_problems(complete),
            *decision_problems(step, complete, names, chosen_by),
        ]
        problems += [StepProblem.of(index, problem, title) for problem in found]
    return problems + _cycle_problems(proper, completed, positions)


def _workflow_problems(
    workflow_id: object, description: object, input_schema: object, example_input: object
) -> Iterator[str]:
    if not isinstance(workflow_id, str) or not _WORKFLOW_ID.fullmatch(workflow_id):
        yield (
            f"the workflow id {quoted(workflow_id)} is not allowed: use 1 to 64 ASCII letters, digits, "
            "'_' or '-', beginning with a letter or digit"
        )
    elif workflow_id in RESERVED_IDS:
        yield f"the workflow id {quoted(workflow_id)} is the address of a page; choose another"
    if not isinstance(description, str):
        yield f"the description is {type_of(description)}; it must be a string"
    problems = list(_input_problems(input_schema, example_input))
    yield from problems
    if isinstance(input_schema, dict) and example_input and not problems:
        for found in check_input(input_schema, example_input):
            yield f"example_input does not fit input_schema: {found.message}"


def _input_problems(input_schema: object, example_input: object) -> Iterator[str]:
    for title, value in (("input_schema", input_schema), ("example_input", example_input)):
        problem = None if value is None else _object_problem(value)
        if problem:
            yield f"{title} {problem}"
        elif title == "input_schema" and isinstance(value, dict):
            yield from (f"input_schema: {found}" for found in find_schema_problems(value))


def _step_problems(step: WorkflowStep) -> Iterator[str]:
    """The problems of a single step."""
    name_problem = step_name_problem(step.name)
    if name_problem:
        yield name_problem
    task_name: object = step.task_name
    if not isinstance(task_name, str) or not task_name.strip():
        yield f"task_name {quoted(task_name)} is not the name of a task; use the registered name"
    elif len(task_name) > MAX_TASK_NAME:
        yield f"task_name {quoted(task_name)} is too long; at most {MAX_TASK_NAME} characters are allowed"
    elif not task_name.isprintable():
        yield f"task_name {quoted(task_name)} contains unprintable characters; remove them"
    problem = _object_problem(step.parameters)
    if problem:
        yield f"parameters {problem}"
    if step.retry_count is not None:
        yield from _whole_number_problems("retry_count", step.retry_count, 0, MAX_RETRY_COUNT, "")
    if step.timeout is not None:
        yield from _whole_number_problems("timeout", step.timeout, 1, MAX_TIMEOUT, " seconds")
    yield from retry_rule_problems(step.retry_on, step.no_retry_on)
    queue: object = step.queue
    if queue is not None and (not isinstance(queue, str) or not _QUEUE.fullmatch(queue)):
        yield f"queue {quoted(queue)} is not allowed: use 1 to 100 ASCII letters, digits, '_', '.' or '-'"


def step_name_problem(name: object) -> str | None:
    """Why a step cannot have this name, or None: dependents get its result as a keyword argument of this name."""
    if not isinstance(name, str) or not _STEP_NAME.fullmatch(name):
        return (
            f"the name {quoted(name)} is not allowed: use 1 to 64 ASCII letters, digits or '_', "
            "not beginning with a digit"
        )
    if keyword.iskeyword(name):
        return f"the name {quoted(name)} is a Python keyword; results are passed as arguments, choose another"
    if name in RESERVED_NAMES:
        return f"the name {quoted(name)} is reserved for an argument of every task; choose another"
    return None


def _dependency_problems(step: WorkflowStep, names: NearMisses) -> Iterator[str]:
    """The problems of the dependencies of a step."""
    if not isinstance(step.depends_on, list | tuple):
        yield f"depends_on is {type_of(step.depends_on)}; it must be a list of step names"
        return
    seen: set[str] = set()
    for dependency in step.depends_on:
        if not isinstance(dependency, str):
            yield f"depends_on holds {quoted(dependency)}, {type_of(dependency)}; it must hold step names"
        elif dependency in seen:
            yield f"depends on {quoted(dependency)} twice; name it once"
        elif dependency == step.name:
            yield "depends on itself; remove it from depends_on"
        elif dependency not in names.names:
            hint = names.hint(dependency, "add that step or remove the dependency")
            yield f"depends on unknown step {quoted(dependency)}{hint}"
        if isinstance(dependency, str):
            seen.add(dependency)


def _parameter_problems(step: WorkflowStep) -> Iterator[str]:
    """The arguments that the parameters of a step, given with its implicit dependencies, would hide from its task."""
    if not isinstance(step.depends_on, list | tuple) or not isinstance(step.parameters, dict):
        return
    if "input" in step.parameters:
        yield "the parameter 'input' would hide the execution's input; rename it"
    # The task receives one item of the list that a step is mapped over, not the result that contains the list.
    handed = {name for name in step.depends_on if isinstance(name, str)} - {mapped_step(step)}
    for dependency in sorted(handed & step.parameters.keys()):
        yield f"the parameter {quoted(dependency)} would hide that step's result; rename it"


def _cycle_problems(
    given: Sequence[WorkflowStep], completed: Sequence[WorkflowStep], positions: dict[str, int]
) -> list[str]:
    """One sentence for each cycle of steps. Problems of other rules (unknown, itself) are left out."""
    problems: list[str] = []
    for cycle in plan(known_dependencies(completed, positions)).cycles:
        names = [quoted(completed[index].name)[1:-1] for index in cycle]
        if len(names) > _MAX_SHOWN_OF_CYCLE:
            half = _MAX_SHOWN_OF_CYCLE // 2
            left_out = f"… {len(names) - 2 * half:,} more steps …"
            names = [*names[:half], left_out, *names[-half:]]
        path = " -> ".join([*names, names[0]])
        said = (
            f"circular dependency: {path} (each waits for the next{_implicit_of(cycle, given)}); "
            "remove one of these dependencies"
        )
        problems.append(StepProblem.of(cycle[0], said))
    return problems


def _implicit_of(cycle: Sequence[int], given: Sequence[WorkflowStep]) -> str:
    """Names the first implicit dependency of a cycle, which is in no `depends_on`."""
    for index, needed in zip(cycle, [*cycle[1:], cycle[0]], strict=True):
        name, other = given[index].name, given[needed].name
        if other not in given[index].depends_on:
            why = "is mapped over its list" if mapped_step(given[index]) == other else "may be chosen by it"
            return f"; {quoted(name)} for {quoted(other)} because it {why}"
    return ""


def known_dependencies(steps: Sequence[WorkflowStep], positions: dict[str, int]) -> list[list[int]]:
    """Indexes of the dependencies of each step that exist and are not the step itself."""
    found: list[list[int]] = []
    for index, step in enumerate(steps):
        names = step.depends_on if isinstance(step.depends_on, list | tuple) else []
        indexes = (positions.get(name) for name in dict.fromkeys(n for n in names if isinstance(n, str)))
        found.append([other for other in indexes if other is not None and other != index])
    return found


def _object_problem(value: object) -> str | None:
    if not isinstance(value, dict):
        return f"must be a JSON object (a dict), not {type_of(value)}"
    try:
        strict_json.dumps(value)
    except InvalidInput as error:
        return f"must be JSON: {error}"
    return None


def _whole_number_problems(title: str, value: object, low: int, high: int, unit: str) -> Iterator[str]:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        yield f"{title} {quoted(value)} is not allowed: use a whole number from {low} to {high:,}{unit}"
