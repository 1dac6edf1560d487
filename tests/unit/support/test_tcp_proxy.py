from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from tests.support.tcp_proxy import TcpProxy
from tests.support.waiting import ROOM, eventually

StartProxy = Callable[[int], TcpProxy]


@pytest.fixture
def echo_port() -> Iterator[int]:
    """A server that sends back what it gets."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)
        ended = threading.Event()

        def answer(connection: socket.socket) -> None:
            with connection, contextlib.suppress(ConnectionResetError):
                while data := connection.recv(1024):
                    connection.sendall(data)

        def serve() -> None:
            while not ended.is_set():
                try:
                    connection, _ = server.accept()
                except TimeoutError:
                    continue
                threading.Thread(target=answer, args=(connection,), daemon=True).start()

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        ended.set()
        thread.join()


def connect(proxy: TcpProxy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=5 * ROOM)


def test_bytes_pass_when_nothing_is_wrong(start_proxy: StartProxy, echo_port: int) -> None:
    with connect(start_proxy(echo_port)) as client:
        client.sendall(b"hello")

        assert client.recv(5) == b"hello"


def test_connection_ends_and_a_new_one_works_when_cut(start_proxy: StartProxy, echo_port: int) -> None:
    proxy = start_proxy(echo_port)
    with connect(proxy) as client:
        eventually(lambda: proxy.open_connections == 1)

        proxy.cut()

        with pytest.raises(ConnectionResetError):
            assert client.recv(1) != b"", "closed politely, should be reset"
    with connect(proxy) as client:
        client.sendall(b"x")
        assert client.recv(1) == b"x"


def test_new_connections_are_refused_when_down_until_up(start_proxy: StartProxy, echo_port: int) -> None:
    proxy = start_proxy(echo_port)

    proxy.down()

    with pytest.raises(ConnectionRefusedError):
        connect(proxy)
    proxy.up()
    with connect(proxy) as client:
        client.sendall(b"x")
        assert client.recv(1) == b"x"


def test_nothing_arrives_when_bytes_fall_into_a_hole(start_proxy: StartProxy, echo_port: int) -> None:
    proxy = start_proxy(echo_port)
    with connect(proxy) as client:
        client.sendall(b"x")
        assert client.recv(1) == b"x"

        proxy.hole()
        client.sendall(b"y")
        client.settimeout(0.2)

        with pytest.raises(TimeoutError):
            client.recv(1)
