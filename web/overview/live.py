"""The overview while it is open, `GET /stream?view=overview`: its sections are replaced as they change."""

from __future__ import annotations

from collections.abc import Mapping

from celeriac.engine.engine import WorkflowEngine
from celeriac.web.overview.page import context
from celeriac.web.streaming.sections import ACTIVE_COUNT, Sections
from celeriac.web.ui.layout import count_active

SECTIONS = {
    "overview-counts": "overview/_counts.html",
    "overview-troubles": "overview/_troubles.html",
    "overview-running": "overview/_running.html",
    "overview-finished": "overview/_finished.html",
}


class OverviewView:
    """The sections of the overview."""

    def __init__(self, engine: WorkflowEngine, query: Mapping[str, str]) -> None:
        self._engine = engine
        self._sections = Sections()

    def changes(self, changed: frozenset[str] | None) -> str:
        shown = context(self._engine) | {"active_everywhere": count_active(self._engine)}
        return self._sections.changed(SECTIONS | ACTIVE_COUNT, shown)
