"""The tasks of a chain of shops. What each does depends on the scene, which is the city in the launch's input.

A scene that says nothing about a step lets it work for a moment and return.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from celery import Task, shared_task

from celeriac import current_step

#: Held steps are ended with their worker, once the last picture is taken.
FOR_EVER = 100_000.0
#: Of the photos that are resized in the scene where this takes for ever.
FIRST_HELD_PHOTO = 15
HELD_ZONES = (4, 9, 14)
RATES = {"EUR": 1.0, "GBP": 0.86}


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """`seconds` of work. Progress and lines are said first, then the first `fails` attempts raise."""

    seconds: float = 0.2
    progress: tuple[float, str] | None = None
    lines: tuple[str, ...] = ()
    warning: str = ""
    fails: int = 0
    again_in: float | None = None  # seconds, of the next attempt
    deaf: bool = False  # goes on although it is to stop


PLOT: dict[tuple[str, str], Act] = {
    ("Lisbon", "check_orders"): Act(seconds=0.4, fails=1),
    ("Lisbon", "convert_currency"): Act(
        seconds=FOR_EVER,
        progress=(0.64, "30,912 of 48,250 orders"),
        lines=("48,250 orders in 3 currencies", "rates of 2026-11-26 loaded", "30,000 orders converted"),
        warning="2 orders name no currency, EUR is assumed",
    ),
    ("Lisbon", "find_fraud"): Act(fails=1, again_in=600),
    ("Lisbon", "price_history"): Act(seconds=FOR_EVER, lines=("reading 365 days",)),
    ("Lisbon", "resize_photos"): Act(seconds=FOR_EVER),
    ("Porto", "fetch_orders"): Act(seconds=1.1, lines=("48,250 orders on 12 pages",)),
    ("Porto", "check_orders"): Act(
        seconds=0.7, fails=1, lines=("checking 48,250 orders",), warning="17 addresses are incomplete"
    ),
    ("Porto", "convert_currency"): Act(
        seconds=1.6, lines=("rates of 2026-11-26 loaded", "48,250 orders converted")
    ),
    ("Porto", "find_fraud"): Act(seconds=0.9, lines=("3 orders look odd",)),
    ("Porto", "daily_report"): Act(seconds=0.8, lines=("the report has 14 pages",)),
    ("Faro", "daily_report"): Act(seconds=0.9, fails=1),
    ("Faro", "publish"): Act(seconds=0.6),
    ("Vigo", "price_history"): Act(seconds=FOR_EVER, deaf=True),
    ("Seville", "convert_currency"): Act(seconds=FOR_EVER, progress=(0.2, "9,650 of 48,250 orders")),
    **{
        ("Toledo", f"week9_zone{zone}"): Act(seconds=FOR_EVER, progress=(zone / 20, f"day {zone // 3 + 1}"))
        for zone in HELD_ZONES
    },
}


def _placed(function: Callable[..., Any]) -> Callable[..., Any]:
    """Its place is told from the checkout on: a picture of a traceback shows no directory of whoever made it."""
    here = Path(__file__)
    place = str(here.relative_to(here.parents[2]))
    function.__code__ = function.__code__.replace(co_filename=place)
    return function


def part(function: Callable[..., Any]) -> Any:
    """A task called `shop.` and the function's name."""
    return shared_task(name=f"shop.{function.__name__}", bind=True)(_placed(function))


@_placed
def play(task: Task[Any, Any], input: Mapping[str, Any]) -> None:
    """Does what the scene wants of the current step."""
    act = PLOT.get((input["city"], current_step.step), Act())
    if act.deaf:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if act.progress:
        current_step.progress(*act.progress)
    for line in act.lines:
        current_step.logger.info(line)
    if act.warning:
        current_step.logger.warning(act.warning)
    if current_step.attempt <= act.fails:
        answered_not = ConnectionError("orders.example.com did not answer within 5 s")
        raise task.retry(exc=answered_not, countdown=act.again_in) if act.again_in else answered_not
    time.sleep(act.seconds)


@part
def fetch(self: Task[Any, Any], input: Mapping[str, Any], table: str) -> dict[str, Any]:
    play(self, input)
    return {"file": f"{table}-{input['day']}.parquet", "rows": 48_250, "currencies": ["EUR", "GBP", "SEK"]}


@part
def check(self: Task[Any, Any], input: Mapping[str, Any]) -> dict[str, Any]:
    play(self, input)
    return {"good": 48_233, "incomplete": 17}


@part
def convert(self: Task[Any, Any], input: Mapping[str, Any], fetch_rates: Mapping[str, Any]) -> dict[str, Any]:
    known = RATES if input["city"] == "Madrid" else {**RATES, "SEK": 11.02}
    rates = {}
    for currency in fetch_rates["currencies"]:
        rates[currency] = rate_of(known, currency)
    play(self, input)
    return {"orders": 48_250, "revenue": 1_204_118.5, "rates": rates}


@_placed
def rate_of(rates: Mapping[str, float], currency: str) -> float:
    if currency not in rates:
        raise LookupError(f"no rate of {currency} for 2026-11-26; known are {', '.join(rates)}")
    return rates[currency]


@part
def resize(self: Task[Any, Any], input: Mapping[str, Any], item: str) -> str:
    if input["city"] == "Lisbon" and (current_step.item or 0) < FIRST_HELD_PHOTO:
        return f"small/{item}"
    if input["city"] == "Coimbra" and item.startswith("lamp"):
        raise ValueError(f"{item} is no photo: 0 bytes")
    play(self, input)
    return f"small/{item}"


@part
def work(self: Task[Any, Any], input: Mapping[str, Any]) -> dict[str, Any]:
    play(self, input)
    return {"day": input.get("day", "2026-11-26"), "pages": 14}
