"""Follows executions as the web process does, and compares what it gets with what is read anew."""

from __future__ import annotations

from typing import Any

from celeriac.engine.store.store import Store
from celeriac.engine.workflows.progress.events import event_view
from celeriac.engine.workflows.progress.views import EventView, ExecutionView

#: What attempts fail with, so that it can be shown.
ERROR = b'{"kind":"error","type":"ValueError","message":"no"}'


class Follower:
    """Remembers for each execution the view it had last, made by following as long as that was possible."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.known: dict[str, tuple[ExecutionView, EventView]] = {}
        self.followed = 0

    def differences(self, execution_id: str) -> list[str]:
        """Follows the execution, and names what is not as it is read anew."""
        read, events = self.store.reader.view(execution_id), self._events(execution_id)
        before = self.known.get(execution_id)
        self.known[execution_id] = read, events[-1]
        if before is None or (followed := self.store.changes.since(*before)) is None:
            return []
        self.followed += 1
        view, fresh = followed
        self.known[execution_id] = view, events[-1]
        found = [] if fresh == events[before[0]["seq"] :] else [f"events: {fresh}"]
        for step, read_step in zip(view["steps"], read["steps"], strict=True):
            if _timeless(step) != _timeless(read_step):
                found.append(f"followed {step}, read {read_step}")
        if _timeless({**view, "steps": None}) != _timeless({**read, "steps": None}):
            found.append(f"followed {view}, read {read}")
        return found

    def _events(self, execution_id: str) -> list[EventView]:
        record, events = self.store.reader.events(execution_id, 0, 100_000)
        return [event_view(event, record.launched, record.definition.steps) for event in events]


def _timeless(view: Any) -> dict[str, Any]:
    """Without what grows from one reading to the next."""
    return {key: value for key, value in view.items() if key != "duration"}
