"""The errors of the example tasks."""

from __future__ import annotations

from celeriac.engine.workflows.progress.retry import FinalError


class BadInput(FinalError, ValueError):
    """The task's input is unusable: another attempt would fail the same way, so there is none."""
