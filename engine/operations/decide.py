"""Decides steps before they start: evaluates `only_if`, and lists the items of mapped steps.

A script returns the order, and the process that receives it calls `decide_step`. If that process dies, the next tick
returns the order again.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from typing import Any

from celeriac.engine.errors import CeleriacError
from celeriac.engine.store.keys import Field
from celeriac.engine.store.orders import ContinueOrder, DecideOrder, Order
from celeriac.engine.store.read.execution_reader import ExecutionReader
from celeriac.engine.store.transitions import Transitions
from celeriac.engine.workflows.conditions.conditions import Undecidable
from celeriac.engine.workflows.definition.definition import StepDefinition
from celeriac.engine.workflows.json.strict_json import dumps
from celeriac.engine.workflows.progress.deciding import NoItems, items_for, why_not
from celeriac.engine.workflows.progress.retry import BAD_CONDITION, BAD_ITEMS
from celeriac.engine.workflows.progress.units import index_of

logger = logging.getLogger(__name__)


class Decisions:
    """Carries out the orders that need a decision."""

    def __init__(self, records: ExecutionReader, transitions: Transitions) -> None:
        self._records, self._transitions = records, transitions

    def carry_out(self, orders: Sequence[Order]) -> list[Order]:
        """Decides these steps, and does the next part of what executions have to do still. Returns the orders of that.

        What fails is logged and left to the next tick.
        """
        following: list[Order] = []
        for order in orders:
            try:
                if isinstance(order, DecideOrder):
                    following += self.decide(order)
                elif isinstance(order, ContinueOrder):
                    following += self._transitions.continue_execution(order.execution_id)
            except CeleriacError as error:
                logger.warning("%s waits for the next tick: %s", order.execution_id, error)
        return following

    def decide(self, order: DecideOrder) -> tuple[Order, ...]:
        """Decides one step. Returns what is ready to be published, and what has to be decided next."""
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
        """The input, and the results of those dependencies that have one, by name."""
        names = ["input", *(f"{Field.RESULT}{dependency}" for dependency in step.dependencies)]
        raw_input, *raws = self._records.data(execution_id, names)
        found = zip(step.depends_on, raws, strict=True)
        return {name: json.loads(raw) for name, raw in found if raw is not None}, json.loads(
            raw_input or b"{}"
        )
