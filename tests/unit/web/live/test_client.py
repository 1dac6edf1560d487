"""The queue of one browser."""

from __future__ import annotations

from celeriac.web.streaming.client import StreamClient
from tests.support.event_loop import run


def everything(client: StreamClient) -> list[bytes]:
    """What is sent at a time, up to the end."""

    async def read() -> list[bytes]:
        sent = []
        while (data := await client.take()) is not None:
            assert data, "a closed client has something to send, or is at its end"
            sent.append(data)
        return sent

    return run(read())


def test_messages_come_in_order_when_there_is_room() -> None:
    client = StreamClient(lambda: [b"snapshot"])
    client.put(b"1", b"2")
    client.put(b"3")
    client.close(b"end")

    assert everything(client) == [b"123end"]


def test_snapshot_replaces_what_was_queued_when_there_is_no_room() -> None:
    client = StreamClient(lambda: [b"s1", b"s2"], length=3)
    client.put(b"1", b"2", b"3")
    client.put(b"4")
    client.put(b"5")
    client.close(b"end")

    assert everything(client) == [b"s1s2end"]


def test_snapshot_is_taken_when_it_is_read_and_not_before() -> None:
    state = [b"old"]
    client = StreamClient(lambda: list(state))
    client.fall_behind()
    state[0] = b"new"
    client.close()

    assert everything(client) == [b"new"]


def test_nothing_more_is_taken_when_the_stream_is_closed() -> None:
    client = StreamClient(lambda: [b"snapshot"])
    client.close(b"end")
    client.put(b"late")

    assert everything(client) == [b"end"]
