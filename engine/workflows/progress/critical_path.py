"""The chain of dependencies that determined when an execution ended. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from celeriac.engine.workflows.definition.planning import Dependencies


def critical_path(
    dependencies: Dependencies, started: Sequence[int | None], ended: Sequence[int | None]
) -> list[int]:
    """Indexes of steps, from one without dependencies to the one that ended last; each depends on the one before it.

    `started` and `ended` are those of each step's last attempt, in one unit of time. A step that never started (skipped,
    cancelled, marked) may still have an end, and may be part of the chain. Empty if nothing has started and ended.
    """
    last = [step for step in range(len(ended)) if started[step] is not None and ended[step] is not None]
    if not last:
        return []
    path = [max(last, key=lambda step: _order(step, started, ended))]
    while before := [step for step in dependencies[path[-1]] if ended[step] is not None]:
        path.append(max(before, key=lambda step: _order(step, started, ended)))
    return path[::-1]


def _order(step: int, started: Sequence[int | None], ended: Sequence[int | None]) -> tuple[int, bool, int]:
    """By end; at the same moment a step that ran comes first, then the order of the definition."""
    return ended[step] or 0, started[step] is not None, -step
