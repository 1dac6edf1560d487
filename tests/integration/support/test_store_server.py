from __future__ import annotations

import redis

from tests.support.servers import StoreServer
from tests.support.store_leaks import leaks


def test_data_is_still_there_when_server_with_aof_was_killed_and_started(
    own_store_server: StoreServer,
) -> None:
    with own_store_server.client() as client:
        client.set("k", "v")
        client.waitaof(1, 0, 5000)

    own_store_server.kill()
    own_store_server.start()

    with own_store_server.client() as client:
        assert client.get("k") == "v"


def test_both_addresses_reach_the_same_server_when_it_has_a_port(store_server: StoreServer) -> None:
    with (
        redis.Redis.from_url(store_server.url) as by_socket,
        redis.Redis.from_url(store_server.tcp_url) as by_port,
    ):
        assert by_socket.info("server")["run_id"] == by_port.info("server")["run_id"]


def test_leak_is_named_when_a_key_is_not_in_the_key_map(store_server: StoreServer) -> None:
    with store_server.client() as client:
        client.set("{leaky}:odd", "1")
        client.set("{leaky}:meta", "1", ex=60)
        client.zadd("{leaky}:due", {"gone|0|1": 1})
        client.hset("{leaky}:x:orphan", "st", "success")

        found = leaks(client, "leaky")
        client.delete(*client.keys("{leaky}*"))

    assert len(found) == 3, found
    assert "{leaky}:odd is not in the key map" in found
    assert any("{leaky}:meta expires" in sentence for sentence in found)
    assert any("{leaky}:x:orphan belongs to no execution" in sentence for sentence in found)


def test_leftover_timer_is_named_when_no_execution_is_active(store_server: StoreServer) -> None:
    with store_server.client() as client:
        client.zadd("{leaky}:due", {"gone|0|1": 1})

        found = leaks(client, "leaky")
        client.delete("{leaky}:due")

    assert found == ["{leaky}:due remains although no execution is active"]
