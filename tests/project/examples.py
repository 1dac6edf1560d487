"""What the built-in workflows declare, without a store."""

from __future__ import annotations

from celeriac.engine.engine import WorkflowEngine
from celeriac.engine.settings import Settings


def example_queues() -> set[str]:
    """The queues that steps of the built-in workflows name."""
    # An address where nothing listens: to load definitions opens no connection.
    engine = WorkflowEngine(Settings(redis_url="redis://127.0.0.1:1"))
    engine.load_workflows()
    return {step.queue for workflow in engine.registered.values() for step in workflow.steps}
