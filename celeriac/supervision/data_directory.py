"""The data directory of `celeriac up`: private, locked by one supervisor, with the store's socket."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from celeriac.supervision.errors import AlreadyRunning, DataDirectoryUnusable

#: A unix socket's path may have 103 bytes on macOS and 107 on Linux.
LONGEST_SOCKET_PATH = 100
SOCKET_NAME = "store.sock"
#: Prefix of the directory elsewhere that holds the socket if the path here is too long.
ELSEWHERE_PREFIX = "celeriac-"
_PLAIN_PATH = re.compile(r"[A-Za-z0-9/._-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """The description that the supervisor writes into its data directory."""

    pid: int
    url: str
    #: The store's URL for other commands.
    redis_url: str
    #: Where the socket is if it is not in the data directory itself, else empty.
    elsewhere: str


class DataDirectory:
    """A prepared data directory; only this class names the supervisor's files."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()

    @property
    def lock(self) -> Path:
        return self.path / "lock"

    @property
    def store(self) -> Path:
        """The store's append-only file and snapshots."""
        return self.path / "store"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def children(self) -> Path:
        """The processes that the next start must end if this supervisor is killed."""
        return self.path / "children.json"

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def prepare(self) -> None:
        """Creates it, for its owner only. Refuses a directory of other origin that others can read."""
        try:
            existed = self.path.exists()
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            if existed:
                self._check_or_adopt()
            for directory in (self.path, self.store, self.logs):
                directory.mkdir(mode=0o700, exist_ok=True)
                directory.chmod(0o700)
            ignore = self.path / ".gitignore"
            if not ignore.exists():
                ignore.write_text("*\n")
        except OSError as error:
            reason = f"{error.strerror or error}. Set CELERIAC_DATA_DIR to a directory that you may write to."
            raise DataDirectoryUnusable(directory=self.path, reason=reason) from error

    def _check_or_adopt(self) -> None:
        state = self.path.stat()
        if state.st_uid != os.geteuid():
            raise DataDirectoryUnusable(
                directory=self.path,
                reason="it belongs to another user. Set CELERIAC_DATA_DIR to one of your own.",
            )
        if self.lock.exists() or state.st_mode & 0o077 == 0 or not any(self.path.iterdir()):
            return
        # Closing a directory that other programs use would break them: the owner must decide.
        reason = (
            "it holds other files and others can read it. "
            f"Set CELERIAC_DATA_DIR to a new directory, or run: chmod 700 {self.path}"
        )
        raise DataDirectoryUnusable(directory=self.path, reason=reason)

    @contextlib.contextmanager
    def hold(self) -> Iterator[Holding]:
        """Holds the lock during the block; raises `AlreadyRunning` if another supervisor has it."""
        descriptor = os.open(self.lock, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                known = _read_running(self.lock)
                raise AlreadyRunning(
                    directory=self.path,
                    pid=known.pid if known else "unknown",
                    url=known.url if known else "still starting",
                ) from None
            yield Holding(self, descriptor)
        finally:
            # The file stays: removing it would let two supervisors lock two files of the same name.
            os.close(descriptor)


class Holding:
    """The lock of a data directory, held by this process."""

    def __init__(self, directory: DataDirectory, descriptor: int) -> None:
        self._descriptor = descriptor
        self._directory = directory

    def previous(self) -> Running | None:
        """The holder that was killed before it could remove its entry."""
        return _read_running(self._directory.lock)

    def announce(self, running: Running) -> None:
        """Writes the holder of the lock, for other supervisors and for commands that need the store."""
        text = json.dumps(asdict(running)).encode()
        os.pwrite(self._descriptor, text, 0)
        os.ftruncate(self._descriptor, len(text))

    def withdraw(self) -> None:
        os.ftruncate(self._descriptor, 0)


def running_in(data_dir: Path) -> Running | None:
    """The supervisor that holds this data directory, or None."""
    lock = data_dir.resolve() / "lock"
    try:
        descriptor = os.open(lock, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read_running(lock)
    else:
        return None  # the lock is free: the entry is that of a killed supervisor
    finally:
        os.close(descriptor)


def _read_running(lock: Path) -> Running | None:
    try:
        return Running(**json.loads(lock.read_text()))
    except (OSError, ValueError, TypeError):
        return None


def socket_directory(directory: DataDirectory) -> Path:
    """A directory of mode 0700 for the store's socket: below the data directory, or a short one elsewhere.

    Elsewhere if the path is too long for a socket, or has characters that would need quoting in a URL (Celery and
    redis-py quote them differently). The caller removes it.
    """
    here = directory.path / "run"
    path = str(here / SOCKET_NAME)
    if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH and _PLAIN_PATH.fullmatch(path):
        here.mkdir(mode=0o700, exist_ok=True)
        here.chmod(0o700)
        return here
    for base in (os.environ.get("XDG_RUNTIME_DIR"), tempfile.gettempdir(), "/tmp"):  # noqa: S108  mkdtemp makes it private
        if not base or not os.access(base, os.W_OK):
            continue
        if len(os.fsencode(base)) <= LONGEST_SOCKET_PATH - 40 and _PLAIN_PATH.fullmatch(base):
            return Path(tempfile.mkdtemp(prefix=ELSEWHERE_PREFIX, dir=base))
    reason = (
        "its path is too long for a socket, and there is no short temporary directory. "
        "Set TMPDIR or CELERIAC_DATA_DIR to a shorter path."
    )
    raise DataDirectoryUnusable(directory=directory.path, reason=reason)


def remove_socket_directory(path: Path) -> None:
    """Removes a directory made by `socket_directory`; leaves others alone."""
    if path.name != "run" and not path.name.startswith(ELSEWHERE_PREFIX):
        return
    with contextlib.suppress(OSError):
        if path.stat().st_uid == os.geteuid() and {entry.name for entry in path.iterdir()} <= {SOCKET_NAME}:
            shutil.rmtree(path)
