"""From the environment to an engine: the store of a command. Commands never start one."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from celeriac.cli.statuses import NothingRunningError
from celeriac.engine.actor import Actor, Way
from celeriac.engine.settings import Settings

if TYPE_CHECKING:
    from celeriac.engine.engine import WorkflowEngine

#: The actor of commands.
COMMAND = Actor(way=Way.COMMAND)
_opened: list[WorkflowEngine] = []


def settings_with_store() -> Settings:
    """The environment's settings; without CELERIAC_REDIS_URL, those of the store in the data directory.

    Raises `InvalidSetting`, or `NothingRunningError` when no supervisor holds the data directory.
    """
    settings = Settings.from_environment()
    if settings.redis_url:
        return settings
    from celeriac.supervision.data_directory import running_in

    running = running_in(settings.data_dir)
    if running is None or not running.redis_url:
        raise NothingRunningError(directory=settings.data_dir.resolve())
    return dataclasses.replace(settings, redis_url=running.redis_url)


def open_engine() -> WorkflowEngine:
    """An engine on that store, whose schema must match ours. Its connections end with the command: `close_engines`."""
    settings = settings_with_store()
    from celeriac.engine.engine import WorkflowEngine

    engine = WorkflowEngine(settings)
    _opened.append(engine)
    return engine


def close_engines() -> None:
    """Closes the connections of every engine that a command opened in this process."""
    while _opened:
        _opened.pop().close()
