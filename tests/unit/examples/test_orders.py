"""The bundled orders, and what is wrong with a row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from celeriac.examples.cleaning import clean
from celeriac.examples.data.make_orders import ORDERS, as_csv, make_rows
from celeriac.examples.orders import FlawedRowError, parse, read_orders, read_rows, write_orders

GOOD = {
    "order_id": "O-1",
    "ordered_on": "2025-03-09",
    "customer_id": "C-1",
    "country": "DE",
    "product": "Mandoline",
    "category": "Tools",
    "quantity": "2",
    "unit_price": "69.50",
    "amount": "139.00",
}


def test_the_same_file_comes_out_when_the_script_runs_again() -> None:
    assert as_csv(make_rows()) == ORDERS.read_text(encoding="utf-8")


def test_money_is_in_cents_when_a_row_is_read() -> None:
    order = parse(GOOD)

    assert (order.quantity, order.unit_price, order.amount, order.month) == (2, 6950, 13900, "2025-03")


@pytest.mark.parametrize(
    ("changes", "flaw"),
    [
        ({"customer_id": ""}, "empty_field"),
        ({"amount": "  "}, "empty_field"),
        ({"ordered_on": "09.03.2025"}, "wrong_date"),
        ({"ordered_on": "2025-02-30"}, "wrong_date"),
        ({"quantity": "-2"}, "negative_quantity"),
        ({"quantity": "0"}, "negative_quantity"),
        ({"quantity": "two"}, "unreadable_number"),
        ({"amount": "1,204.50"}, "unreadable_number"),
        ({"amount": "NaN"}, "unreadable_number"),
        ({"unit_price": "Infinity"}, "unreadable_number"),
    ],
)
def test_the_flaw_is_named_when_a_row_is_no_order(changes: dict[str, str], flaw: str) -> None:
    with pytest.raises(FlawedRowError, match=flaw):
        parse({**GOOD, **changes})


def test_the_first_of_two_rows_is_kept_when_they_have_the_same_id() -> None:
    cleaning = clean([GOOD, {**GOOD, "quantity": "3"}, {**GOOD, "order_id": "O-2", "amount": "1,139.00"}])

    assert [(order.order_id, order.quantity) for order in cleaning.orders] == [("O-1", 2), ("O-2", 2)]
    assert cleaning.orders[1].amount == 113_900
    assert cleaning.counts() == {
        "rows_in": 3,
        "rows_out": 2,
        "rows_dropped": 1,
        "dropped": {"duplicate_id": 1},
        "repaired": {"thousands_separator": 1},
    }


def test_the_quality_is_nought_when_there_are_no_rows() -> None:
    assert clean([]).quality == 0.0


def test_orders_come_back_when_they_were_written(tmp_path: Path) -> None:
    orders = clean(read_rows()).orders

    write_orders(orders, tmp_path / "orders.csv")

    assert read_orders(tmp_path / "orders.csv") == orders


@pytest.mark.parametrize("content", ["", "order_id,amount\nO-1,5\n"])
def test_the_columns_are_named_when_the_file_lacks_them(tmp_path: Path, content: str) -> None:
    path = tmp_path / "odd.csv"
    path.write_text(content)

    with pytest.raises(ValueError, match=r"odd\.csv lacks the columns .*country"):
        list(read_rows(path))


def test_a_short_row_is_flawed_when_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "short.csv"
    path.write_text(",".join(GOOD) + "\nO-1,2025-03-09\n")

    rows: list[Any] = list(read_rows(path))
    assert clean(rows).dropped == {"empty_field": 1}
