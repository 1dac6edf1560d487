"""The attempts of a step: each failed one with its own error, traceback and last lines. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from celeriac.engine.workflows.json.quoting import shorten
from celeriac.engine.workflows.progress.states import StepStatus
from celeriac.engine.workflows.progress.views import AttemptView, ErrorView, LogLineView, StepDetail
from celeriac.web.execution.tracebacks import Traceback, read_traceback

#: Maximum number of tracebacks on a page, 16 KB each at most, and of lines of one attempt.
MOST_TRACEBACKS, LINES = 6, 20
_SUMMARY = 200  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRow:
    """One attempt. `same_as` is a later attempt with the same traceback, 0 for none."""

    view: AttemptView
    traceback: Traceback
    lines: list[LogLineView]
    same_as: int = 0
    is_shown_above: bool = False
    is_left_out: bool = False  # its traceback was left out for lack of space

    @property
    def number(self) -> int:
        return self.view["attempt"]

    @property
    def error(self) -> ErrorView | None:
        return self.view["error"]

    @property
    def summary(self) -> str:
        """The error in a line."""
        error = self.view["error"]
        return shorten(" ".join(_headline(error).split()), _SUMMARY) if error else ""


def attempts_of(step: StepDetail) -> list[AttemptRow]:
    """The attempts of a step or item, latest first; the error of the first failed one is shown in full above them."""
    shown: list[AttemptRow] = []
    seen: dict[str, int] = {}
    for view in reversed(step["attempts"]):
        error = view["error"]
        text = _told(error) if error else ""
        same_as, is_first = seen.get(text, 0), not seen
        if error:
            seen.setdefault(text, view["attempt"])
        own_lines = [line for line in step["logs"] if line["attempt"] == view["attempt"]]
        shown.append(
            AttemptRow(
                view=view,
                traceback=read_traceback(text),
                lines=own_lines[-LINES:] if error else [],
                same_as=same_as,
                is_shown_above=bool(error) and is_first and step["status"] != StepStatus.SUCCESS,
                is_left_out=bool(error) and not same_as and len(seen) > MOST_TRACEBACKS,
            )
        )
    return shown


def _told(error: ErrorView) -> str:
    """The traceback; without code in it, and if the task has not raised, the error's message."""
    traceback = error["traceback"]
    if not traceback or (error["kind"] != "error" and not read_traceback(traceback).has_calls):
        return _headline(error)
    return traceback


def _headline(error: ErrorView) -> str:
    return f"{error['type']}: {error['message']}"
