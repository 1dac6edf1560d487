"""How much a test tries: a seeded sample in `make test`, the full count in `make soak`.

`FULL_COUNTS=1` asks for the full counts and nothing else does. A sample tries the same examples every time, so a change that
did not touch what is tested cannot turn it red; the full count tries other ones each time and prints the seed of a failure.
Mark a test that uses this `sampled`, so that `make soak` finds it. Tests of Hypothesis are found by themselves.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator

FULL = os.environ.get("FULL_COUNTS", "") not in ("", "0")


def how_many(sample: int, *, full: int) -> int:
    """The count to try now."""
    return full if FULL else sample


def seeds(sample: int, *, full: int, begin: int = 0) -> Iterator[int]:
    """A seed for each example: consecutive ones from `begin` in a sample, drawn ones in the full count."""
    if FULL:
        yield from (random.randrange(10**9) for _ in range(full))
    else:
        yield from range(begin, begin + sample)
