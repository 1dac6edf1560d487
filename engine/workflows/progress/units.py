"""A unit: a step, or one item of a mapped step, as written in the store and in messages. Pure.

`3` is the step with index 3, `3[17]` its item 17 (from 0).
"""

from __future__ import annotations


def index_of(unit: str) -> int:
    """The index of the unit's step."""
    return int(unit.partition("[")[0])


def item_of(unit: str) -> int | None:
    """The number of the item, from 0; None if the unit is a step."""
    number = unit.partition("[")[2]
    return int(number[:-1]) if number else None


def item_unit(index: int, item: int) -> str:
    """The unit of an item."""
    return f"{index}[{item}]"
