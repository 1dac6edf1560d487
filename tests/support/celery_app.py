"""An ordinary Celery application whose tasks use what Celery offers to their authors. None of them knows of workflows.

Tasks that take `notes`, the path of a file, write down there what happens to them: a line of words for each.
"""

from __future__ import annotations

import datetime
import decimal
import logging
import os
import time
import uuid
from pathlib import Path
from typing import Any

from celery import Celery, Task, signals
from celery.contrib.abortable import AbortableTask
from celery.exceptions import Ignore, Reject, SoftTimeLimitExceeded
from celery.utils.log import get_task_logger

from celeriac import FinalError
from celeriac.engine.runtime.broker import broker_of
from celeriac.engine.settings import Settings

_settings = Settings.from_environment()
_broker = broker_of(_settings.effective_broker_url, _settings.namespace)

app = Celery("ordinary", broker=_broker.url, set_as_current=True)
app.conf.update(
    broker_connection_retry_on_startup=True,
    broker_transport_options=_broker.transport_options,
    task_routes={"app.routed": {"queue": "routed"}},
    task_annotations={"app.annotated": {"max_retries": 4}},
)
logger = get_task_logger(__name__)


def note(path: str, *words: Any) -> None:
    with Path(path).open("a") as file:
        file.write(" ".join(map(str, words)) + "\n")


class Hooked(Task):  # type: ignore[type-arg]
    def before_start(self, task_id: str, args: Any, kwargs: Any) -> None:
        note(kwargs["notes"], "before_start", task_id)

    def on_success(self, retval: Any, task_id: str, args: Any, kwargs: Any) -> None:
        note(kwargs["notes"], "on_success", retval)

    def on_retry(self, exc: Any, task_id: str, args: Any, kwargs: Any, einfo: Any) -> None:
        note(kwargs["notes"], "on_retry", repr(exc))

    def on_failure(self, exc: Any, task_id: str, args: Any, kwargs: Any, einfo: Any) -> None:
        note(kwargs["notes"], "on_failure", repr(exc))

    def after_return(
        self, status: str, retval: Any, task_id: str, args: Any, kwargs: Any, einfo: Any
    ) -> None:
        note(kwargs["notes"], "after_return", status)


