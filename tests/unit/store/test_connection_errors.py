"""Which of our errors a reply of the store becomes."""

from __future__ import annotations

import pytest
from redis._parsers.base import BaseParser
from redis.exceptions import ResponseError

from celeriac.engine.errors import CeleriacError, StoreFull, StoreRefusal, StoreUnavailable
from celeriac.engine.store.connection import translated

REFUSALS = [
    "NOREPLICAS Not enough good replicas to write.",
    "MISCONF Errors writing to the AOF file: No space left on device",
    "READONLY You can't write against a read only replica.",
    "NOPERM User default has no permissions to run the 'evalsha' command",
    "LOADING Valkey is loading the dataset in memory",
    "BUSY Valkey is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.",
    "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
    "CLUSTERDOWN The cluster is down",
    "TRYAGAIN Multiple keys request during rehashing of slot",
    "FAILOVER the server is failing over",  # a code that does not exist yet
]


def raised(reply: str) -> CeleriacError:
    with pytest.raises(CeleriacError) as caught, translated("redis://store/1"):
        raise BaseParser.parse_error(reply)
    return caught.value


def test_it_is_a_refusal_with_the_reason_of_the_store_when_another_state_would_take_the_command() -> None:
    for reply in REFUSALS:
        error = raised(reply)

        assert type(error) is StoreRefusal, reply
        assert error.http_status == 503
        assert str(error).startswith("The store at redis://store/1 refused a command: "), error
        assert reply.partition(" ")[2] in str(error)


def test_it_is_a_refusal_when_the_command_was_one_of_several() -> None:
    error = raised(f"Command # 1 (SET a b) of pipeline caused error: {REFUSALS[0]}")

    assert str(error) == f"The store at redis://store/1 refused a command: {REFUSALS[0]}"


def test_it_says_that_the_store_is_full_when_memory_is_short() -> None:
    assert type(raised("OOM command not allowed when used memory > 'maxmemory'.")) is StoreFull


def test_the_store_cannot_be_reached_when_it_has_no_room_for_a_connection_or_asks_for_a_password() -> None:
    for reply in ("ERR max number of clients reached", "NOAUTH Authentication required."):
        assert type(raised(reply)) is StoreUnavailable, reply


@pytest.mark.parametrize(
    "reply",
    [
        "ERR wrong number of arguments for 'get' command",
        "WRONGTYPE Operation against a key holding the wrong kind of value",
        "NOSCRIPT No matching script.",
        "some error of a script",
    ],
)
def test_it_passes_unchanged_when_the_command_itself_is_wrong(reply: str) -> None:
    with pytest.raises(ResponseError), translated("redis://store"):
        raise BaseParser.parse_error(reply)
