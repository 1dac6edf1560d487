"""The decisions of a step before it starts: whether it runs, and over which items. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from celeriac.engine.workflows.conditions.conditions import evaluate
from celeriac.engine.workflows.conditions.fields import FieldMissing, only_if_lookup
from celeriac.engine.workflows.definition.decision_rules import MAX_ITEMS
from celeriac.engine.workflows.definition.definition import StepDefinition
from celeriac.engine.workflows.json.quoting import type_of


class NoItems(Exception):
    """`map_over` does not lead to a list that can be mapped over."""


def why_not(step: StepDefinition, results: Mapping[str, Any], input: Any) -> str:
    """Why `only_if` skips the step; '' if the step runs.

    `results` has the results of those dependencies that have one, by name. Raises `Undecidable`.
    """
    if step.only_if is None:
        return ""
    verdict = evaluate(step.only_if, only_if_lookup(step.depends_on, results, input))
    return "" if verdict.holds else verdict.reason


def items_for(step: StepDefinition, results: Mapping[str, Any], input: Any) -> list[Any]:
    """The items of a mapped step, at most 5,000. Raises `NoItems` with the value that is not such a list."""
    path = step.map_over or ""
    try:
        value = only_if_lookup(step.depends_on, results, input)(path)
    except FieldMissing as missing:
        raise NoItems(f"map_over: {missing}; {path} must be a list.") from None
    if not isinstance(value, list):
        raise NoItems(f"map_over: {path} is {type_of(value)}; it must be a list.")
    if len(value) > MAX_ITEMS:
        raise NoItems(f"map_over: {path} has {len(value):,} items; at most {MAX_ITEMS:,} are allowed.")
    return value
