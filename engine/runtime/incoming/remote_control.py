"""Celery's remote control of a worker: what it may do, and what happens to commands that cannot be read."""

from __future__ import annotations

from functools import partial
from typing import Any

from celery import Celery
from celery.worker.control import Panel
from kombu.pidbox import Node

from celeriac.engine.runtime.incoming.message_checks import control_problem
from celeriac.engine.runtime.incoming.redis_transport import Unreadable
from celeriac.engine.runtime.incoming.unreadable import beginning

#: They would change what the store knows of a worker from its start: its slots, its queues, that it runs.
REFUSED = (
    *("shutdown", "pool_restart", "pool_grow", "pool_shrink", "autoscale"),
    *("add_consumer", "cancel_consumer"),
)


class CheckedNode(Node):
    """Receives the commands of a worker and sets aside what is not one."""

    def __init__(self, set_aside: Unreadable, *args: Any, **options: Any) -> None:
        self._set_aside = set_aside
        super().__init__(*args, **options)

    def handle_message(self, body: Any, message: Any = None) -> Any:
        problem = control_problem(body, getattr(message, "headers", None) or {})
        if problem:
            self._set_aside("the control commands", beginning(repr(body)), problem)
            return None
        return super().handle_message(body, message)


def use_checked_control(app: Celery, set_aside: Unreadable) -> None:
    """Gives the worker of this application these checks, and takes the refused commands from it."""
    control: Any = app.control
    control.mailbox.node_cls = partial(CheckedNode, set_aside)
    for name in REFUSED:
        Panel.data[name] = partial(_refuse, name)


def _refuse(name: str, state: Any, **_: Any) -> dict[str, str]:
    return {"error": f"{name} is refused: stop the worker, and start it with other options"}
