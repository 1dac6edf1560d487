"""A task that logs and prints in every way."""

from __future__ import annotations

import logging
import sys
from typing import Any

from celery import Task, shared_task
from celery.utils.log import get_task_logger

from celeriac import current_step


class Hooked(Task):  # type: ignore[type-arg]
    """A task with a hook that logs."""

    def after_return(self, *_: Any) -> None:
        get_task_logger("tests.own").info("from a hook")


@shared_task(name="tests.log_everywhere", bind=True, base=Hooked)
def log_everywhere(self: Any) -> None:
    """Logs and prints in every way that a task may."""
    get_task_logger("tests.own").info("from the logger of the task")
    logging.getLogger("tests.library").warning("from a %s", "library")
    logging.getLogger("tests.library").debug("too detailed")
    logging.getLogger("celery.worker").warning("from Celery")
    logging.getLogger("redis.client").warning("from a client")
    current_step.logger.info("from the step")
    print("printed", 3, "rows")
    print("a 10%\ra 50%\ra 100%")
    print("to", "stderr", file=sys.stderr)
    try:
        raise ValueError("on purpose")
    except ValueError:
        get_task_logger("tests.own").exception("caught")
    print("unfinished", end="")
