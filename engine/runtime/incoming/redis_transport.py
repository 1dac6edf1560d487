"""Celery's transport for Redis, which survives what is not a message.

What a list or a channel contains is decoded and dispatched in the event loop of the worker, and an error there ends the
worker's main process. https://github.com/celery/kombu/blob/main/kombu/transport/redis.py
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from queue import Empty
from typing import Any

from kombu import transport as transports
from kombu.transport import redis, virtual
from kombu.utils.encoding import bytes_to_str
from kombu.utils.json import loads

from celeriac.engine.runtime.incoming.message_checks import envelope_problem

#: Called with the queue, the raw text and the reason.
Unreadable = Callable[[str, str | bytes, str], None]


class CheckedMessage(virtual.Message):
    """A message whose envelope has the right types. Raises `ValueError` with the problem."""

    def __init__(self, payload: Any, channel: Any = None, **kwargs: Any) -> None:
        if problem := envelope_problem(payload):
            raise ValueError(problem)
        super().__init__(payload, channel=channel, **kwargs)


class _Checks:
    """The part of a channel that sets aside what it cannot deliver."""

    Message = CheckedMessage
    set_aside: Unreadable
    _taken: tuple[Any, Any] | None = None

    def _create_client(self, asynchronous: bool = False) -> Any:
        client = super()._create_client(asynchronous)  # type: ignore[misc]
        if asynchronous:  # as Celery calls the one that waits for messages
            client.parse_response = partial(self._remembered, client.parse_response)
        return client

    def _remembered(self, parse: Callable[..., Any], connection: Any, command: str, **options: Any) -> Any:
        """Remembers the element that a list gave: nothing else has it any more."""
        response = parse(connection, command, **options)
        if command == "BRPOP":
            self._taken = response
        return response

    def _brpop_read(self, **options: Any) -> Any:
        self._taken = None
        try:
            return super()._brpop_read(**options)  # type: ignore[misc]
        except Empty:
            raise
        except Exception as error:
            if self._taken is None or isinstance(error, _broker_errors(self)):
                raise
            queue, item = self._taken
            self.set_aside(bytes_to_str(queue), item, _reason(error))
            raise Empty from None

    def _handle_message(self, client: Any, response: Any) -> Any:
        """A message of a channel, without its data if that cannot be delivered."""
        message = super()._handle_message(client, response)  # type: ignore[misc]
        data = message["data"]
        if bytes_to_str(message["type"]).endswith("message") and data:
            try:
                CheckedMessage(loads(bytes_to_str(data)), channel=self)
            except Exception as error:  # noqa: BLE001 -- anything may be published
                self.set_aside(bytes_to_str(message["channel"]), data, _reason(error))
                message["data"] = None
        return message


def use_checked_transports(set_aside: Unreadable) -> None:
    """Makes this process use these transports for all its connections to Redis."""
    by_name: Any = transports
    for name, plain in (
        ("redis", redis.Transport),
        ("rediss", redis.Transport),
        ("sentinel", redis.SentinelTransport),
    ):
        checks = {"set_aside": staticmethod(set_aside)}
        channel = type("CheckedChannel", (_Checks, plain.Channel), checks)
        by_name._transport_cache[name] = type("CheckedTransport", (plain,), {"Channel": channel})


def _broker_errors(channel: Any) -> tuple[type[Exception], ...]:
    """What means that the broker is away or refuses a command, as opposed to what an element contains."""
    connection = channel.connection
    return (*connection.connection_errors, *connection.channel_errors)


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
