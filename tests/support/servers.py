"""A real Valkey (or Redis) for the tests, on a unix socket and, when asked, on a TCP port as well."""

from __future__ import annotations

import contextlib
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import redis

from celeriac.supervision.store_server import server_program
from tests.support.processes import LoggedProcess, child_environment, free_port
from tests.support.waiting import eventually


class StoreServer:
    """One server in a directory of its own. `url`: its unix socket; `tcp_url`: its port, with `tcp=True`.

    `program`: another server than the one that `celeriac up` would start.
    """

    def __init__(
        self, *, aof: bool = False, tcp: bool = False, program: Path | None = None, fsync: str = "everysec"
    ) -> None:
        self.program, self.fsync = program, fsync
        # Not below pytest's directories: a unix socket's path may have 103 characters at most.
        short = tempfile.gettempdir() if len(tempfile.gettempdir()) < 80 else "/tmp"
        self.directory = Path(tempfile.mkdtemp(prefix="clr-", dir=short))
        self.aof = aof
        self.port = free_port() if tcp else 0
        self.socket = self.directory / "s"
        self.process: LoggedProcess | None = None

    @property
    def url(self) -> str:
        return f"unix://{quote(str(self.socket))}"

    @property
    def tcp_url(self) -> str:
        if not self.port:
            raise RuntimeError("this server has no port: StoreServer(tcp=True)")
        return f"redis://127.0.0.1:{self.port}"

    def start(self) -> StoreServer:
        options = {
            "port": str(self.port),
            "bind": "127.0.0.1",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.directory),
            "save": "",
            "appendonly": "yes" if self.aof else "no",
            "appendfsync": self.fsync,
            "maxmemory-policy": "noeviction",
        }
        command = [str(self.program or server_program())]
        for name, value in options.items():
            command += [f"--{name}", value]
        self.process = LoggedProcess(
            command, name="store", log_file=self.directory / "log", environment=child_environment({})
        )
        with self.client() as client:
            eventually(lambda: self._answers(client), within=20)
        return self

    def _answers(self, client: redis.Redis) -> bool:
        """the store answers PING"""
        if self.process is None or not self.process.alive:
            raise RuntimeError(f"the store did not start:\n{self.process.log() if self.process else ''}")
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False

    @contextlib.contextmanager
    def client(self, database: int = 0) -> Iterator[redis.Redis]:
        """A connection of the test's own, closed at the end."""
        client = redis.Redis(unix_socket_path=str(self.socket), db=database, decode_responses=True)
        try:
            yield client
        finally:
            client.close()

    def kill(self) -> None:
        """SIGKILL; with AOF, what was written is there after `start()`."""
        assert self.process is not None
        self.process.kill()

    def freeze(self) -> None:
        assert self.process is not None
        self.process.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self.process is not None
        self.process.signal(signal.SIGCONT)

    def stop(self) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                self.thaw()
            self.process.stop()
        shutil.rmtree(self.directory, ignore_errors=True)
