"""Every setting of Celeriac, declared once: environment variable, default, meaning. Reads no file, opens no connection."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any

from celeriac.engine.addresses import check_broker_url, check_store_url, with_database
from celeriac.engine.errors import InvalidSetting

PREFIX = "CELERIAC_"


def setting(default: Any, meaning: str, *, parse: Callable[[str], Any] = str) -> Any:
    """A field of `Settings`: its default, its parser, and the sentence for the documentation."""
    return field(default=default, metadata={"meaning": meaning, "parse": parse})


def _number(text: str, low: float, high: float) -> float:
    try:
        number = float(text)
    except ValueError:
        raise ValueError("a number is expected") from None
    if not low <= number <= high:
        raise ValueError(f"a number from {low:g} to {high:g} is expected")
    return number


def seconds(low: float, high: float) -> Callable[[str], float]:
    return lambda text: _number(text, low, high)


def whole(low: int, high: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        number = _number(text, low, high)
        if number != int(number):
            raise ValueError("a whole number is expected")
        return int(number)

    return parse


def names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def flag(text: str) -> bool:
    if text not in ("0", "1"):
        raise ValueError("0 or 1 is expected")
    return text == "1"


def namespace(text: str) -> str:
    if not text or len(text) > 40 or not all(c.isascii() and (c.isalnum() or c in "_-") for c in text):
        raise ValueError("1 to 40 ASCII letters, digits, '_' or '-' are expected")
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of one process. Times are seconds, sizes are bytes."""

    redis_url: str = setting(
        "",
        "Store: any Redis >= 7.0 or Valkey, as redis://, rediss://, unix:// or sentinel://. "
        "Unset: the embedded server of `celeriac up`",
        parse=check_store_url,
    )
    broker_url: str = setting(
        "",
        "Celery broker: the same kinds of URL, or amqp:// and amqps:// for RabbitMQ. "
        "Unset: the store's server, database 1",
        parse=check_broker_url,
    )
    allow_eviction: bool = setting(
        False,
        "1 allows a store that may evict keys, which loses executions when memory is short",
        parse=flag,
    )
    workflows: tuple[str, ...] = setting(
        ("celeriac.examples",),
        "Comma-separated modules that register workflows and define tasks",
        parse=names,
    )
    namespace: str = setting(
        "celeriac",
        "Prefix of every key, channel and broker queue: several installations may share a server",
        parse=namespace,
    )
    app: str = setting(
        "", "`package.module:app` of an existing Celery application to run steps on. Unset: the built-in one"
    )
    concurrency: int = setting(2, "Slots of the worker that `celeriac up` starts", parse=whole(1, 256))
    data_dir: Path = setting(
        Path(".celeriac"),
        "Where the embedded server, the supervisor and the example tasks keep their files",
        parse=Path,
    )
    host: str = setting("127.0.0.1", "Address the web application listens on")
    port: int = setting(8000, "Port the web application listens on", parse=whole(1, 65535))
    allowed_hosts: tuple[str, ...] = setting(
        (), "Host names accepted besides localhost, 127.0.0.1 and [::1]", parse=names
    )
    insecure_no_auth: bool = setting(
        False, "1 allows a HOST that is not a loopback address, without a login", parse=flag
    )
    development: bool = setting(
        False,
        "1 adds the page `/patterns` with every component of the dashboard in every state",
        parse=flag,
    )
    capture_logs: bool = setting(
        True,
        "0 keeps only the lines of `current_step.logger` with a step, not what its task logs and prints in other ways",
        parse=flag,
    )
    page_streams: int = setting(
        1_000, "Maximum number of live streams of pages, in one web process", parse=whole(1, 100_000)
    )
    session_streams: int = setting(
        3,
        "Maximum number of live streams of one browser, in one web process; further tabs of it share one",
        parse=whole(0, 100_000),
    )
    program_streams: int = setting(
        4_000,
        "Maximum number of live streams of programs, which follow executions through the API, in one web process",
        parse=whole(1, 100_000),
    )
    log_level: str = setting("info", "debug, info, warning or error")
    lease: float = setting(30.0, "A worker without a heartbeat for longer is lost", parse=seconds(0.5, 3600))
    heartbeat: float = setting(10.0, "How often a worker renews its lease", parse=seconds(0.1, 1200))
    tick: float = setting(
        1.0, "How often a reconciler looks for due timers and lost workers", parse=seconds(0.05, 60)
    )
    publish_lease: float = setting(
        5.0,
        "A step that was not confirmed as published is published again after this time",
        parse=seconds(0.1, 600),
    )
    unclaimed: float = setting(
        60.0,
        "A published step that was not claimed is published again after this time, doubling each time",
        parse=seconds(0.2, 3600),
    )
    unknown_task_grace: float = setting(
        60.0,
        "A step whose task no live worker has waits so long for one, then it fails",
        parse=seconds(0.0, 604800),
    )
    deadline_grace: float = setting(
        20.0,
        "The engine ends an attempt this long after its timeout, on every pool",
        parse=seconds(0.1, 3600),
    )
    hard_limit_grace: float = setting(
        10.0, "The pool kills a task this long after its timeout", parse=seconds(0.1, 3600)
    )
    cancel_kill: float = setting(
        5.0, "A cancelled task that ignores SIGTERM is killed after this time", parse=seconds(0.1, 600)
    )
    cancel_grace: float = setting(
        30.0,
        "A cancelled step whose worker does not respond ends unconfirmed after this time",
        parse=seconds(0.2, 3600),
    )
    slot_time: float = setting(
        0.1,
        "A process that has ended a step goes on with further steps of the same queue for this long, then it takes "
        "its next message; 0: one step for each message",
        parse=seconds(0.0, 60),
    )
    archive_after: float = setting(
        60.0,
        "An execution that ended this long ago is stored more densely; nothing else about it changes",
        parse=seconds(0.0, 604800),
    )
    window: int = setting(
        16, "Maximum number of published, unclaimed messages per queue", parse=whole(1, 10000)
    )
    retry_base: float = setting(
        1.0,
        "First delay before a retry; doubles with each attempt, with full jitter",
        parse=seconds(0.0, 3600),
    )
    retry_cap: float = setting(60.0, "Longest delay before a retry", parse=seconds(0.0, 86400))
    max_lost: int = setting(
        3,
        "Maximum number of attempts of a step that end with a lost worker or killed process",
        parse=whole(0, 100),
    )
    max_result: int = setting(262_144, "Largest result of a step as JSON", parse=whole(1, 16_777_216))
    max_input: int = setting(262_144, "Largest input of a launch as JSON", parse=whole(1, 1_048_576))

    @property
    def effective_broker_url(self) -> str:
        """The broker's URL: as set, or database 1 of the store's server."""
        if self.broker_url:
            return self.broker_url
        return with_database(self.redis_url, 1)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Settings from `CELERIAC_…` variables. Raises `InvalidSetting` naming the variable, the value and the reason."""
        environ = os.environ if environ is None else environ
        known: dict[str, Field[Any]] = {PREFIX + f.name.upper(): f for f in fields(cls)}
        values: dict[str, Any] = {}
        for variable, text in environ.items():
            if not variable.startswith(PREFIX):
                continue
            declared = known.get(variable)
            if declared is None:
                reason = "no such setting; known are " + ", ".join(sorted(known))
                raise InvalidSetting(variable=variable, value=text, reason=reason)
            if text == "":
                continue
            try:
                values[declared.name] = declared.metadata["parse"](text)
            except ValueError as error:
                raise InvalidSetting(variable=variable, value=text, reason=str(error)) from None
        return cls(**values)

    def as_environment(self) -> dict[str, str]:
        """The variables that give a child process the same settings, without defaults."""
        environment: dict[str, str] = {}
        for declared in fields(self):
            value = getattr(self, declared.name)
            if value == declared.default:
                continue
            if isinstance(value, tuple):
                text = ",".join(value)
            elif isinstance(value, bool):
                text = "1" if value else "0"
            else:
                text = str(value)
            environment[PREFIX + declared.name.upper()] = text
        return environment
