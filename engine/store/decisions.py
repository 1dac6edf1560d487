"""Decides steps that are decided before they start: looks at `only_if`, and lists the items of mapped steps.

The store asks (an order without a queue), whoever got the order answers through `decide_step`. Nothing is lost when
nobody does: the order comes again with the next tick.
"""

from __future__ import annotations

import json
from typing import Any

from celeriac.engine.store.records import Records
from celeriac.engine.store.transitions import Message, Transitions
from celeriac.engine.workflows.conditions import Undecidable
from celeriac.engine.workflows.deciding import NoItems, items_for, why_not
from celeriac.engine.workflows.definition import StepDefinition
from celeriac.engine.workflows.retry import BAD_CONDITION, BAD_ITEMS
from celeriac.engine.workflows.strict_json import dumps
from celeriac.engine.workflows.units import index_of


class Decisions:
    """Answers orders for a decision."""

    def __init__(self, records: Records, transitions: Transitions) -> None:
        self._records, self._transitions = records, transitions

    def decide(self, order: Message) -> tuple[Message, ...]:
        """Decides one step. Answers what became ready to publish, and what has to be decided next."""
        step = self._records.definition_of(order.execution_id).steps[index_of(order.unit)]
        decide = self._transitions.decide_step
        try:
            results, given = self._results(order.execution_id, step)
            if reason := why_not(step, results, given):
                return decide(order, "skip", reason)
            if step.map_over is None:
                return decide(order, "start")
            return decide(order, "map", *(dumps(item) for item in items_for(step, results, given)))
        except (Undecidable, NoItems) as error:
            kind = BAD_CONDITION if isinstance(error, Undecidable) else BAD_ITEMS
            said = {"kind": kind, "type": type(error).__name__, "message": str(error)}
            return decide(order, "fail", kind, dumps(said))

    def _results(self, execution_id: str, step: StepDefinition) -> tuple[dict[str, Any], Any]:
        """The results of those dependencies that have one, by name, and the input."""
        names = ["input", *(f"r{dependency}" for dependency in step.dependencies)]
        raw_input, *raws = self._records.data(execution_id, names)
        found = zip(step.depends_on, raws, strict=True)
        return {name: json.loads(raw) for name, raw in found if raw is not None}, json.loads(
            raw_input or b"{}"
        )
