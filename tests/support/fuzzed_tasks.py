"""A task that misbehaves in a way that a number chooses: what it raises, returns, asks for, or does to its process."""

from __future__ import annotations

import datetime
import decimal
import fractions
import os
import random
import sys
from collections.abc import Callable
from typing import Any

from celery import shared_task
from celery.exceptions import (
    Ignore,
    MaxRetriesExceededError,
    Reject,
    Retry,
    SoftTimeLimitExceeded,
    TimeoutError,
)

from celeriac import FinalError, current_step


def _raises(*_: Any, **__: Any) -> Any:
    raise random.choice([ValueError, SystemExit, KeyboardInterrupt])("from a method")


#: Methods that the report of an exception may call.
METHODS = (
    "__str__",
    "__repr__",
    "__reduce__",
    "__reduce_ex__",
    "__getstate__",
    "__eq__",
    "__hash__",
    "__bool__",
    "__format__",
)


def hostile_exception(dice: random.Random) -> BaseException:
    """An exception of a class whose methods raise, or lie about their type."""
    bases = dice.choice(
        [(Exception,), (ValueError,), (OSError,), (BaseException,), (KeyError, AttributeError)]
    )
    lies = {
        name: dice.choice([_raises, lambda *_: 3, lambda *_: "\ud800" * 3])
        for name in dice.sample(METHODS, 3)
    }
    cls = type(dice.choice(["Odd", "É" * 50, "with space", "x" * 3_000]), bases, lies)
    error: BaseException = cls(
        dice.choice(["text", "", "\x00\x1b[31m\r", "x" * 2_000_000, object(), b"\xff"])
    )
    if dice.random() < 0.3:
        error.__cause__ = error.__context__ = ValueError("cause")
        error.__cause__.__cause__ = error
    if dice.random() < 0.2:
        error.__notes__ = [3, None, "note"]
    return error


PLAIN: list[Callable[[], BaseException]] = [
    lambda: Ignore("ignore"),
    lambda: Reject("reject", requeue=True),
    lambda: Reject("reject", requeue=False),
    lambda: Retry("by hand"),
    lambda: Retry("by hand", exc=ValueError("inside"), when=0),
    lambda: MaxRetriesExceededError("early"),
    lambda: TimeoutError("celery's"),
    lambda: SoftTimeLimitExceeded(),
    lambda: SystemExit(),
    lambda: SystemExit("text"),
    lambda: KeyboardInterrupt(),
    lambda: GeneratorExit(),
    lambda: StopIteration(3),
    lambda: MemoryError(),
    lambda: RecursionError(),
    lambda: BaseExceptionGroup("several", [ValueError(1), KeyboardInterrupt()]),
    lambda: ExceptionGroup("several", [ValueError(n) for n in range(500)]),
    lambda: FinalError("final"),
    lambda: UnicodeDecodeError("utf-8", b"\xff", 0, 1, "odd"),
    lambda: Exception(),
]


class Lying(dict):  # type: ignore[type-arg]
    """A dict that is none."""

    __class__ = list  # type: ignore[assignment]

    def items(self) -> Any:
        raise ValueError("no items")


class Text(str):
    def __str__(self) -> str:
        raise ValueError("no text")


RESULTS: list[Callable[[], Any]] = [
    lambda: {1: {2.5: None}},
    lambda: Lying(a=1),
    lambda: Text("text"),
    lambda: {"\ud800": "\ud800"},
    lambda: float("inf"),
    lambda: 10**2_000,
    lambda: [[]] * 10 + [{}],
    lambda: lambda: None,
    lambda: iter([1]),
    lambda: object,
    lambda: datetime.datetime.max,  # noqa: DTZ901 -- odd on purpose, as what follows
    lambda: {"__type__": "datetime", "__value__": "no date"},
    lambda: {"__type__": "unknown", "__value__": []},
    lambda: decimal.Decimal("NaN"),
    lambda: b"\xff" * 1_000,
    lambda: {(1, 2): 3},
    lambda: NotImplemented,
    lambda: _nested(200),
    lambda: _cycle(),
    lambda: "x" * 1_000_000,
]


def _nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


def _cycle() -> list[Any]:
    value: list[Any] = []
    value.append(value)
    return value


ASKS: list[dict[str, Any]] = [
    {"countdown": -5},
    {"countdown": float("nan")},
    {"countdown": True},
    {"countdown": fractions.Fraction(1, 100)},
    {"countdown": decimal.Decimal("0.01")},
    {"countdown": "soon"},
    {"countdown": []},
    {"eta": datetime.datetime.min},  # noqa: DTZ901
    {"eta": datetime.datetime(2000, 1, 1)},  # noqa: DTZ001
    {"eta": "2000-01-01"},
    {"eta": 3},
    {"countdown": 0, "max_retries": 0},
    {"countdown": 0, "max_retries": -1},
    {"countdown": 0, "kwargs": {"input": {"seed": 3}}},
    {"countdown": 0, "kwargs": {"what": object()}},
    {"countdown": 0, "args": (1, 2, 3)},
    {"countdown": 0, "kwargs": {"input": "x" * 1_000_000}},
    {"countdown": 0, "queue": "elsewhere"},
    {"countdown": 0, "throw": False},
    {"countdown": 0, "exc": 3},
    {"countdown": 0, "unknown": "option"},
]


@shared_task(name="tests.fuzz", bind=True)
def fuzz(self: Any, input: dict[str, Any]) -> Any:
    dice = random.Random(f"{input}/{current_step.attempt}")
    way = dice.choices(
        ["raise", "hostile", "return", "ask", "exit", "deep", "fine"], [6, 6, 6, 6, 0.3, 1, 1]
    )[0]
    if way == "raise":
        raise dice.choice(PLAIN)()
    if way == "hostile":
        raise hostile_exception(dice)
    if way == "return":
        return dice.choice(RESULTS)()
    if way == "ask":
        self.retry(**dice.choice(ASKS))
        return "asked"
    if way == "exit":
        os._exit(dice.choice([0, 1, 155]))
    if way == "deep":
        sys.setrecursionlimit(2_000)
        return fuzz.run(input) if dice.random() < 0.1 else _recurse()
    return "fine"


def _recurse() -> int:
    return 1 + _recurse()
