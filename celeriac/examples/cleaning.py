"""From raw rows to orders: which rows are dropped, which are repaired, and how many of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from celeriac.examples import orders
from celeriac.examples.orders import FlawedRowError, Order, Row


@dataclass(slots=True, kw_only=True)
class Cleaning:
    """The result of cleaning."""

    rows_in: int = 0
    orders: list[Order] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)  # by reason
    repaired: Counter[str] = field(default_factory=Counter)  # of the rows kept, by flaw

    @property
    def quality(self) -> float:
        """Share of the usable rows, 0 to 1."""
        return len(self.orders) / self.rows_in if self.rows_in else 0.0

    def counts(self) -> dict[str, object]:
        """The numbers in the result of a task."""
        return {
            "rows_in": self.rows_in,
            "rows_out": len(self.orders),
            "rows_dropped": self.dropped.total(),
            "dropped": dict(sorted(self.dropped.items())),
            "repaired": dict(sorted(self.repaired.items())),
        }


def clean(
    rows: Iterable[Row],
    *,
    remove_nulls: bool = True,
    remove_duplicates: bool = True,
    repair_numbers: bool = True,
) -> Cleaning:
    """Keeps the rows that are orders.

    Without `remove_nulls` a missing customer or country becomes "unknown"; other flawed rows are dropped anyway.
    """
    cleaning = Cleaning()
    seen: set[str] = set()
    for row in rows:
        cleaning.rows_in += 1
        mended, repairs = _mend(row, fill_nulls=not remove_nulls, repair_numbers=repair_numbers)
        try:
            order = orders.parse(mended)
        except FlawedRowError as flaw:
            cleaning.dropped[str(flaw)] += 1
            continue
        if remove_duplicates and order.order_id in seen:
            cleaning.dropped[orders.DUPLICATE_ID] += 1
            continue
        seen.add(order.order_id)
        cleaning.orders.append(order)
        cleaning.repaired.update(repairs)
    return cleaning


def _mend(row: Row, *, fill_nulls: bool, repair_numbers: bool) -> tuple[Row, list[str]]:
    """The row with repairs, and its flaws."""
    repairs: list[str] = []
    empty = [column for column in ("customer_id", "country") if not row[column].strip()]
    if fill_nulls and empty:
        row = {**row, **dict.fromkeys(empty, "unknown")}
        repairs.append(orders.EMPTY_FIELD)
    if repair_numbers and "," in row["amount"]:
        row = orders.without_thousands_separator(row)
        repairs.append(orders.THOUSANDS_SEPARATOR)
    return row, repairs
