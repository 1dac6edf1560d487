"""The connection to Redis or Valkey, and the translation of its errors into ours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

import redis
import redis.asyncio
import redis.asyncio.sentinel
import redis.sentinel
from redis.backoff import ExponentialBackoff
from redis.client import Pipeline
from redis.exceptions import (
    BusyLoadingError,
    ClusterDownError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    ResponseError,
    TryAgainError,
)
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

from celeriac.engine.addresses import SentinelAddress, printable_url
from celeriac.engine.errors import StoreFull, StoreRefusal, StoreUnavailable

#: The type of clients in the store's modules. The library types every reply as a union over str, bytes, sync and async;
#: here replies are bytes, which the tests on a real server check.
Connection: TypeAlias = Any

# Untyped in the library.
Sentinel: Any = redis.sentinel.Sentinel
AsyncSentinel: Any = redis.asyncio.sentinel.Sentinel


_CODE = re.compile("[A-Z]{3,}")
#: Codes of errors that come from the command itself.
_OF_COMMANDS = frozenset({"ERR", "WRONGTYPE", "NOPROTO"})


@contextmanager
def translated(url: str) -> Iterator[None]:
    """Turns the errors of the client library into `StoreUnavailable` and its kinds `StoreRefusal` and `StoreFull`.

    Errors that come from the command itself, whatever the state of the server, pass unchanged.
    """
    try:
        yield
    except BusyLoadingError as error:
        raise StoreRefusal(url=printable_url(url), reason=str(error)) from error
    except (RedisConnectionError, RedisTimeoutError) as error:
        raise StoreUnavailable(url=printable_url(url), reason=str(error) or type(error).__name__) from error
    except OutOfMemoryError as error:
        raise StoreFull(url=printable_url(url)) from error
    except ResponseError as error:
        if not _is_refusal(error):
            raise
        raise StoreRefusal(url=printable_url(url), reason=_text_of(error)) from error


def _text_of(error: ResponseError) -> str:
    """What the server said, without the words that a pipeline puts before it."""
    return str(error).rpartition(" of pipeline caused error: ")[2]


def _is_refusal(error: ResponseError) -> bool:
    """Whether a server that is in another state would take the same command.

    The library has classes for some of these codes and removes the code of those from the text; others begin with it, such
    as NOREPLICAS, MISCONF, BUSY. https://valkey.io/topics/protocol/#simple-errors
    """
    if isinstance(error, (ReadOnlyError, NoPermissionError, ClusterDownError, TryAgainError)):
        return True
    code = _text_of(error).partition(" ")[0]
    return type(error) is ResponseError and _CODE.fullmatch(code) is not None and code not in _OF_COMMANDS


class StorePipeline(Pipeline):
    """A pipeline that raises our errors."""

    url = ""

    def execute(self, raise_on_error: bool = True) -> list[Any]:
        with translated(self.url):
            return super().execute(raise_on_error)


class StoreClient(redis.Redis):
    """A Redis client that raises our errors. Replies are bytes."""

    url = ""

    def execute_command(self, *args: Any, **options: Any) -> Any:
        with translated(self.url):
            return super().execute_command(*args, **options)  # type: ignore[no-untyped-call]

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> StorePipeline:
        pipeline = StorePipeline(self.connection_pool, self.response_callbacks, transaction, shard_hint)
        pipeline.url = self.url
        return pipeline


def connect(url: str) -> Connection:
    """A client of the store. Does not connect yet; a command on a dead connection is retried for about a second."""
    options: dict[str, Any] = {
        "socket_timeout": 10,
        "socket_connect_timeout": 5,
        "health_check_interval": 15,
        "retry": Retry(ExponentialBackoff(cap=0.5, base=0.05), 4),
    }
    if url.startswith("sentinel://"):
        address = SentinelAddress.parse(url)
        sentinel: Any = Sentinel(address.sentinels, sentinel_kwargs=_sentinel_options(address))
        client: Any = sentinel.master_for(
            address.master,
            redis_class=StoreClient,
            socket_keepalive=True,
            **_server_options(address),
            **options,
        )
    else:
        tcp: dict[str, Any] = {} if url.startswith("unix://") else {"socket_keepalive": True}
        client = StoreClient.from_url(url, **tcp, **options)
    client.url = url
    return client


def connect_async(url: str, **options: Any) -> Any:
    """The same for one event loop, with the options of the client library, without the translation of errors."""
    if not url.startswith("sentinel://"):
        return redis.asyncio.Redis.from_url(url, **options)
    address = SentinelAddress.parse(url)
    sentinel: Any = AsyncSentinel(list(address.sentinels), sentinel_kwargs=_sentinel_options(address))
    return sentinel.master_for(address.master, **_server_options(address), **options)


def _server_options(address: SentinelAddress) -> dict[str, Any]:
    given = {"db": address.database, "username": address.username, "password": address.password}
    return {**given, **_tls(address)}


def _sentinel_options(address: SentinelAddress) -> dict[str, Any]:
    given = {"username": address.sentinel_username, "password": address.sentinel_password}
    # No retries here: the next sentinel is used instead, and the command itself is repeated.
    return {"socket_timeout": 2, "socket_connect_timeout": 2, "retry": None, **given, **_tls(address)}


def _tls(address: SentinelAddress) -> dict[str, Any]:
    if not address.encrypted:
        return {}
    checked = address.tls.get("ssl_check_hostname", "true") == "true"
    return {"ssl": True, **address.tls, "ssl_check_hostname": checked}
