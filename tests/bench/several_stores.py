"""What one store can do by itself, and two and four beside each other: a namespace of each, driven by the scripts alone."""

from __future__ import annotations

import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from multiprocessing import get_context
from pathlib import Path
from statistics import median

from celeriac.engine.settings import Settings
from celeriac.engine.store.orders import ClaimRequest
from celeriac.engine.store.store import Store
from celeriac.engine.store.transitions import Claim
from celeriac.engine.workflows.definition.definition import define_workflow
from tests.bench.bars import Figure
from tests.conftest import make_settings
from tests.support.servers import StoreServer
from tests.support.workflows import chain

STORES = (1, 2, 4)
RUNS = 3
SECONDS = 3.0  # of each run
LENGTH = 6
WORKER = "w@bench#1"


def measure_several_stores(directory: Path) -> list[Figure]:
    """Steps and launches per second, all stores together; medians of three runs."""
    figures = []
    for number in STORES:
        with ExitStack() as stack:
            servers = [StoreServer(aof=True).start() for _ in range(number)]
            for server in servers:
                stack.callback(server.stop)
            settings = [
                make_settings(server, directory / f"{number}-{n}") for n, server in enumerate(servers)
            ]
            pool = stack.enter_context(ProcessPoolExecutor(number, get_context("spawn")))
            runs = [list(pool.map(drive, settings)) for _ in range(RUNS)]
        name = f"{number} store" + "s" * (number > 1)
        for index, what in enumerate(("steps", "launches")):
            together = median(sum(rates[index] for rates in run) for run in runs)
            figures.append(Figure(f"{what} of {name}", together, "/s"))
    return figures


def drive(settings: Settings) -> tuple[float, float]:
    """Steps per second that go on in one slot, then launches per second, of one caller."""
    store = Store(settings)
    definition = define_workflow("line", chain(LENGTH))
    store.definitions.publish_version(definition)
    store.transitions.heartbeat(WORKER, b"{}", [], 1, ["noop"])

    def launch() -> str:
        return store.transitions.create_execution(definition, b"{}", labels={}, note="").execution_id

    def run(execution_id: str) -> int:
        claim: Claim | str | None = store.transitions.claim_step(execution_id, "0", 1, "message.0", WORKER)
        steps = 0
        while isinstance(claim, Claim):
            steps += 1
            request = ClaimRequest(f"message.{steps}", WORKER, claim.limits)
            claim = store.transitions.complete_step(claim, b"null", None, request).following
        return steps

    run(launch())
    steps, began = 0, time.perf_counter()
    while time.perf_counter() - began < SECONDS:
        steps += run(launch())
    # With a launch and a claim for each chain.
    per_step = steps / (time.perf_counter() - began)
    launches, began = 0, time.perf_counter()
    while time.perf_counter() - began < SECONDS / 3:
        launch()
        launches += 1
    per_launch = launches / (time.perf_counter() - began)
    store.close()
    return per_step, per_launch
