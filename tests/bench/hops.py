"""How far a reader has to follow the code: functions, files and changes of file on four journeys through it.

`python -m tests.bench hops [--against DIR]`. The journeys start and end at what every checkout has (an address of the web
process, a message to the broker, the body of a task), so that two layouts of the code can be compared. Changes of file
are calls from one project file into another, templates included, each time they are made.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, astuple, dataclass
from pathlib import Path
from statistics import multimode
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table

from tests.bench import report
from tests.bench.checkouts import THIS, Checkout
from tests.support.processes import PROJECT, LoggedProcess, free_port
from tests.support.servers import StoreServer
from tests.support.waiting import eventually
from tests.support.workers import READY

JOURNEYS = {
    "launch": "form launch -> broker",
    "page": "execution page",
    "live patch": "notification -> patch on the stream",
    "patch and HTML": "the same with HTML that is due",
    "step's end": "end of a step's body -> broker",
}
NINE_STEPS = "parallel_processing"
TURNS = 6
COLUMNS = {
    "functions": "functions",
    "files": "Python files",
    "templates": "templates",
    "changes": "changes of file",
    "scripts": "Lua scripts",
}
#: What happens by the clock is put off, and a worker that waits in a body is not held for lost.
QUIET = {
    "CELERIAC_TICK": "60",
    "CELERIAC_LEASE": "3000",
    "CELERIAC_HEARTBEAT": "1000",
    "CELERIAC_UNCLAIMED": "3000",
}

#: File and name of a function; a template has no name.
Place = tuple[str, str]
Call = tuple[Place | None, Place]


@dataclass(frozen=True, slots=True)
class Hops:
    """One journey in figures."""

    functions: int
    files: int
    changes: int
    templates: int = 0
    scripts: int = 0


def count_hops(calls: Iterable[Call], scripts: int = 0) -> Hops:
    """Counts distinct functions, files and templates, and calls into another file.

    A call that an event loop or a thread of a pool makes (its caller is None) comes from the function that was called
    before it.
    """
    functions: set[Place] = set()
    changes = 0
    before: Place | None = None
    for caller, callee in calls:
        caller = caller or before
        changes += caller is not None and caller[0] != callee[0]
        functions.add(callee)
        before = callee
    files = {file for file, name in functions if name}
    templates = {file for file, name in functions if not name}
    return Hops(sum(bool(name) for _, name in functions), len(files), changes, len(templates), scripts)


def record(checkout: Checkout, directory: Path, turns: int = TURNS) -> dict[str, Hops]:
    """Makes the journeys in a checkout, several times. The first time does not count: it has imports and empty caches.

    Of the others the most frequent figures count, since a thread that wakes up or changes that meet in one patch disturb some.
    """
    directory.mkdir()
    with _recorded_system(checkout, directory) as traveller:
        for _ in range(turns):
            traveller.travel()
    recorded: dict[str, list[Hops]] = {}
    for output in sorted(directory.glob("*.jsonl")):
        for line in output.read_text().splitlines():
            recording = json.loads(line)
            calls = [(caller and tuple(caller), tuple(callee)) for caller, callee in recording["calls"]]
            hops = count_hops(calls, len(recording["scripts"]))
            recorded.setdefault(recording["journey"], []).append(hops)
    return {journey: most_frequent(hops[1:] or hops) for journey, hops in recorded.items()}


def most_frequent(hops: list[Hops]) -> Hops:
    """The one that most turns gave; of several the shortest."""
    return min(multimode(hops), key=astuple)


@contextmanager
def _recorded_system(checkout: Checkout, directory: Path) -> Iterator[Traveller]:
    """A store, and a web process and a worker of the checkout that record."""
    port = free_port()
    with ExitStack() as started:
        server = StoreServer().start()
        started.callback(server.stop)
        settings = {
            "CELERIAC_REDIS_URL": server.url,
            "CELERIAC_DATA_DIR": str(directory / "data"),
            "CELERIAC_PORT": str(port),
            **QUIET,
        }

        def start(name: str, *options: str) -> LoggedProcess:
            process = LoggedProcess(
                checkout.command("hop_process", str(directory / f"{name}.jsonl"), name, *options),
                name=name,
                log_file=directory / f"{name}.log",
                environment=checkout.environment(settings),
                directory=checkout.root,
            )
            started.callback(process.stop)
            return process

        start("worker", "-P", "solo").wait_for_log(READY, within=60)
        web = start("web")
        client = started.enter_context(httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60))
        eventually(lambda: _answers(client, web), within=60)
        yield Traveller(client, directory)


def _answers(client: httpx.Client, web: LoggedProcess) -> bool:
    """the recorded web process returns 200 for /readyz"""
    if not web.alive:
        raise RuntimeError(f"the web process ended:\n{web.log()}")
    try:
        return client.get("/readyz").status_code == 200
    except httpx.HTTPError:
        return False


class Traveller:
    """Makes all journeys at one system, as a browser would."""

    def __init__(self, client: httpx.Client, directory: Path) -> None:
        self._client, self._directory = client, directory
        self._turn = 0

    def travel(self) -> None:
        """Keeps the only slot busy, so that a launched execution waits while its page is shown; then follows the end of
        the busy step.
        """
        self._turn += 1
        gate = self._directory / f"gate{self._turn}"
        launched = self._client.post("/api/v1/workflows/hops/executions", json={"input": {"gate": str(gate)}})
        busy = f"/executions/{launched.json()['execution_id']}"
        eventually(lambda: self._first_step(busy)["status"] == "running", within=60)

        waiting = self._launch()
        self._client.get(waiting).raise_for_status()
        self._client.get(waiting, headers={"x-hops": "page"}).raise_for_status()
        self._client.post(f"/api/v1{waiting}/cancellation").raise_for_status()

        self._follow(busy, gate)

    def _first_step(self, execution: str) -> dict[str, Any]:
        steps = self._client.get(f"/api/v1{execution}").json()["steps"]
        return next(step for step in steps if step["name"] == "first")

    def _launch(self) -> str:
        """Posts the form of the nine-step workflow. Returns the path of the execution's page."""
        form = self._client.get(f"/workflows/{NINE_STEPS}/launch").text
        (key,) = re.findall(r'name="key"\s+value="([^"]+)"', form)
        example = self._client.get(f"/api/v1/workflows/{NINE_STEPS}").json()["example_input"]
        launched = self._client.post(
            f"/workflows/{NINE_STEPS}/launch",
            data={"input": json.dumps(example), "labels": "", "note": "", "key": key},
            headers={"x-hops": "launch"},
        )
        if launched.status_code != 303:
            raise RuntimeError(f"the launch was refused with {launched.status_code}: {launched.text[:500]}")
        return str(launched.headers["location"])

    def _follow(self, busy: str, gate: Path) -> None:
        """Opens the stream of an execution whose first step waits for `gate`, opens that, and reads to the end."""
        seq = self._client.get(f"/api/v1{busy}").json()["seq"]
        with self._client.stream("GET", f"{busy}/stream", params={"after": seq}) as stream:
            lines = stream.iter_lines()
            next(lines)
            time.sleep(1)  # what a stream begins with has gone out
            self._client.post("/-/hops").raise_for_status()
            gate.touch()
            for _ in lines:
                pass


