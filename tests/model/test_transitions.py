"""Random histories on Valkey and, where it is installed, on redis-server."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from celeriac.supervision.store_server import server_program
from tests.model.machine import Histories
from tests.support.counts import FULL, how_many
from tests.support.servers import StoreServer

#: Histories per server.
HISTORIES = how_many(15, full=2_000)
#: MODEL_SHRINK=0 reports the first counterexample as it is.
PHASES = (Phase.generate, Phase.shrink) if os.environ.get("MODEL_SHRINK") != "0" else (Phase.generate,)


@pytest.fixture(scope="module", params=["embedded", "redis-server"])
def server(request: pytest.FixtureRequest) -> Iterator[StoreServer]:
    program = server_program() if request.param == "embedded" else shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not on PATH: apt-get install redis-server")
    server = StoreServer(program=Path(program)).start()
    yield server
    server.stop()


@pytest.mark.sampled
@pytest.mark.timeout(0 if FULL else 600)
@pytest.mark.parametrize("in_slices", [False, True], ids=["at once", "in slices"])
def test_the_scripts_do_what_the_model_says_when_anything_happens_in_any_order(
    server: StoreServer, in_slices: bool
) -> None:
    machine = type("HistoriesOnServer", (Histories,), {"server": server, "in_slices": in_slices})
    how = settings(
        max_examples=HISTORIES,
        phases=PHASES,
        stateful_step_count=40,
        derandomize=not FULL,
        database=None,
        deadline=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )

    run_state_machine_as_test(machine, settings=how)
