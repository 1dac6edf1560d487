"""Why a step waits, as text, with a clock for a duration or countdown. Pure: `WaitingView` in, text out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from gettext import ngettext

from celeriac.engine.workflows.progress.states import StepStatus
from celeriac.engine.workflows.progress.views import OpenStepView, QueuePosition, WaitingView
from celeriac.words.formats import duration, milliseconds
from celeriac.words.i18n import _
from celeriac.words.sentences import listing

#: Position of the clock in a sentence; no name contains this character.
_CLOCK = "\0"


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitWords:
    """A sentence without its full stop. Times are milliseconds since 1970, of the clock between `before` and `after`."""

    before: str
    since_ms: int | None = None  # it counts up from this time,
    until_ms: int | None = None  # or down to it; neither: there is no clock
    after: str = ""
    remedy: str = ""  # a command that helps; not empty: nothing happens without it

    def plain(self, now_ms: int) -> str:
        """All of it as one text."""
        seconds = None
        if self.since_ms is not None:
            seconds = (now_ms - self.since_ms) / 1000
        elif self.until_ms is not None:
            seconds = (self.until_ms - now_ms) / 1000
        sentence = f"{self.before}{duration(seconds)}{self.after}"
        return (
            _("{sentence}; start {command}").format(sentence=sentence, command=self.remedy)
            if self.remedy
            else sentence
        )


def wait_words(waiting: WaitingView | None) -> WaitWords | None:
    """`Waits for clean_data, running 12 s`, `14 messages ahead in default, both slots of its worker are busy`."""
    if waiting is None:
        return None
    match waiting["reason"]:
        case "dependencies":
            return _for_steps(waiting["steps"])
        case "decision":
            return WaitWords(before=_("Its dependencies have ended; whether it runs is being decided"))
        case "parallel":
            most = waiting["most"]
            sentence = ngettext(
                "Waits for another item: only {n} is under way at a time",
                "Waits for other items: at most {n} are under way at a time",
                most,
            )
            return WaitWords(before=sentence.format(n=f"{most:,}"))
        case "retry":
            return _for_attempt(waiting)
        case "no_task":
            sentence = _("Waits for a worker with the task {task}: {worker} does not have it")
            return WaitWords(before=sentence.format(task=waiting["task"], worker=waiting["worker"]))
        case _:
            if "place" in waiting:
                return _in_queue(waiting["place"])
            return WaitWords(before=_("In queue {queue}").format(queue=waiting["queue"]))


def _for_steps(steps: list[OpenStepView]) -> WaitWords:
    first = steps[0]
    state = {
        StepStatus.RUNNING: _("running {clock}"),
        StepStatus.RETRYING: _("waiting for its next attempt"),
        StepStatus.QUEUED: _("waiting in its queue"),
        StepStatus.PENDING: _("not ready itself"),
    }[StepStatus(first["status"])].format(clock=_CLOCK)
    if len(steps) == 1:
        sentence = _("Waits for {name}, {state}").format(name=first["name"], state=state)
    else:
        names = [_("{name} ({state})").format(name=first["name"], state=state)]
        names += [each["name"] for each in steps[1:]]
        sentence = _("Waits for {names}").format(names=listing(names))
    return _told(sentence, since=first["start_time"])


def _for_attempt(waiting: WaitingView) -> WaitWords:
    sentence = _("Attempt {n} of {of} in {clock}") if waiting["until"] else _("Attempt {n} of {of} follows")
    told = sentence.format(n=waiting["attempt"], of=waiting["attempt_limit"], clock=_CLOCK)
    return _told(told, until=waiting["until"])


def _in_queue(place: QueuePosition) -> WaitWords:
    queue, remedy = place["queue"], ""
    if place["workers"]:
        sentence = _("{place}, {slots}").format(place=position_text(place), slots=_slots(place))
    else:
        sentence = _("Queue {queue}: no worker consumes it").format(queue=queue)
        remedy = f"celeriac worker -Q {queue}"
    if rate := place.get("rate_limit"):
        limited = _("{sentence}; a worker starts its task at most {rate}")
        sentence = limited.format(sentence=sentence, rate=_rate_words(rate))
    if place["since"]:
        sentence = _("{sentence}; ready for {clock}").format(sentence=sentence, clock=_CLOCK)
    return _told(sentence[:1].upper() + sentence[1:], since=place["since"], remedy=remedy)


def _rate_words(rate: str) -> str:
    """`10 times a minute` for Celery's `10/m`."""
    number, _slash, unit = rate.partition("/")
    words = {"s": _("{n} times a second"), "m": _("{n} times a minute"), "h": _("{n} times an hour")}
    return words.get(unit or "s", "{n}/" + unit).format(n=number)


def positions_by_queue(places: Iterable[QueuePosition]) -> dict[str, QueuePosition]:
    """Queue facts from the positions of a few steps: one position per queue, independent of a step."""
    found: dict[str, QueuePosition] = {}
    for place in places:
        found[place["queue"]] = {**place, "since": None, "ahead": 0, "next_of": None}
        found[place["queue"]].pop("rate_limit", None)
    return found


def position_text(place: QueuePosition) -> str:
    """`14 messages ahead in default`, `next in default`."""
    queue, ahead, next_of = place["queue"], place["ahead"], place["next_of"]
    if ahead:
        words = ngettext("{n} message ahead in {queue}", "{n} messages ahead in {queue}", ahead)
        return words.format(n=f"{ahead:,}", queue=queue)
    if next_of is None:
        return _("in queue {queue}").format(queue=queue)
    return (_("next in {queue}") if next_of < 2 else _("one of the next {n} in {queue}")).format(
        n=next_of, queue=queue
    )


def _slots(place: QueuePosition) -> str:
    """The state of the slots of the workers that consume the queue."""
    slots, free = place["slots"], place["slots"] - place["busy"]
    if free > 0:
        return ngettext("{n} slot is free", "{n} slots are free", free).format(n=f"{free:,}")
    whose = ngettext("its worker", "its workers", place["workers"])
    if slots == 1:
        return _("the only slot of {whose} is busy").format(whose=whose)
    sentence = _("both slots of {whose} are busy") if slots == 2 else _("all {n} slots of {whose} are busy")
    return sentence.format(n=f"{slots:,}", whose=whose)


def _told(
    sentence: str, *, since: str | None = None, until: str | None = None, remedy: str = ""
) -> WaitWords:
    before, _clock, after = sentence.partition(_CLOCK)
    return WaitWords(
        before=before,
        since_ms=milliseconds(since) if since else None,
        until_ms=milliseconds(until) if until else None,
        after=after,
        remedy=remedy,
    )
