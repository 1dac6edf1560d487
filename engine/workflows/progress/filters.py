"""Validates the filters of lists and clean-ups: statuses, times, labels. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from celeriac.engine.errors import InvalidInput
from celeriac.engine.workflows.progress.events import epoch_ms
from celeriac.engine.workflows.progress.states import ENDED_STATUSES, StepStatus, WorkflowStatus


def checked_status(status: str) -> WorkflowStatus:
    """The status of this name. Raises `InvalidInput` with the known ones."""
    try:
        return WorkflowStatus(status)
    except ValueError:
        known = ", ".join(WorkflowStatus)
        raise InvalidInput(
            f"status {status[:40]!r} is unknown; known are {known}", pointer="/status"
        ) from None


def checked_step_status(status: str) -> StepStatus:
    """The status of a step or an item. Raises `InvalidInput` with the known ones."""
    try:
        return StepStatus(status)
    except ValueError:
        known = ", ".join(StepStatus)
        raise InvalidInput(
            f"status {status[:40]!r} is unknown; known are {known}", pointer="/status"
        ) from None


def checked_statuses(statuses: Iterable[str] | None) -> list[WorkflowStatus]:
    """These statuses, or every final one. Raises `InvalidInput` for an active one."""
    wanted = list(ENDED_STATUSES) if statuses is None else [checked_status(status) for status in statuses]
    for status in wanted:
        if not status.ended:
            raise InvalidInput(
                f"status {status.value!r} is active; cleanup removes only ended executions",
                pointer="/statuses",
            )
    return wanted


def checked_time(text: str | None, name: str) -> int | None:
    """An RFC 3339 time as ms. Raises `InvalidInput` naming the parameter."""
    if text is None:
        return None
    try:
        return epoch_ms(text)
    except ValueError:
        raise InvalidInput(
            f"{name} {text[:40]!r} is not an RFC 3339 time; write for example 2026-11-22T10:00:00Z",
            pointer=f"/{name}",
        ) from None


def checked_label(label: str | None) -> tuple[str, str] | None:
    """`key=value` as a pair. Raises `InvalidInput`."""
    if label is None:
        return None
    key, equals, value = label.partition("=")
    if not equals:
        raise InvalidInput(f"label {label[:40]!r} must be written key=value", pointer="/label")
    return key, value
