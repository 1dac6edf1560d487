"""The bundled orders as records, and the flaws of rows. Independent of workflows."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

from celeriac.examples.data.make_orders import COLUMNS, ORDERS
from celeriac.examples.errors import BadInput

#: Reasons to drop a row, or (the last one) to repair it.
EMPTY_FIELD = "empty_field"
DUPLICATE_ID = "duplicate_id"
WRONG_DATE = "wrong_date"
NEGATIVE_QUANTITY = "negative_quantity"
UNREADABLE_NUMBER = "unreadable_number"
THOUSANDS_SEPARATOR = "thousands_separator"

Row = dict[str, str]


class FlawedRowError(ValueError):
    """The row is not a valid order; the message is the flaw."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A row without flaws. Money is in cents."""

    order_id: str
    ordered_on: date
    customer_id: str
    country: str
    product: str
    category: str
    quantity: int
    unit_price: int
    amount: int

    @property
    def month(self) -> str:
        """As in "2025-03"."""
        return f"{self.ordered_on:%Y-%m}"


def read_rows(path: Path = ORDERS) -> Iterator[Row]:
    """The rows of the file. Raises `BadInput` if its columns are not those of orders."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, restval="")
        missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
        if missing:
            raise BadInput(f"{path.name} lacks the columns {', '.join(missing)}")
        yield from reader


def parse(row: Row) -> Order:
    """The order in a row. Raises `FlawedRowError`."""
    if any(not row[column].strip() for column in COLUMNS):
        raise FlawedRowError(EMPTY_FIELD)
    try:
        ordered_on = date.fromisoformat(row["ordered_on"])
    except ValueError:
        raise FlawedRowError(WRONG_DATE) from None
    try:
        quantity = int(row["quantity"])
    except ValueError:
        raise FlawedRowError(UNREADABLE_NUMBER) from None
    if quantity <= 0:
        raise FlawedRowError(NEGATIVE_QUANTITY)
    return Order(
        order_id=row["order_id"],
        ordered_on=ordered_on,
        customer_id=row["customer_id"],
        country=row["country"],
        product=row["product"],
        category=row["category"],
        quantity=quantity,
        unit_price=_cents(row["unit_price"]),
        amount=_cents(row["amount"]),
    )


def without_thousands_separator(row: Row) -> Row:
    """The row with an amount as "1,204.50" written as "1204.50"."""
    return {**row, "amount": row["amount"].replace(",", "")}


def write_orders(orders: Iterable[Order], path: Path) -> None:
    """Writes orders for `read_orders`."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(_cells(order) for order in orders)


def read_orders(path: Path) -> list[Order]:
    """The orders of a file written by `write_orders`."""
    return [parse(row) for row in read_rows(path)]


def euros(cents: float) -> float:
    """Cents as the number in results and reports."""
    return round(cents / 100, 2)


def _cells(order: Order) -> Sequence[str]:
    return (
        order.order_id,
        order.ordered_on.isoformat(),
        order.customer_id,
        order.country,
        order.product,
        order.category,
        str(order.quantity),
        f"{order.unit_price / 100:.2f}",
        f"{order.amount / 100:.2f}",
    )


def _cents(text: str) -> int:
    try:
        return int(Decimal(text) * 100)
    except (InvalidOperation, ValueError, OverflowError):
        raise FlawedRowError(UNREADABLE_NUMBER) from None
