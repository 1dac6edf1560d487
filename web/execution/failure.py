"""The summary of a failed execution: the step, the attempt, the error, and the remedies. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from gettext import ngettext

from celeriac.engine.workflows.progress.views import FailureView
from celeriac.web.execution.board import Board
from celeriac.web.execution.tracebacks import Traceback, TracebackFrame, read_traceback
from celeriac.words.i18n import _
from celeriac.words.sentences import items_sentence

#: Maximum length of the message, on the page and when copied.
MOST_SHOWN, MOST_COPIED = 1_000, 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureSummary:
    """The summary on the page of a failed execution. `url` is the address of the step or item."""

    step: str
    item: int | None
    happened: str  # "failed on attempt 4 of 4, level 3"
    message: str
    own: TracebackFrame | None
    traceback: Traceback
    sentences: list[str]
    url: str
    retry: str  # label of the retry button
    copied: str  # text to copy into a ticket


def failure_summary(board: Board) -> FailureSummary | None:
    """The summary, None if no step has failed for good."""
    failure = board.failure
    if failure is None:
        return None
    own_page = f"/executions/{board.view['execution_id']}/steps/{failure['step']}"
    traceback = read_traceback(failure["error"]["traceback"] or "")
    others = sum(cell.status == "failure" for cell in board.step_cells.values()) - 1
    return FailureSummary(
        step=failure["step"],
        item=failure["item"],
        happened=_happened(failure),
        message=_message(failure)[:MOST_SHOWN],
        own=traceback.own,
        traceback=traceback,
        sentences=[*_sentences(failure), *_around(failure, board, others)],
        url=own_page if failure["item"] is None else f"{own_page}/items/{failure['item']}",
        retry=_("Retry what failed…") if others > 0 else _("Retry from {step}…").format(step=failure["step"]),
        copied=_copied(board.view["execution_id"], failure, traceback.own),
    )


def _happened(failure: FailureView) -> str:
    verb = {
        "timeout": _("ran over its time limit"),
        "lost": _("lost its worker"),
        "interrupted": _("was interrupted"),
        "unconfirmed": _("was stopped, but its worker did not confirm it,"),
    }.get(failure["error"]["kind"], _("failed"))
    return _("{verb} {attempt}, level {level}").format(
        verb=verb, attempt=_attempt(failure), level=failure["level"]
    )


def _attempt(failure: FailureView) -> str:
    if failure["attempt"] < 1 or failure["error"]["kind"] in ("bad_condition", "bad_items"):
        return _("before its first attempt")
    if failure["attempt_limit"] == 1:
        return _("on its only attempt")
    return _("on attempt {n} of {of}").format(n=failure["attempt"], of=failure["attempt_limit"])


def _message(failure: FailureView) -> str:
    """With the exception's class for errors of the task; for other ends the message is complete."""
    error = failure["error"]
    return f"{error['type']}: {error['message']}" if error["kind"] == "error" else error["message"]


def _sentences(failure: FailureView) -> list[str]:
    """A sentence about its attempts."""
    attempts, error, said = failure["attempts"], failure["error"], []
    if attempts > 1 and failure["alike"]:
        words = _("Both attempts ended with the same error.")
        words = words if attempts == 2 else _("All {n} attempts ended with the same error.")
        said.append(words.format(n=attempts))
        if error["kind"] == "error":
            said.append(_("Without a change, another attempt will most likely fail, too."))
    elif attempts > 1:
        said.append(_("Earlier attempts ended differently."))
    if "final" in error:
        said.append(f"{error['final'].rstrip('.')}.")
    return said


def _around(failure: FailureView, board: Board, others: int) -> list[str]:
    """Sentences about the rest: other items, other failed steps, steps that never started."""
    said = []
    step = next((each for each in board.view["steps"] if each["name"] == failure["step"]), None)
    if failure["item"] is not None and step is not None and "items" in step:
        said.append(f"{items_sentence(step['items'])}.")
    if others > 0:
        said.append(ngettext("{n} other step failed.", "{n} other steps failed.", others).format(n=others))
    if never := board.blocked:
        words = ngettext("{n} later step never started.", "{n} later steps never started.", never)
        said.append(words.format(n=never))
    return said


def _copied(execution_id: str, failure: FailureView, own: TracebackFrame | None) -> str:
    error, item = failure["error"], "" if failure["item"] is None else f"[{failure['item']}]"
    lines = [
        f"{error['type']}: {error['message'][:MOST_COPIED]}",
        f"{own.path}:{own.line}  {own.code}".rstrip() if own else "",
        _("Step {step}, attempt {n} of {of}").format(
            step=failure["step"] + item, n=failure["attempt"], of=failure["attempt_limit"]
        ),
        _("Execution {id}").format(id=execution_id),
    ]
    return "\n".join(line for line in lines if line)
