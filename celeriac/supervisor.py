"""`celeriac up`: everything in one process tree. Locks the data directory, starts the processes, prints the URL."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from celeriac.engine.errors import (
    CeleriacError,
    InvalidSetting,
    ServerUnfit,
    StoreIncompatible,
    StoreUnavailable,
)
from celeriac.engine.settings import Settings
from celeriac.supervision import data_directory, plan
from celeriac.supervision.child import ChildSpec
from celeriac.supervision.data_directory import DataDirectory, Holding, Running
from celeriac.supervision.identity import end_leftovers
from celeriac.supervision.readiness import check_port, store_is_usable, web_url
from celeriac.supervision.tree import Patience, ProcessTree
from celeriac.web.hosts import accepted_hosts, refuse_open_listening

#: Creates the children of a tree from their settings, the data directory and the socket's directory.
Plan = Callable[[Settings, DataDirectory, Path | None], Sequence[ChildSpec]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Supervisor:
    """One `celeriac up`. Tests set `plan` and `patience`, to supervise smaller programs."""

    settings: Settings
    verbose: bool = False
    plan: Plan = plan.children
    patience: Patience = field(default_factory=Patience)
    #: Checks an external store before anything starts; the small programs of the tests need no store.
    check_store: bool = True

    def run(self) -> None:
        """Returns after a stop request; raises a `CeleriacError` if it cannot start."""
        refuse_open_listening(self.settings)
        accepted_hosts(self.settings)
        directory = DataDirectory(self.settings.data_dir)
        directory.prepare()
        with directory.hold() as holding:
            self._clear_remains(directory, holding)
            check_port(self.settings.host, self.settings.port)
            if self.check_store and self.settings.redis_url:
                store_is_usable(self.settings)
            with self._socket_directory(directory) as socket_dir:
                self._run_tree(directory, holding, socket_dir)

    def _clear_remains(self, directory: DataDirectory, holding: Holding) -> None:
        """Ends the processes left by a killed supervisor, and removes its socket."""
        ended = end_leftovers(directory.children)
        if ended:
            names = ", ".join(f"{record.name} (pid {record.pid})" for record in ended)
            say(f"Ended processes of an earlier start: {names}")
        previous = holding.previous()
        if previous and previous.elsewhere:
            data_directory.remove_socket_directory(Path(previous.elsewhere))
        holding.withdraw()

    @contextlib.contextmanager
    def _socket_directory(self, directory: DataDirectory) -> Iterator[Path | None]:
        if self.settings.redis_url:
            yield None
            return
        path = data_directory.socket_directory(directory)
        try:
            yield path
        finally:
            data_directory.remove_socket_directory(path)

    def _run_tree(self, directory: DataDirectory, holding: Holding, socket_dir: Path | None) -> None:
        settings = plan.settings_of_children(self.settings, directory, socket_dir)
        specs = self.plan(settings, directory, socket_dir)
        url = web_url(settings.host, settings.port)
        elsewhere = str(socket_dir) if socket_dir and not socket_dir.is_relative_to(directory.path) else ""
        holding.announce(Running(pid=os.getpid(), url=url, redis_url=settings.redis_url, elsewhere=elsewhere))
        tree = ProcessTree(
            specs, records=directory.children, say=say, verbose=self.verbose, patience=self.patience
        )
        say(f"Starting {', '.join(spec.name for spec in specs)}. Data and logs are in {directory.path}")
        try:
            tree.run(on_ready=lambda: say(f"\nCeleriac is ready: {url}\nCtrl-C stops everything."))
        finally:
            holding.withdraw()


def run_up(settings: Settings, *, verbose: bool = False, **parts: Any) -> int:
    """Runs everything until a stop is requested. Returns an exit status of the commands' table.

    0 stopped on request, 1 cannot start, 2 invalid setting, 3 the given store cannot be used. `parts` are
    further fields of `Supervisor`.
    """
    # Everything below this process, data and sockets alike, is for its owner only.
    before = os.umask(0o077)
    try:
        Supervisor(settings=settings, verbose=verbose, **parts).run()
    except InvalidSetting as error:
        complain(error)
        return 2
    except (StoreUnavailable, StoreIncompatible, ServerUnfit) as error:
        complain(error)
        return 3
    except CeleriacError as error:
        complain(error)
        return 1
    finally:
        os.umask(before)
    say("Stopped.")
    return 0


def say(text: str) -> None:
    """Prints a message to the terminal; without a terminal the work continues."""
    with contextlib.suppress(OSError):
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


def complain(error: CeleriacError) -> None:
    """Prints an error to standard error."""
    with contextlib.suppress(OSError):
        sys.stderr.write(f"celeriac: {error}\n")
        sys.stderr.flush()
