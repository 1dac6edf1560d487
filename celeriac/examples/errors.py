"""What the example tasks raise."""

from __future__ import annotations

from celeriac.engine.workflows.progress.retry import FinalError


class BadInput(FinalError, ValueError):
    """What a task was given cannot be used: another attempt would find the same, so there is none."""
