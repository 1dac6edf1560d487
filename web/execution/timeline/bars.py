"""A row of the timeline: the attempts of one step as bars, as durations and in words. Pure; times are ms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from celeriac.engine.workflows.progress.attempts import Attempt
from celeriac.web.execution.timeline.axis import TimeAxis
from celeriac.words.formats import duration
from celeriac.words.i18n import _

_KINDS = {"success": "ran", "failure": "bad", "cancelled": "off", "running": "now"}


@dataclass(frozen=True, slots=True)
class Scale:
    """Converts ms since the launch into percent of the axis. `launched` is ms since 1970."""

    axis: TimeAxis
    launched: int
    begin: int  # of the axis, ms since the launch
    now: int  # ms since the launch

    def bar(self, kind: str, begin: int, end: int | None) -> Bar:
        """From one time to another, or until now: then it grows."""
        left = self.axis.percent(begin - self.begin)
        right = self.axis.percent((self.now if end is None else end) - self.begin)
        return Bar(kind, left, right, self.launched + begin if end is None else None)


@dataclass(frozen=True, slots=True)
class Bar:
    """A period of time in percent of the axis. `since` (ms since 1970) is set while it lasts.

    Kinds: queued, back (waits to be retried), critical (the critical path); of attempts: ran, bad, off, now.
    """

    kind: str
    left: float
    right: float
    since: int | None = None

    @property
    def width(self) -> float:
        # A rectangle without width would not be drawn.
        return max(0.05, round(self.right - self.left, 2))


@dataclass(frozen=True, slots=True)
class Counter:
    """A duration over all attempts, in ms; it counts on from `since` (ms since 1970) if that is set."""

    total: int
    since: int | None = None


def bars_of(attempts: Sequence[Attempt], scale: Scale) -> list[Bar]:
    """In the order of time."""
    bars: list[Bar] = []
    for number, attempt in enumerate(attempts):
        if attempt.queued is not None:
            taken = attempt.ended if attempt.started is None else attempt.started
            bars.append(scale.bar("queued", attempt.queued, taken))
        if attempt.started is not None:
            bars.append(scale.bar(_KINDS[attempt.status], attempt.started, attempt.ended))
        if attempt.ended is not None and attempt.due is not None:
            following = attempts[number + 1].queued if number + 1 < len(attempts) else None
            bars.append(scale.bar("back", attempt.ended, attempt.due if following is None else following))
    return bars


def waited(attempts: Sequence[Attempt], scale: Scale) -> Counter | None:
    """In the queue, and between a failed attempt and the next; None for a step that was never ready."""
    if not attempts:
        return None
    total, open_since = 0, None
    before: Attempt | None = None
    for attempt in attempts:
        begin = attempt.queued if before is None or before.due is None else before.ended
        taken = attempt.ended if attempt.started is None else attempt.started
        if begin is not None and taken is not None:
            total += taken - begin
        elif begin is not None:
            open_since = begin
        before = attempt
    return _counter(total, open_since, scale)


def ran(attempts: Sequence[Attempt], scale: Scale) -> Counter | None:
    """In all attempts; None for a step that has not started."""
    started = [(each.started, each.ended) for each in attempts if each.started is not None]
    if not started:
        return None
    total = sum(ended - begin for begin, ended in started if ended is not None)
    return _counter(total, next((begin for begin, ended in started if ended is None), None), scale)


def _counter(total: int, open_since: int | None, scale: Scale) -> Counter:
    if open_since is None:
        return Counter(total)
    return Counter(total + scale.now - open_since, scale.launched + open_since - total)


def words_of(attempts: Sequence[Attempt], now: int) -> str:
    """The bars in words, attempt by attempt: "waited 0.20 s, failed after 8.2 s; waited 0.30 s, ran 33.2 s"."""
    parts = []
    for attempt in attempts:
        words = []
        if attempt.queued is not None:
            taken = attempt.ended if attempt.started is None else attempt.started
            words.append(_seconds(_("waited {time}"), attempt.queued, now if taken is None else taken))
        if attempt.started is not None:
            ended = now if attempt.ended is None else attempt.ended
            words.append(_seconds(_word(attempt.status), attempt.started, ended))
        parts.append(", ".join(words))
    return "; ".join(parts)


def _word(status: str) -> str:
    return {
        "success": _("ran {time}"),
        "failure": _("failed after {time}"),
        "cancelled": _("was stopped after {time}"),
        "running": _("has been running for {time}"),
    }[status]


def _seconds(words: str, begin: int, end: int) -> str:
    return words.format(time=duration((end - begin) / 1000))
