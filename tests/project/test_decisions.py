"""Decision records: each has a number of its own, which its heading repeats."""

from __future__ import annotations

from tests.project.checkout import ROOT


def test_numbers_rise_by_one_and_head_the_records() -> None:
    records = sorted((ROOT / "docs" / "decisions").glob("*.md"))

    numbers = [record.name[:4] for record in records]

    assert numbers == [f"{n:04}" for n in range(1, len(records) + 1)]
    for record, number in zip(records, numbers, strict=True):
        assert record.read_text(encoding="utf-8").startswith(f"# {number} "), record.name
