"""Writes `orders.csv`: a year of orders of a fictional shop, with realistic flaws.

Run as `python -m celeriac.examples.data.make_orders`. The output is always the same: it uses only
`Random.random` with a fixed seed, whose sequence Python guarantees.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import TypeVar

ORDERS = Path(__file__).with_name("orders.csv")
COLUMNS = (
    "order_id",
    "ordered_on",
    "customer_id",
    "country",
    "product",
    "category",
    "quantity",
    "unit_price",
    "amount",
)
_ROWS = 3_000
_CUSTOMERS = 600
_FIRST_DAY = date(2025, 1, 1)
_COUNTRIES = ("DE", "DE", "DE", "FR", "FR", "JP", "JP", "US", "US", "GB", "IT", "ES", "NL", "PL", "SE", "BR")
_PRODUCTS = (  # name, category, price in cents
    ("Chef's knife", "Knives", 8_900),
    ("Paring knife", "Knives", 2_450),
    ("Bread knife", "Knives", 4_900),
    ("Cutting board", "Boards", 3_995),
    ("Serving board", "Boards", 5_250),
    ("Stock pot", "Pots", 11_900),
    ("Sauce pan", "Pots", 6_490),
    ("Cast iron pan", "Pans", 7_950),
    ("Copper pan", "Pans", 18_900),
    ("Steamer basket", "Pans", 3_290),
    ("Vegetable peeler", "Tools", 990),
    ("Box grater", "Tools", 1_890),
    ("Mandoline", "Tools", 6_950),
    ("Food mill", "Tools", 8_450),
    ("Mixing bowl", "Bowls", 2_190),
    ("Salad spinner", "Bowls", 2_990),
    ("Kitchen scale", "Electric", 4_490),
    ("Immersion blender", "Electric", 9_900),
    ("Stand mixer", "Electric", 44_900),
    ("Cookbook: Roots", "Books", 2_800),
)
#: (frequency per thousand rows, change to the row)
_FLAWS = (
    (6, "empty customer"),
    (5, "empty country"),
    (4, "empty amount"),
    (8, "duplicate"),
    (5, "wrong date"),
    (4, "negative quantity"),
)
_T = TypeVar("_T")


def _pick(random: Random, choices: Sequence[_T]) -> _T:
    return choices[int(random.random() * len(choices))]


def make_rows(seed: int = 20_250_101) -> list[dict[str, str]]:
    random = Random(seed)  # noqa: S311 - example data, not a secret
    rows: list[dict[str, str]] = []
    for number in range(_ROWS):
        row = _good_row(random, number)
        _spoil(random, row, rows)
        rows.append(row)
    return rows


def _good_row(random: Random, number: int) -> dict[str, str]:
    # The year has a season: later days are more likely, and the number of an order rises with its day.
    day = int(365 * ((number + random.random()) / _ROWS) ** 0.9)
    customer = int(_CUSTOMERS * random.random() ** 1.7)  # some buy often, many once
    name, category, price = _pick(random, _PRODUCTS)
    quantity = 1 + int(5 * random.random() ** 2.5)
    if random.random() < 0.04:
        quantity *= 12  # a restaurant
    discount = _pick(random, (0, 0, 0, 0, 5, 10, 15))
    cents = round(quantity * price * (100 - discount) / 100)
    amount = f"{cents / 100:,.2f}" if random.random() < 0.6 else f"{cents / 100:.2f}"
    return {
        "order_id": f"O-{100_000 + number}",
        "ordered_on": (_FIRST_DAY + timedelta(days=day)).isoformat(),
        "customer_id": f"C-{1_000 + customer}",
        "country": _COUNTRIES[customer % len(_COUNTRIES)],
        "product": name,
        "category": category,
        "quantity": str(quantity),
        "unit_price": f"{price / 100:.2f}",
        "amount": amount,
    }


def _spoil(random: Random, row: dict[str, str], earlier: list[dict[str, str]]) -> None:
    lot = random.random() * 1_000
    for per_thousand, flaw in _FLAWS:
        lot -= per_thousand
        if lot >= 0:
            continue
        if flaw.startswith("empty"):
            row[{"customer": "customer_id"}.get(column := flaw.split()[1], column)] = ""
        elif flaw == "duplicate" and earlier:
            row.update(_pick(random, earlier[-20:]))
        elif flaw == "wrong date":
            year, month, day = row["ordered_on"].split("-")
            row["ordered_on"] = _pick(
                random, (f"{day}.{month}.{year}", f"{year}-{month}-32", f"{year}-13-{day}")
            )
        elif flaw == "negative quantity":
            row["quantity"] = f"-{row['quantity']}"
        return


def as_csv(rows: list[dict[str, str]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


if __name__ == "__main__":
    ORDERS.write_text(as_csv(make_rows()), encoding="utf-8")