class Counting(Task):  # type: ignore[type-arg]
    """A custom base class with state of its own and its own `__call__`."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        note(kwargs["notes"], "called")
        return super().__call__(*args, **kwargs)


class Raising(Task):  # type: ignore[type-arg]
    """Its hooks after the body raise."""

    def on_success(self, *_: Any) -> None:
        raise RuntimeError("on_success")

    def on_retry(self, *_: Any) -> None:
        raise SystemExit("on_retry")

    def on_failure(self, *_: Any) -> None:
        raise RuntimeError("on_failure")

    def after_return(self, *_: Any) -> None:
        raise RuntimeError("after_return")


@app.task(name="app.raising_hooks", bind=True, base=Raising)
def raising_hooks(self: Any, failures: int) -> str:
    if self.request.retries < failures:
        raise ValueError("of the body")
    return "done"


@app.task(name="app.hooked", bind=True, base=Hooked)
def hooked(self: Any, notes: str, failures: int = 0) -> str:
    if self.request.retries < failures:
        raise ValueError(f"failure {self.request.retries}")
    return "done"


@app.task(name="app.called", base=Counting)
def called(notes: str) -> str:
    return "called"


@app.task(name="app.request", bind=True)
def tell_request(self: Any, failures: int = 0) -> dict[str, Any]:
    request = self.request
    if request.retries < failures:
        raise ValueError("not yet")
    names = ("id", "task", "hostname", "called_directly", "retries", "root_id", "is_eager", "correlation_id")
    return {name: getattr(request, name) for name in names} | {
        "delivery_info": bool(request.delivery_info),
        "current": app.current_task is self or app.current_task.name == self.name,
    }


@app.task(name="app.until_third", bind=True)
def until_third(self: Any) -> int:
    if self.request.retries < 2:
        raise self.retry(countdown=0)
    return int(self.request.retries)


@app.task(name="app.pages", bind=True, max_retries=3)
def pages(self: Any, page: int = 0) -> int:
    if page < 2:
        raise self.retry(kwargs={"page": page + 1}, countdown=0)
    return page


@app.task(name="app.positional", bind=True)
def positional(self: Any, *numbers: int) -> list[int]:
    if len(numbers) < 2:
        raise self.retry(args=(*numbers, len(numbers)), countdown=0)
    return list(numbers)


@app.task(name="app.dated", bind=True)
def dated(self: Any, day: Any = None) -> str:
    if day is None:
        raise self.retry(kwargs={"day": datetime.date(2026, 11, 28)}, countdown=0)
    return type(day).__name__


@app.task(name="app.unsendable", bind=True)
def unsendable(self: Any, what: Any = None) -> None:
    raise self.retry(kwargs={"what": object()}, countdown=0)


@app.task(name="app.later", bind=True)
def later(self: Any, seconds: float, naive: bool = False) -> str:
    if not self.request.retries:
        moment = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=seconds)
        raise self.retry(eta=moment.replace(tzinfo=None) if naive else moment)
    return "later"


@app.task(name="app.patient", bind=True, default_retry_delay=7)
def patient(self: Any) -> None:
    raise self.retry()


@app.task(name="app.backoff", autoretry_for=(OSError,), retry_backoff=2, retry_jitter=False, max_retries=2)
def backoff() -> None:
    raise OSError("busy")


@app.task(name="app.autoretry", autoretry_for=(OSError,), retry_kwargs={"max_retries": 5, "countdown": 0})
def autoretry(which: str, notes: str) -> None:
    note(notes, which)
    raise {"listed": OSError, "unlisted": ValueError, "final": FinalError}[which]("on purpose")


@app.task(name="app.gives_up", bind=True, max_retries=1)
def gives_up(self: Any, notes: str) -> None:
    note(notes, "start")
    try:
        raise ConnectionError("no route")
    except ConnectionError as error:
        raise self.retry(exc=error, countdown=0) from error


@app.task(name="app.asks_quietly", bind=True)
def asks_quietly(self: Any) -> str:
    self.retry(throw=False, countdown=0)
    return "went on"


@app.task(name="app.moves", bind=True)
def moves(self: Any) -> str:
    if not self.request.retries:
        raise self.retry(countdown=0, queue="elsewhere")
    return "here"


@app.task(name="app.expected", throws=(KeyError,), max_retries=0)
def expected() -> None:
    raise KeyError("as expected")


@app.task(name="app.ignored")
def ignored(notes: str) -> None:
    note(notes, "start")
    raise Ignore("nothing to do")


@app.task(name="app.rejected")
def rejected(notes: str, requeue: bool) -> None:
    note(notes, "start")
    raise Reject("not mine", requeue=requeue)


@app.task(name="app.replaced", bind=True, base=Hooked)
def replaced(self: Any, notes: str, by: str = "app.hooked") -> Any:
    return self.replace(self.app.signature(by, kwargs={"notes": notes}))


@app.task(name="app.replaced_by_group", bind=True)
def replaced_by_group(self: Any) -> Any:
    from celery import group

    return self.replace(group([until_third.s(), until_third.s()]))


@app.task(name="app.limited", soft_time_limit=1, time_limit=2)
def limited(notes: str, stubborn: bool = False) -> str:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            time.sleep(0.05)
        except SoftTimeLimitExceeded:
            note(notes, "soft limit")
            if not stubborn:
                raise
    return "unlimited"


@app.task(name="app.throttled", rate_limit="2/s")
def throttled() -> float:
    return time.time()


@app.task(name="app.routed")
def routed() -> str:
    return "routed"


@app.task(name="app.annotated")
def annotated() -> None:
    raise ValueError("again")


@app.task(name="app.states", bind=True)
def states(self: Any, gate: str) -> None:
    self.update_state(state="PROGRESS", meta={"current": 30, "total": 40, "status": "three quarters"})
    while not Path(gate).exists():
        time.sleep(0.01)


@app.task(name="app.abortable", bind=True, base=AbortableTask)
def abortable(self: Any, notes: str) -> str:
    import signal

    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    note(notes, "start")
    while not self.is_aborted():
        time.sleep(0.05)
    note(notes, "aborted")
    return "aborted"


@app.task(name="app.values")
def values() -> dict[Any, Any]:
    return {
        "moment": datetime.datetime(2026, 11, 28, 12, tzinfo=datetime.UTC),
        "day": datetime.date(2026, 11, 28),
        "id": uuid.UUID(int=1),
        "price": decimal.Decimal("9.90"),
        "raw": b"\xff",
        "pair": (1, 2),
        1: "one",
    }


@app.task(name="app.types")
def types(values: dict[str, Any]) -> dict[str, str]:
    return {name: type(value).__name__ for name, value in values.items()}


@app.task(name="app.logs")
def logs() -> None:
    logger.info("by the logger of the task")
    logging.getLogger("library").warning("by a library")
    print("printed")


@app.task(name="app.applies", bind=True)
def applies(self: Any, notes: str) -> str:
    """Applies tasks in its own process, as the tests of many applications do: their ends are not its own."""
    inner = hooked.apply(kwargs={"notes": notes}, task_id=self.request.id)
    ended = expected.apply()
    return f"{inner.result} {ended.state}"


@app.task(name="app.terminates_itself")
def terminates_itself(notes: str) -> None:
    import signal

    note(notes, "start")
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(30)


def _heard(name: str) -> Any:
    def heard(sender: Any = None, **details: Any) -> None:
        request = details.get("request") or getattr(sender, "request", None)
        kwargs = getattr(request, "kwargs", None) or {}
        if isinstance(kwargs, dict) and "notes" in kwargs:
            note(kwargs["notes"], "signal", name, sender.name)

    return heard


_handlers = {
    name: _heard(name)
    for name in ("task_prerun", "task_success", "task_retry", "task_failure", "task_postrun")
}
for _name, _handler in _handlers.items():
    getattr(signals, _name).connect(_handler)
