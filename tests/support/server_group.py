"""Store servers in other shapes than one on a socket: behind TLS, and two of them watched by sentinels."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import redis

from celeriac.supervision.store_server import server_program
from tests.support.processes import LoggedProcess, child_environment, free_port
from tests.support.waiting import ROOM, eventually

MASTER_NAME = "main-store"


class OneServer:
    """One server on a TCP port with the options given, `None` for a flag. Its directory outlives `kill()`."""

    def __init__(self, program: Path, name: str, *, port: int | None = None, **options: str) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="clr-group-"))
        self.port = port or free_port()
        self._program, self._name = program, name
        self._options = {"port": str(self.port), "bind": "127.0.0.1", "dir": str(self.directory), **options}
        self.process: LoggedProcess | None = None

    def start(self) -> OneServer:
        command = [str(self._program)]
        for option, value in self._options.items():
            command += [f"--{option.replace('_', '-')}", value]
        self._launch(command)
        return self

    def _launch(self, command: list[str]) -> None:
        self.process = LoggedProcess(
            command, name=self._name, log_file=self.directory / "log", environment=child_environment({})
        )
        self.process.wait_for_log("eady to accept connections", within=20)

    @contextlib.contextmanager
    def client(self) -> Iterator[redis.Redis]:
        client = redis.Redis(port=self.port, decode_responses=True)
        try:
            yield client
        finally:
            client.close()

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()

    def stop(self) -> None:
        if self.process is not None:
            self.process.stop()
        shutil.rmtree(self.directory, ignore_errors=True)


class Sentinel(OneServer):
    """A sentinel that watches one master and agrees with itself: a failover within about two seconds."""

    def start(self) -> Sentinel:
        raise TypeError("start_watching, with the master's port")

    def start_watching(self, master_port: int) -> Sentinel:
        configuration = self.directory / "sentinel.conf"
        configuration.write_text(
            f"port {self.port}\nbind 127.0.0.1\ndir {self.directory}\n"
            f"sentinel monitor {MASTER_NAME} 127.0.0.1 {master_port} 1\n"
            f"sentinel down-after-milliseconds {MASTER_NAME} 500\n"
            f"sentinel failover-timeout {MASTER_NAME} 3000\n"
        )
        self.process = LoggedProcess(
            [str(self._program), str(configuration), "--sentinel"],
            name=self._name,
            log_file=self.directory / "log",
            environment=child_environment({}),
        )
        self.process.wait_for_log("+monitor master", within=20)
        return self


class SentinelGroup:
    """A master, its replica, and a sentinel that promotes the replica when the master dies."""

    def __init__(self) -> None:
        program = server_program()
        durable = {"appendonly": "yes", "save": "", "repl_diskless_sync_delay": "0"}
        self.master = OneServer(program, "master", **durable).start()
        self.replica = OneServer(
            program, "replica", replicaof=f"127.0.0.1 {self.master.port}", **durable
        ).start()
        self.sentinel = Sentinel(program, "sentinel").start_watching(self.master.port)
        eventually(self._replica_is_known, within=30, every=0.1)

    @property
    def url(self) -> str:
        return f"sentinel://127.0.0.1:{self.sentinel.port}/{MASTER_NAME}/0"

    def _replica_is_known(self) -> bool:
        """the sentinel knows a replica that has everything"""
        with self.sentinel.client() as sentinel, self.replica.client() as replica:
            known = sentinel.execute_command("SENTINEL", "REPLICAS", MASTER_NAME)
            return bool(known) and replica.info("replication")["master_link_status"] == "up"

    def fail_over(self) -> None:
        """Kills the master and waits until the replica has taken its place."""
        self.master.kill()

        def promoted() -> bool:
            with self.replica.client() as replica:
                return bool(replica.info("replication")["role"] == "master")

        promoted.__doc__ = "the replica is promoted"
        eventually(promoted, within=30, every=0.1)

    def stop(self) -> None:
        for server in (self.sentinel, self.replica, self.master):
            server.stop()


@dataclass(frozen=True, slots=True)
class Certificates:
    """A certificate authority of our own, and a server certificate for localhost and 127.0.0.1 that it has signed."""

    authority: Path
    certificate: Path
    key: Path


def make_certificates(directory: Path) -> Certificates:
    """New ones in that directory. Needs the program openssl."""

    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], check=True, capture_output=True, cwd=directory)

    request = ("req", "-newkey", "rsa:2048", "-nodes")
    openssl(
        *request, "-x509", "-days", "2", "-subj", "/CN=Test authority", "-keyout", "ca.key", "-out", "ca.pem"
    )
    openssl(*request, "-subj", "/CN=localhost", "-keyout", "server.key", "-out", "server.csr")
    (directory / "names").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    signed = ("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial")
    openssl(*signed, "-days", "2", "-extfile", "names", "-out", "server.pem")
    return Certificates(directory / "ca.pem", directory / "server.pem", directory / "server.key")


def tls_server_program() -> Path | None:
    """A server that was built with TLS: the one of the wheel was not."""
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found and _has_tls(found):
            return Path(found)
    return None


def _has_tls(program: str) -> bool:
    tried = subprocess.run(
        [program, "--port", "0", "--tls-port", "1", "--save", ""],
        capture_output=True,
        text=True,
        check=False,
        timeout=10 * ROOM,
    )
    return "No tls-cert-file" in tried.stdout


def tls_server(program: Path, certificates: Certificates) -> OneServer:
    """A started server that speaks TLS only, on its `tls_port`."""
    port = free_port()
    server = OneServer(
        program,
        "tls-store",
        tls_port=str(port),
        tls_cert_file=str(certificates.certificate),
        tls_key_file=str(certificates.key),
        tls_ca_cert_file=str(certificates.authority),
        tls_auth_clients="no",
        appendonly="yes",
        save="",
    )
    server._options["port"] = "0"
    server.port = port
    return server.start()
