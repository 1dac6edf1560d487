"""A real RabbitMQ for the tests: a node of its own with its own directory, ports and cookie."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import tempfile
from pathlib import Path

from tests.support.processes import LoggedProcess, child_environment, free_port
from tests.support.waiting import eventually

#: Debian's own start script changes the user; this one runs as whoever starts it.
PROGRAM = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")


def missing_reason() -> str:
    """Why there is no RabbitMQ to test with; empty when there is one."""
    if not PROGRAM.exists():
        return f"{PROGRAM} is missing: apt-get install rabbitmq-server, or make test as root"
    if shutil.which("epmd") is None:
        return "epmd, a part of Erlang, is not on PATH"
    return ""


class RabbitMq:
    """One node. `start()` may follow `kill()`: what was confirmed for a durable queue is then still there.

    `tls`: server certificate, its key and the certificate authority's certificate, for a port with TLS as well.
    """

    def __init__(self, *, tls: tuple[Path, Path, Path] | None = None) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="clr-rabbit-"))
        self.port, self.tls_port = free_port(), free_port()
        self._distribution_port, self._epmd_port = free_port(), free_port()
        self._tls = tls
        self._epmd: LoggedProcess | None = None
        self.process: LoggedProcess | None = None

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}//"

    def start(self) -> RabbitMq:
        environment = child_environment(self._environment())
        if self._epmd is None:
            # Erlang's name server would otherwise be started behind our back and stay.
            self._epmd = LoggedProcess(
                ["epmd", "-port", str(self._epmd_port), "-address", "127.0.0.1"],
                name="epmd",
                log_file=self.directory / "epmd.log",
                environment=environment,
            )
            eventually(lambda: self._listens(self._epmd_port))
        log_file = self.directory / "log"
        self._started_at = log_file.stat().st_size if log_file.exists() else 0
        self.process = LoggedProcess(
            [str(PROGRAM)], name="rabbitmq", log_file=log_file, environment=environment
        )
        eventually(self._ready, within=90, every=0.1)
        return self

    def _environment(self) -> dict[str, str]:
        configuration = self.directory / "rabbitmq.conf"
        lines = [f"listeners.tcp.local = 127.0.0.1:{self.port}", "log.console = true", "log.file = false"]
        lines += ["disk_free_limit.absolute = 10MB", "vm_memory_high_watermark.absolute = 500MB"]
        if self._tls:
            certificate, key, authority = self._tls
            lines += [
                f"listeners.ssl.local = 127.0.0.1:{self.tls_port}",
                f"ssl_options.certfile = {certificate}",
                f"ssl_options.keyfile = {key}",
                f"ssl_options.cacertfile = {authority}",
                "ssl_options.verify = verify_none",
            ]
        configuration.write_text("\n".join(lines) + "\n")
        plugins = self.directory / "enabled_plugins"
        plugins.write_text("[].\n")
        return {
            "HOME": str(self.directory),
            "ERL_EPMD_PORT": str(self._epmd_port),
            "RABBITMQ_NODENAME": f"clr{os.getpid()}x{self.port}@localhost",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self._distribution_port),
            "RABBITMQ_MNESIA_BASE": str(self.directory / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self.directory / "logs"),
            "RABBITMQ_CONFIG_FILE": str(configuration),
            "RABBITMQ_CONF_ENV_FILE": str(self.directory / "none"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(plugins),
            "RABBITMQ_PID_FILE": str(self.directory / "pid"),
            # Two schedulers, and none of them spinning: the machine is shared.
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1 +sbwt none +sbwtdcpu none +sbwtdio none",
        }

    def _ready(self) -> bool:
        """RabbitMQ has started"""
        if self.process is None or not self.process.alive:
            raise RuntimeError(f"RabbitMQ did not start:\n{self.process.log() if self.process else ''}")
        return "Server startup complete" in self.process.log(since=self._started_at)

    @staticmethod
    def _listens(port: int) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    def kill(self) -> None:
        """SIGKILL, as when the machine goes down."""
        assert self.process is not None
        self.process.kill()
        eventually(lambda: not self._listens(self.port))

    def freeze(self) -> None:
        self._signal_all(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal_all(signal.SIGCONT)

    def _signal_all(self, number: int) -> None:
        assert self.process is not None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def stop(self) -> None:
        if self.process is not None:
            self.thaw()
            self.process.kill()
        if self._epmd is not None:
            self._epmd.kill()
        shutil.rmtree(self.directory, ignore_errors=True)
