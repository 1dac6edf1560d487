"""Sentences about events and states. Pure: events and steps in, text out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from gettext import ngettext

from celeriac.engine.workflows.progress.states import StepStatus
from celeriac.engine.workflows.progress.views import (
    EventView,
    ExecutionView,
    ItemsView,
    StepDetail,
    StepView,
)
from celeriac.words.formats import duration
from celeriac.words.i18n import _

_KINDS = {
    "timeout": _("It took longer than its time limit."),
    "lost": _("Its worker disappeared, or the process that ran it was killed."),
    "interrupted": _("Its worker was stopped while it ran."),
    "no_result": _("The task ended without a result, as it asked Celery to."),
    "unknown_task": _("No worker has this task: the module that defines it is not loaded there."),
    "bad_arguments": _("The task does not accept the arguments of the step."),
    "bad_result": _("The result of the task is not JSON, or too large."),
    "bad_condition": _("Its condition could not be evaluated, so nothing was run."),
    "bad_items": _("It is mapped over a value that is not a list, or over a list that is too long."),
    "items": _("Some of its items failed for good; its page lists them."),
}


def kind_sentence(kind: str) -> str:
    """The meaning of a kind of failure; nothing for an ordinary exception, which has a message."""
    return _KINDS.get(kind, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class EventLine:
    time: str  # RFC 3339
    state: str  # the step with the glyph
    sentence: str


def event_line(event: EventView) -> EventLine:
    name = event["event"]
    state = name.partition("_")[2] if name.startswith("step_") else _EXECUTION_STATES.get(name, "running")
    state = "allowed" if event.get("allowed") else "blocked" if event.get("blocked") else state
    if name == "execution_ended":
        state = event["status"]
    return EventLine(
        time=event["time"],
        state="pending" if state == "reset" else state,
        sentence=event_sentence(event),
    )


_EXECUTION_STATES = {"execution_created": "pending", "execution_cancelling": "cancelled"}


def event_sentence(event: EventView) -> str:
    """`clean_data started, attempt 2`."""
    if "step" not in event:
        return {
            "execution_created": _("Launched"),
            "execution_running": _("Started"),
            "execution_cancelling": _("Cancellation requested"),
            "execution_retried": _("Retried, round {n}").format(n=event.get("round", "")),
            "execution_ended": _("Ended: {status}").format(status=event.get("status", "")),
        }[event["event"]]
    attempt = event.get("attempt", 0)
    sentence = {
        "step_queued": _("{step} is ready"),
        "step_running": _("{step} started, attempt {n}") if attempt > 1 else _("{step} started"),
        "step_retrying": _("{step} failed on attempt {n}, next attempt in {delay}"),
        "step_success": _("{step} done"),
        "step_failure": _("{step} failed on attempt {n}") if attempt > 1 else _("{step} failed"),
        "step_cancelled": _("{step} cancelled"),
        "step_skipped": _("{step} not run") if event.get("blocked") else _("{step} skipped"),
        "step_reset": _("{step} will run again"),
    }[event["event"]]
    delay = duration(event.get("delay", 0.0))
    if event.get("allowed"):
        sentence = _("{failed}, allowed").format(failed=sentence)
    if event.get("reason"):
        sentence = _("{happened}: {reason}").format(happened=sentence, reason="{reason}")
    name = f"{event['step']}[{event['item']}]" if "item" in event else event["step"]
    return sentence.format(step=name, n=attempt, delay=delay, reason=event.get("reason", ""))


def now_sentence(step: StepView) -> str:
    """The activity of an active step, `Attempt 2 on worker-1`, or its last error. `celeriac.words.waiting` words its waiting."""
    attempt, worker = step["attempt"], step["worker"]
    if "items" in step and step["status"] != StepStatus.PENDING:
        return items_sentence(step["items"])
    match StepStatus(step["status"]):
        case StepStatus.RUNNING:
            sentence = _("Attempt {n} on {worker}") if worker else _("Attempt {n}")
            said = step["progress"]["message"] if "progress" in step else None
            return sentence.format(n=attempt, worker=worker) + (f": {said}" if said else "")
        case StepStatus.RETRYING:
            error = step["error"]
            return _("Attempt {n} failed: {error}").format(
                n=attempt, error=error["message"][:200] if error else ""
            )
        case _:
            return ""


def items_sentence(items: ItemsView) -> str:
    """The state of the items of a mapped step: `98 of 100 items done, 1 failed, 1 running`."""
    total = items["total"]
    done = ngettext("{done} of {total} item done", "{done} of {total} items done", total)
    parts = [done.format(done=f"{items['success']:,}", total=f"{total:,}")]
    for words, n in (
        (_("{n} failed"), items["failure"]),
        (_("{n} running"), items["running"]),
        (_("{n} waiting for another attempt"), items["retrying"]),
        (_("{n} cancelled"), items["cancelled"]),
        (_("{n} not run"), items["skipped"]),
        (_("{n} to come"), items["pending"] + items["queued"]),
    ):
        parts += [words.format(n=f"{n:,}")] if n else []
    return ", ".join(parts)


def listing(names: list[str], most: int = 3) -> str:
    """`a`, `a and b`, `a, b and c`, `a, b, c and 7 more`."""
    if len(names) > most:
        return _("{names} and {n} more").format(names=", ".join(names[:most]), n=len(names) - most)
    if len(names) < 2:
        return "".join(names)
    return _("{names} and {last}").format(names=", ".join(names[:-1]), last=names[-1])


def cancelling_sentence(steps: Sequence[StepView]) -> str:
    """The progress of a cancellation."""
    clean_up = [step["name"] for step in steps if cleans_up_still(step)]
    running = sum(step["status"] == StepStatus.RUNNING and not step.get("cleans_up") for step in steps)
    ended = sum(step["status"] == StepStatus.CANCELLED for step in steps)
    parts = [
        _("Cancellation requested: only clean-up steps still start.")
        if clean_up
        else _("Cancellation requested: nothing more starts.")
    ]
    if ended:
        parts.append(
            ngettext("{n} step is cancelled already.", "{n} steps are cancelled already.", ended).format(
                n=ended
            )
        )
    if running:
        parts.append(
            ngettext(
                "{n} step still runs and is being stopped.",
                "{n} steps still run and are being stopped.",
                running,
            ).format(n=running)
        )
    if clean_up:
        words = ngettext(
            "{names} cleans up before the execution ends.",
            "{names} clean up before the execution ends.",
            len(clean_up),
        )
        parts.append(words.format(names=listing(clean_up)))
    return " ".join(parts)


def cleans_up_still(step: StepView) -> bool:
    """Whether a cancelled execution waits for this step, which a cancellation does not end."""
    return step.get("cleans_up", False) and not StepStatus(step["status"]).ended


def cancelled_sentence(execution: ExecutionView) -> str:
    """The result of a cancellation: `Cancelled: 2 of 6 steps were done, load was stopped.`"""
    progress = execution["progress"]
    done, total = progress["completed_steps"], progress["total_steps"]
    cancelled = [step for step in execution["steps"] if step["status"] == StepStatus.CANCELLED]
    stopped = [step["name"] for step in cancelled if step["start_time"]]
    parts = [
        ngettext("{done} of {total} step was done", "{done} of {total} steps were done", total).format(
            done=done, total=total
        )
    ]
    if stopped:
        words = ngettext("{names} was stopped", "{names} were stopped", len(stopped))
        parts.append(words.format(names=listing(stopped)))
    if never := len(cancelled) - len(stopped):
        parts.append(ngettext("{n} step never started", "{n} steps never started", never).format(n=never))
    sentence = _("Cancelled: {what}.").format(what=", ".join(parts))
    unconfirmed = [step["name"] for step in cancelled if step.get("stopped") is False]
    if not unconfirmed:
        return sentence
    doubt = _("The worker of {names} never confirmed that it stopped: it may still run.")
    return f"{sentence} {doubt.format(names=listing(unconfirmed))}"


def idle_sentence(execution: ExecutionView) -> str:
    """The text of the "Now" section if no step is active."""
    if execution["status"] == "success":
        return _("Nothing: all steps are done.")
    if execution["end_time"]:
        return _("Nothing: the execution has ended.")
    return _("Nothing yet.")


def step_sentence(step: StepDetail) -> str:
    """The first sentence of a step's page, or the one after the reason for waiting (`celeriac.words.waiting`); may be empty."""
    if "items" in step and step["status"] not in (StepStatus.PENDING, StepStatus.SKIPPED):
        return items_sentence(step["items"]) + "."
    attempt, of, worker = step["attempt"], step["attempt_limit"], step["worker"]
    where = _(" on {worker}").format(worker=worker) if worker else ""
    tries = _("attempt {n} of {of}").format(n=attempt, of=of)
    match StepStatus(step["status"]):
        case StepStatus.RUNNING:
            return _("Running{where}, {tries}.").format(where=where, tries=tries)
        case StepStatus.SUCCESS if step["reason"]:
            return _("Done {reason}.").format(reason=step["reason"])
        case StepStatus.SUCCESS:
            return _("Done{where}, {tries}.").format(where=where, tries=tries)
        case StepStatus.FAILURE if step.get("allowed"):
            sentence = _("Failed{where}, {tries}. This failure is allowed; the execution continued.")
            return sentence.format(where=where, tries=tries)
        case StepStatus.FAILURE:
            return _("Failed{where}, {tries}.").format(where=where, tries=tries)
        case StepStatus.RETRYING:
            return _("Failed on {tries}.").format(tries=tries)
        case StepStatus.CANCELLED:
            if step.get("stopped") is False:
                return _("Cancelled, but its worker never confirmed that it stopped: it may still run.")
            return (
                _("Cancelled before it started.") if not step["start_time"] else _("Cancelled while it ran.")
            )
        case StepStatus.SKIPPED:
            skipped = _("Not run: {reason}.") if step.get("blocked") else _("Skipped: {reason}.")
            return skipped.format(reason=step["reason"] or _("not needed"))
        case _:
            return ""


def status_words() -> dict[str, str]:
    """The word shown for each status of an execution or a step, and for the looks of `celeriac.web.execution.step_cell`."""
    return {
        "pending": _("Pending"),
        "queued": _("Queued"),
        "running": _("Running"),
        "retrying": _("Retrying"),
        "success": _("Success"),
        "failure": _("Failed"),
        "cancelled": _("Cancelled"),
        "cancelling": _("Cancelling"),
        "skipped": _("Skipped"),
        "blocked": _("Not run"),
        "allowed": _("Failed, allowed"),
        "warn": _("No worker"),
    }
