"""Levels and cycles of a graph of steps given as indexes: `dependencies[i]` are the steps that step i depends on. Pure.

Nothing here recurses, so chains of thousands of steps are possible.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

Dependencies = Sequence[Sequence[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Levels count from 1 and are valid only without cycles."""

    levels: tuple[int, ...]  # level of each step
    cycles: tuple[tuple[int, ...], ...]  # each step depends on the next one, the last on the first


def plan(dependencies: Dependencies) -> Plan:
    """Level of each step: 1 without dependencies, else one more than the highest level of its dependencies.

    Cycles are found one by one: each is then treated as done, so that later ones are found, too.
    """
    dependents = invert(dependencies)
    open_count = [len(needed) for needed in dependencies]
    levels = [1] * len(dependencies)
    done = [False] * len(dependencies)
    ready = deque(index for index, count in enumerate(open_count) if count == 0)
    cycles: list[tuple[int, ...]] = []
    first_open = 0
    while True:
        while ready:
            index = ready.popleft()
            done[index] = True
            for dependent in dependents[index]:
                levels[dependent] = max(levels[dependent], levels[index] + 1)
                open_count[dependent] -= 1
                if open_count[dependent] == 0:
                    ready.append(dependent)
        while first_open < len(done) and done[first_open]:
            first_open += 1
        if first_open == len(done):
            return Plan(levels=tuple(levels), cycles=tuple(cycles))
        cycle = _find_cycle(dependencies, done, first_open)
        cycles.append(cycle)
        for index in cycle:
            open_count[index] = -1  # never becomes 0 again: each step is ready once
            ready.append(index)


def invert(dependencies: Dependencies) -> list[list[int]]:
    """The dependents of each step, in ascending order."""
    dependents: list[list[int]] = [[] for _ in dependencies]
    for index, needed in enumerate(dependencies):
        for dependency in needed:
            dependents[dependency].append(index)
    return dependents


def _find_cycle(dependencies: Dependencies, done: Sequence[bool], start: int) -> tuple[int, ...]:
    """Follows open dependencies until a step repeats; `start` must be open, so there always is one."""
    path: list[int] = []
    position: dict[int, int] = {}
    index = start
    while index not in position:
        position[index] = len(path)
        path.append(index)
        index = next(dependency for dependency in dependencies[index] if not done[dependency])
    cycle = path[position[index] :]
    first = cycle.index(min(cycle))
    return tuple(cycle[first:] + cycle[:first])
