"""Where the time of an ended execution was spent: the parts of its critical path, longest first. Pure; times are ms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from celeriac.engine.workflows.progress.attempts import Attempt, StepHistory
from celeriac.engine.workflows.progress.critical_path import critical_path
from celeriac.engine.workflows.progress.views import StepView
from celeriac.words.i18n import _

#: Maximum number of parts shown, and their minimum share of the whole, in percent.
MOST_SHARES, LEAST_PERCENT = 6, 1


@dataclass(frozen=True, slots=True)
class Share:
    """A part of the critical path. `glyph` is shown before it."""

    step: str
    glyph: str
    words: str
    time: int
    percent: int

    @property
    def seconds(self) -> float:
        return self.time / 1000


def path_of(steps: Sequence[StepView], courses: Mapping[str, StepHistory]) -> list[str]:
    """Names of the steps on the critical path of an ended execution, first to last."""
    index = {step["name"]: number for number, step in enumerate(steps)}
    of_each = [courses[step["name"]] for step in steps]
    found = critical_path(
        [[index[name] for name in step["depends_on"]] for step in steps],
        [course.attempts[-1].started if course.attempts else None for course in of_each],
        [course.ended for course in of_each],
    )
    return [steps[number]["name"] for number in found]


def shares_of(
    path: Sequence[str], attempts: Mapping[str, Sequence[Attempt]], queues: Mapping[str, str], whole: int
) -> list[Share]:
    """How the steps of the path spent `whole` ms; `attempts` are those of the selected round."""
    parts = []
    for name in path:
        if not attempts[name]:
            continue
        first, last = attempts[name][0], attempts[name][-1]
        if len(attempts[name]) > 1 and first.queued is not None and last.queued is not None:
            words = _("failed attempts, and waiting for retries")
            parts.append((last.queued - first.queued, name, "warn", words))
        if last.queued is not None and last.started is not None:
            words = _("waited in queue {queue}").format(queue=queues[name])
            parts.append((last.started - last.queued, name, "queued", words))
        if last.started is not None and last.ended is not None:
            parts.append((last.ended - last.started, name, last.status, _("ran")))
    shares = [
        Share(name, glyph, words, time, round(100 * time / max(1, whole)))
        for time, name, glyph, words in parts
    ]
    longest = sorted(shares, key=lambda share: share.time, reverse=True)
    return [share for share in longest if share.percent >= LEAST_PERCENT][:MOST_SHARES]


def work_on(path: Sequence[str], attempts: Mapping[str, Sequence[Attempt]]) -> int:
    """The periods in which the last attempts of the path's steps ran, in ms."""
    last = [attempts[name][-1] for name in path if attempts[name]]
    return sum(
        each.ended - each.started for each in last if each.started is not None and each.ended is not None
    )
