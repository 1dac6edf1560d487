"""Which steps run again when an ended execution is retried. Pure.

All steps behind a step that runs again run again, too, so that the result is that of a possible single run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from celeriac.engine.workflows.definition.definition import StepDefinition, WorkflowDefinition
from celeriac.engine.workflows.definition.steps import ALWAYS
from celeriac.engine.workflows.progress.events import Reason
from celeriac.engine.workflows.progress.states import UNDONE_LETTERS, Letter


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a step ended: its letter in the state vector, and the code of the reason, '' without one."""

    letter: str
    why: str = ""


def possible_actions(
    step: StepDefinition, end: Outcome, *, ended: bool, cancelling: bool, has_items: bool
) -> list[str]:
    """The possible actions on a step: `rerun`, `skip`, `succeed`. `end` is its state, `ended` is that of the execution.

    The state may change before the action arrives; the script decides.
    """
    waits = end.letter in (Letter.PENDING, Letter.RETRYING) or (end.letter == Letter.QUEUED and not has_items)
    stops = end.letter == Letter.RUNNING and not has_items
    cancelled = cancelling and step.trigger != ALWAYS
    by_hand = end.letter in UNDONE_LETTERS if ended else waits and not cancelled
    possible = {
        "rerun": ended and end.why != Reason.NOT_CHOSEN,
        "skip": by_hand or (stops and not ended and not cancelled),
        "succeed": by_hand and not step.branch,
    }
    return [action for action, holds in possible.items() if holds]


def steps_to_retry(definition: WorkflowDefinition, ends: Mapping[int, Outcome]) -> dict[int, bool]:
    """The steps that a retry runs again, by index, in order: those not completed, and all steps downstream of them.

    True: a mapped step that keeps its successful items.
    """
    return _with_followers(definition, ends, lambda step: ends[step.index].letter in UNDONE_LETTERS)


def steps_to_rerun(
    definition: WorkflowDefinition, ends: Mapping[int, Outcome], index: int
) -> dict[int, bool]:
    """The steps that a re-run from that step runs again: it, those of a retry, and all steps downstream of them."""
    return _with_followers(
        definition, ends, lambda step: step.index == index or ends[step.index].letter in UNDONE_LETTERS
    )


def _with_followers(
    definition: WorkflowDefinition, ends: Mapping[int, Outcome], is_seed: Callable[[StepDefinition], bool]
) -> dict[int, bool]:
    branch_of = {
        definition.index_of(named.task): step.index for step in definition.steps for named in step.branch
    }
    again: dict[int, bool] = {}
    for step in definition.steps:  # dependencies come before their dependents
        behind = any(dependency in again for dependency in step.dependencies)
        if is_seed(step):
            again[step.index] = not behind and ends[step.index].letter in UNDONE_LETTERS
        elif behind and not _stays_skipped(ends[step.index], branch_of.get(step.index) in again):
            again[step.index] = False
    return again


def _stays_skipped(end: Outcome, branch_again: bool) -> bool:
    """A person's skip stays; so does the skip of a branch that does not run again."""
    return end.why == Reason.BY_HAND or (end.why == Reason.NOT_CHOSEN and not branch_again)
