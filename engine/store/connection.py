"""The connection to Redis or Valkey, and the translation of its errors into ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias
from urllib.parse import urlsplit, urlunsplit

import redis
from redis.backoff import ExponentialBackoff
from redis.client import Pipeline
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import OutOfMemoryError, RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

from engine.errors import StoreFull, StoreUnavailable

#: What the store's modules hold. The library types every answer as a union over str, bytes, sync and async; here answers
#: are bytes, and the tests on a real server are what checks them.
Connection: TypeAlias = Any


def printable_url(url: str) -> str:
    """The URL without its password, for messages and logs."""
    parts = urlsplit(url)
    if parts.password is None:
        return url
    return urlunsplit(parts._replace(netloc=f"{parts.username or ''}:***@{parts.netloc.rpartition('@')[2]}"))


@contextmanager
def translated(url: str) -> Iterator[None]:
    """Turns the errors of the client library into `StoreUnavailable` and `StoreFull`."""
    try:
        yield
    except (RedisConnectionError, RedisTimeoutError) as error:
        raise StoreUnavailable(url=printable_url(url), reason=str(error) or type(error).__name__) from error
    except RedisError as error:
        if isinstance(error, OutOfMemoryError):
            raise StoreFull(url=printable_url(url)) from error
        if str(error).startswith(("LOADING", "BUSY", "READONLY", "MASTERDOWN", "CLUSTERDOWN")):
            raise StoreUnavailable(url=printable_url(url), reason=str(error)) from error
        raise


class StorePipeline(Pipeline):
    """A pipeline whose errors are ours."""

    url = ""

    def execute(self, raise_on_error: bool = True) -> list[Any]:
        with translated(self.url):
            return super().execute(raise_on_error)


class StoreClient(redis.Redis):
    """A Redis client whose errors are ours. Answers are bytes."""

    url = ""

    def execute_command(self, *args: Any, **options: Any) -> Any:
        with translated(self.url):
            return super().execute_command(*args, **options)  # type: ignore[no-untyped-call]

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> StorePipeline:
        pipeline = StorePipeline(self.connection_pool, self.response_callbacks, transaction, shard_hint)
        pipeline.url = self.url
        return pipeline


def connect(url: str) -> Connection:
    """A client of the store. Opens no connection yet; a command on a dead connection is tried again for about a second."""
    tcp: dict[str, Any] = {} if url.startswith("unix://") else {"socket_keepalive": True}
    client: Any = StoreClient.from_url(
        url,
        socket_timeout=10,
        socket_connect_timeout=5,
        **tcp,
        health_check_interval=15,
        retry=Retry(ExponentialBackoff(cap=0.5, base=0.05), 4),
    )
    client.url = url
    return client
