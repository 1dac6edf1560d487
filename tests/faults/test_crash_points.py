"""One call to the store or the broker goes wrong, each in turn: everything still ends as it should."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from celeriac.engine.settings import Settings
from celeriac.engine.workflows.definition.steps import WorkflowStep
from tests.support.counts import FULL, how_many
from tests.support.crash_points import CHILD_KILLED, OUTAGE, WORKER_KILLED, Border, System, small_system
from tests.support.invariants import violations
from tests.support.servers import StoreServer
from tests.support.store_leaks import forget, leaks
from tests.support.workflows import step

DIAMOND = [
    step("top", "work"),
    step("left", "work", after="top"),
    step("right", "work", after="top"),
    step("bottom", "work", after=["left", "right"]),
]
#: Calls of each combination that go wrong in a sample.
SAMPLE = 6
#: What is launched, and how it ends whatever goes wrong once.
SCENARIOS: dict[str, tuple[list[WorkflowStep], str]] = {
    "diamond": (DIAMOND, "success"),
    "retries": (
        [
            step("first", "stumble", parameters={"times": 2}, retry_count=4),
            step("second", "work", after="first"),
        ],
        "success",
    ),
    "failure": (
        [
            step("first", "stumble", parameters={"times": 9}, retry_count=1),
            step("beside", "work"),
            step("second", "work", after="first"),
        ],
        "failure",
    ),
    "decisions": (
        [
            step(
                "choose",
                "make_list",
                conditions={
                    "none": {"type": "value_exists", "params": {"field": "nothing"}, "task": "nobody"},
                    "some": {"type": "value_exists", "params": {"field": "items"}, "task": "each"},
                },
            ),
            step("nobody", "work"),
            step("each", "work", map_over="choose.items", max_parallel=2),
            step(
                "never",
                "work",
                after="each",
                only_if={"type": "value_exists", "params": {"field": "input.never"}},
            ),
            step("clean_up", "work", after=["nobody", "never"], trigger="all_done"),
        ],
        "success",
    ),
    "taken up": (
        [
            step("before", "work"),
            step("first", "stumble", after="before", parameters={"times": 2}, retry_count=1),
            step("second", "work", after="first"),
        ],
        "success",
    ),
    "cancellation": (
        [
            step("first", "work"),
            step("middle", "cancel_and_fail", after="first"),
            step("beside", "work", after="first"),
            step("last", "work", after="middle"),
        ],
        "cancelled",
    ),
    "clean-up": (
        [
            step("first", "make_list"),
            step("middle", "cancel_and_fail", after="first"),
            step("last", "work", after="middle"),
            step("each", "work", after="last", map_over="first.items", trigger="always"),
            step("clean_up", "stumble", after="middle", parameters={"times": 1}, trigger="always"),
            step("tell", "work", after=["each", "clean_up"], trigger="always"),
        ],
        "cancelled",
    ),
}


def play(scenario: str, settings: Settings, border: Border, server: StoreServer) -> None:
    """Launches the scenario, lets it end, and checks what must hold whatever went wrong."""
    steps, status = SCENARIOS[scenario]
    with small_system(settings, border) as system:
        system.launch(steps)
        system.run_until_ended()
        if scenario == "taken up":
            system.take_up()
            system.run_until_ended()
        wrong = f"call {border.at} of {border.crossed}, {border.moment} it: {border.name}"
        view = system.watching.reader.view(system.execution_id)
        assert view["status"] == status, (wrong, view["error"])
        clean_up = {step["name"]: step["status"] for step in view["steps"] if step.get("cleans_up")}
        assert set(clean_up.values()) <= {"success"}, (wrong, clean_up)
        check(system, server, wrong)


def check(system: System, server: StoreServer, wrong: str) -> None:
    settings = system.settings
    assert system.watching.client.zcard(system.watching.keys.index_all()) == 1, wrong
    assert {which: count for which, count in system.starts.items() if count > 1} == {}, wrong
    assert violations(settings) == [], wrong
    with server.client() as client:
        assert leaks(client, settings.namespace) == [], wrong
        forget(client, settings.namespace)


def calls_to_disturb(crossed: int, seed: str) -> list[int]:
    """Which of the calls go wrong: in a sample some of them, others in each combination; in the full count all."""
    numbers = range(1, crossed + 1)
    return sorted(random.Random(seed).sample(numbers, how_many(min(SAMPLE, crossed), full=crossed)))


@pytest.mark.sampled
@pytest.mark.timeout(3600 if FULL else 600)
@pytest.mark.parametrize("fault", [OUTAGE, CHILD_KILLED, WORKER_KILLED])
@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("slot_time", [0.0, 0.1], ids=["one step a message", "goes on"])
def test_it_ends_as_it_should_when_any_one_call_goes_wrong(
    settings: Settings, store_server: StoreServer, scenario: str, moment: str, fault: str, slot_time: float
) -> None:
    settings = replace(settings, retry_base=2.0, retry_cap=2.0, slot_time=slot_time)
    for _ in range(2):  # the first on a new server calls more often: the server does not know the scripts yet
        undisturbed = Border()
        play(scenario, replace(settings, namespace=f"{settings.namespace}-0"), undisturbed, store_server)

    for at in calls_to_disturb(undisturbed.crossed, f"{scenario} {moment} {fault}"):
        border = Border(at, moment, fault)
        play(scenario, replace(settings, namespace=f"{settings.namespace}-{at}"), border, store_server)
        assert border.name, "nothing went wrong"
