"""The timeline of an execution: a row per step, with its attempts as bars on one axis of time. Pure; times are ms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from starlette.requests import Request

from celeriac.engine.executions import Timeline
from celeriac.engine.workflows.progress.attempts import Attempt, Round
from celeriac.engine.workflows.progress.states import StepStatus
from celeriac.engine.workflows.progress.views import StepView
from celeriac.web.execution.board import Board
from celeriac.web.execution.timeline.axis import TimeAxis, time_axis
from celeriac.web.execution.timeline.bars import Bar, Counter, Scale, bars_of, ran, waited, words_of
from celeriac.web.execution.timeline.breakdown import Share, path_of, shares_of, work_on
from celeriac.web.request import engine_of
from celeriac.words.formats import duration
from celeriac.words.i18n import _

#: Rows of one page of the timeline.
ROWS = 200
#: The axis of an active execution is longer than what has happened, so that its bars have room to grow.
ROOM, LEAST_ROOM = 1.15, 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineRow:
    name: str
    level: int
    opens_level: bool  # the first row of its level on this page
    look: str
    attempt: int
    items: int | None  # of a mapped step, once they are known
    bars: list[Bar]
    critical: Bar | None  # its part of the critical path
    words: str  # the bars in words; for a row without bars the reason, '' if its look shows it
    waited: Counter | None
    ran: Counter | None


@dataclass(frozen=True, slots=True)
class RowsLink:
    """A page of rows, from 1. `look` is the most important one there, or ''."""

    number: int
    first: int
    last: int
    look: str


@dataclass(frozen=True)
class TimelineView:
    """A page of one round of an execution. An unknown round is the newest, an unknown page the first."""

    board: Board
    timeline: Timeline
    asked_round: int = 0
    asked_page: int = 0

    @property
    def rounds(self) -> Sequence[Round]:
        return self.timeline.rounds

    @property
    def round(self) -> int:
        return self.asked_round if 0 < self.asked_round <= len(self.rounds) else len(self.rounds)

    @property
    def page(self) -> int:
        return self.asked_page if 0 < self.asked_page <= len(self.pages) else 1

    @property
    def is_active(self) -> bool:
        return self._shown.ended is None

    @property
    def started_ms(self) -> int:
        """The start of the axis, ms since 1970."""
        return self.timeline.launched + self._shown.started

    @property
    def axis(self) -> TimeAxis:
        return self._scale.axis

    @property
    def length(self) -> int:
        """Of the round, until now while it lasts."""
        ended = self._shown.ended
        return (self._now if ended is None else ended) - self._shown.started

    @property
    def _shown(self) -> Round:
        return self.rounds[self.round - 1]

    @property
    def _now(self) -> int:
        return self.timeline.now - self.timeline.launched

    @cached_property
    def _scale(self) -> Scale:
        room = max(round(self.length * ROOM), LEAST_ROOM) if self.is_active else self.length
        return Scale(time_axis(room), self.timeline.launched, self._shown.started, self._now)

    @cached_property
    def pages(self) -> list[RowsLink]:
        steps = self.board.view["steps"]
        return [
            RowsLink(start // ROWS + 1, start + 1, min(start + ROWS, len(steps)), self._worst(start))
            for start in range(0, len(steps), ROWS)
        ]

    def _worst(self, start: int) -> str:
        looks = {self.board.step_cells[step["name"]].status for step in self._steps_from(start)}
        return next((look for look in ("failure", "running", "retrying") if look in looks), "")

    def _steps_from(self, start: int) -> list[StepView]:
        return self.board.view["steps"][start : start + ROWS]

    @cached_property
    def _attempts(self) -> dict[str, list[Attempt]]:
        """The attempts of the selected round, by step."""
        return {
            name: [each for each in course.attempts if each.round == self.round]
            for name, course in self.timeline.courses.items()
        }

    @cached_property
    def path(self) -> list[str]:
        """Names of the steps of the critical path of the newest round, after it has ended."""
        if self.is_active or self.round < len(self.rounds):
            return []
        found = path_of(self.board.view["steps"], self.timeline.courses)
        return [name for name in found if self._attempts[name]]

    @cached_property
    def _on_path(self) -> dict[str, Bar]:
        """For each step of the path the period from the end of the previous one to its own."""
        marks, begin = {}, self._shown.started
        for name in self.path:
            end = self.timeline.courses[name].ended or begin
            marks[name] = self._scale.bar("critical", begin, end)
            begin = end
        return marks

    @property
    def summary(self) -> str:
        """The share of work in the total time; '' without a critical path."""
        if not self.path:
            return ""
        work = work_on(self.path, self._attempts)
        return _("{work} of {whole} were work on the critical path.").format(
            work=duration(work / 1000), whole=duration(self.length / 1000)
        )

    @cached_property
    def shares(self) -> list[Share]:
        queues = {step["name"]: step["queue"] for step in self.board.view["steps"]}
        return shares_of(self.path, self._attempts, queues, self.length)

    @cached_property
    def rows(self) -> list[TimelineRow]:
        return list(self._rows())

    def _rows(self) -> Iterator[TimelineRow]:
        level = 0
        for step in self._steps_from((self.page - 1) * ROWS):
            attempts, cell = self._attempts[step["name"]], self.board.step_cells[step["name"]]
            yield TimelineRow(
                name=step["name"],
                level=step["level"],
                opens_level=step["level"] != level,
                look=cell.status,
                attempt=cell.attempt,
                items=step["items"]["total"] if "items" in step else None,
                bars=bars_of(attempts, self._scale),
                critical=self._on_path.get(step["name"]),
                words=words_of(attempts, self._now) if attempts else self._without_attempts(step),
                waited=waited(attempts, self._scale),
                ran=ran(attempts, self._scale),
            )
            level = step["level"]

    def _without_attempts(self, step: StepView) -> str:
        earlier = self.timeline.courses[step["name"]].attempts
        if earlier and earlier[-1].round < self.round and StepStatus(step["status"]).ended:
            return _("kept from round {n}").format(n=earlier[-1].round)
        if self.round < len(self.rounds):
            return _("not in this round")
        # What a pending step waits for changes too often to be shown here.
        return "" if step["status"] == StepStatus.PENDING else self.board.step_cells[step["name"]].text

    @property
    def kinds(self) -> set[str]:
        """Of the bars on this page."""
        return {bar.kind for row in self.rows for bar in row.bars}


def timeline_context(request: Request, board: Board) -> dict[str, object]:
    """The variables of `execution/_timeline.html`. `?round=` and `?page=` count from 1."""
    timeline = engine_of(request).executions.timeline(board.view["execution_id"], read=board.read)
    return {"timeline": TimelineView(board, timeline, _number(request, "round"), _number(request, "page"))}


def _number(request: Request, name: str) -> int:
    text = request.query_params.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