def show_hops(console: Console, now: dict[str, Hops], before: dict[str, Hops] | None) -> None:
    """One row per journey; with `before` each figure as "before → now"."""
    table = Table(title="Journeys through the code" + (", before → now" if before is not None else ""))
    table.add_column("journey")
    for heading in COLUMNS.values():
        table.add_column(heading, justify="right")
    for journey, title in JOURNEYS.items():
        shown = [_figures(now.get(journey))]
        if before is not None:
            shown.insert(0, _figures(before.get(journey)))
        table.add_row(title, *(" → ".join(each) for each in zip(*shown, strict=True)))
    console.print(table)


def _figures(hops: Hops | None) -> list[str]:
    return [str(getattr(hops, name)) if hops else "-" for name in COLUMNS]


def main(given: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench hops", description=__doc__)
    parser.add_argument("--against", type=Path, metavar="DIR", help="another checkout, with its own .venv")
    against: Path | None = parser.parse_args(given).against
    with tempfile.TemporaryDirectory(prefix="celeriac-hops-") as name:
        directory = Path(name)
        before = None
        if against is not None:
            before = record(Checkout(against.resolve(), directory / "cache"), directory / "before")
        now = record(THIS, directory / "now")
    show_hops(Console(width=110), now, before)
    figures = {"machine": report.machine(), "hops": {journey: asdict(hops) for journey, hops in now.items()}}
    if before is not None:
        figures["hops_before"] = {journey: asdict(hops) for journey, hops in before.items()}
    report.write_json(figures, PROJECT / "bench-results")
