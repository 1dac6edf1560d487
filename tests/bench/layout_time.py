"""How long the drawing of a plan takes to be laid out, and how many of its lines cross."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

from celeriac.engine.workflows.definition.steps import WorkflowStep
from tests.bench.bars import Figure
from tests.support.layouts import crossings, laid_out
from tests.support.workflows import fan, layered, step

#: Of the plans that are measured. The figures are medians over all of them.
SEEDS = range(1, 11)
LARGE_SEEDS = SEEDS[:3]


def measure_layout(_directory: Path) -> list[Figure]:
    """Milliseconds of a first layout, and pairs of lines that cross in it."""
    deep, deep_crossings = _medians(lambda seed: layered(50, 20, seed=seed), SEEDS)
    wide, wide_crossings = _medians(lambda seed: layered(20, 50, seed=seed), SEEDS)
    fewer, fewer_crossings = _medians(lambda seed: _one_or_two(20, 50, seed), SEEDS)
    many_levels, _ = _medians(lambda seed: layered(200, 50, seed=seed), LARGE_SEEDS)
    wide_levels, _ = _medians(lambda seed: layered(20, 500, seed=seed), LARGE_SEEDS)
    folded, _ = _medians(lambda seed: fan(500), SEEDS)
    return [
        Figure("50 levels of 20 steps, two dependencies each", deep, "ms", 250),
        Figure("50 levels of 20 steps, two dependencies each: crossings", deep_crossings, "", 7_000),
        Figure("20 levels of 50 steps, two dependencies each", wide, "ms", 250),
        # Without a bar: see docs/decisions/0019.
        Figure("20 levels of 50 steps, two dependencies each: crossings", wide_crossings, ""),
        Figure("20 levels of 50 steps, one or two dependencies each", fewer, "ms", 250),
        Figure("20 levels of 50 steps, one or two dependencies each: crossings", fewer_crossings, "", 7_000),
        Figure("200 levels of 50 steps", many_levels, "ms", 2_000),
        Figure("20 levels of 500 steps", wide_levels, "ms", 2_000),
        Figure("a fan of 500 equal steps", folded, "ms"),
    ]


def _one_or_two(levels: int, width: int, seed: int) -> list[WorkflowStep]:
    """`levels` x `width`; each step needs one or two seeded steps of the level before."""
    choose = random.Random(seed)
    steps: list[WorkflowStep] = []
    before: list[str] = []
    for level in range(1, levels + 1):
        names = [f"l{level}_{n}" for n in range(1, width + 1)]
        steps += [
            step(name, after=choose.sample(before, choose.randint(1, 2)) if before else []) for name in names
        ]
        before = names
    return steps


def _medians(plan_of: Callable[[int], list[WorkflowStep]], seeds: Sequence[int]) -> tuple[float, float]:
    milliseconds: list[float] = []
    crossed: list[int] = []
    for seed in seeds:
        steps = plan_of(seed)
        began = time.perf_counter()
        layout = laid_out(steps)
        milliseconds.append((time.perf_counter() - began) * 1000)
        crossed.append(crossings(layout))
    return median(milliseconds), median(crossed)
