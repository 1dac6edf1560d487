"""The PDF report: key figures and a chart of the months on the first page, tables on the second."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fpdf import FPDF
from fpdf.enums import XPos, YPos

_INK, _MUTED, _ACCENT, _LINE = (31, 35, 40), (101, 109, 118), (46, 125, 80), (208, 215, 222)
_CHART_HEIGHT = 60.0  # millimetres
_KEY_FIGURES = (
    ("revenue", "Revenue, EUR", "{:,.2f}"),
    ("orders", "Orders", "{:,}"),
    ("customers", "Customers", "{:,}"),
    ("mean_order", "Mean order, EUR", "{:,.2f}"),
    ("median_order", "Median order, EUR", "{:,.2f}"),
    ("repeat_customer_share", "Returning customers", "{:.1%}"),
)
_TABLES = (
    ("by_country", "Revenue by country"),
    ("by_product", "Revenue by product"),
    ("by_weekday", "By weekday"),
)


class _Report(FPDF):
    def footer(self) -> None:
        self.set_y(-15)
        self.set_font("Helvetica", size=8)
        self.set_text_color(*_MUTED)
        self.cell(0, 10, f"Page {self.page_no()} of {{nb}}", align="C")


def write_report(figures: Mapping[str, Any], path: Path) -> int:
    """Writes the report on the figures of an analysis. Returns its number of pages."""
    pdf = _Report(format="A4")
    pdf.set_title("Order analysis")
    pdf.set_margin(18)
    pdf.add_page()
    _title(pdf, "Order analysis", size=22)
    dataset = figures.get("dataset_id")
    _note(
        pdf,
        f"{figures.get('orders', 0):,} orders" + (f" of data set {dataset}" if dataset is not None else ""),
    )
    _key_figures(pdf, figures)
    if figures.get("by_month"):
        _title(pdf, "Revenue by month, EUR")
        _chart(pdf, figures["by_month"])
    if any(figures.get(key) for key, _ in _TABLES):
        pdf.add_page()
        for key, title in _TABLES:
            if figures.get(key):
                _title(pdf, title)
                _table(pdf, figures[key], total=figures["revenue"])
    pdf.output(str(path))
    return int(pdf.pages_count)


def _latin(text: str) -> str:
    """The core fonts support only Latin-1; other characters become '?'."""
    return text.encode("latin-1", "replace").decode("latin-1")


def _line(pdf: FPDF, text: str, height: float) -> None:
    pdf.cell(0, height, _latin(text), new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _title(pdf: FPDF, text: str, *, size: int = 13) -> None:
    pdf.ln(4)
    pdf.set_font("Helvetica", "B", size)
    pdf.set_text_color(*_INK)
    _line(pdf, text, size * 0.6)


def _note(pdf: FPDF, text: str) -> None:
    pdf.set_font("Helvetica", size=10)
    pdf.set_text_color(*_MUTED)
    _line(pdf, text, 6)


def _key_figures(pdf: FPDF, figures: Mapping[str, Any]) -> None:
    pdf.ln(4)
    width = pdf.epw / 3
    shown = [(title, pattern.format(figures[key])) for key, title, pattern in _KEY_FIGURES if key in figures]
    for start in range(0, len(shown), 3):
        top = pdf.get_y()
        for column, (title, value) in enumerate(shown[start : start + 3]):
            left = pdf.l_margin + column * width
            pdf.set_xy(left, top)
            pdf.set_font("Helvetica", size=9)
            pdf.set_text_color(*_MUTED)
            pdf.cell(width, 5, title)
            pdf.set_xy(left, top + 5)
            pdf.set_font("Helvetica", "B", 15)
            pdf.set_text_color(*_INK)
            pdf.cell(width, 8, value)
        pdf.set_xy(pdf.l_margin, top + 17)


def _chart(pdf: FPDF, revenue: Mapping[str, float]) -> None:
    """One bar for each month, its value above it in thousands."""
    pdf.ln(6)
    base = pdf.get_y() + _CHART_HEIGHT
    step = pdf.epw / len(revenue)
    highest = max(revenue.values()) or 1
    pdf.set_font("Helvetica", size=7)
    pdf.set_text_color(*_MUTED)
    pdf.set_fill_color(*_ACCENT)
    for index, (month, value) in enumerate(revenue.items()):
        left = pdf.l_margin + index * step
        height = _CHART_HEIGHT * max(value, 0) / highest
        pdf.rect(left + step * 0.15, base - height, step * 0.7, height, style="F")
        pdf.set_xy(left, base - height - 4)
        pdf.cell(step, 4, f"{value / 1000:.1f}k", align="C")
        pdf.set_xy(left, base + 1)
        pdf.cell(step, 4, _latin(month), align="C")
    pdf.set_draw_color(*_LINE)
    pdf.line(pdf.l_margin, base, pdf.l_margin + pdf.epw, base)
    pdf.set_xy(pdf.l_margin, base + 8)


def _table(pdf: FPDF, revenue: Mapping[str, float], *, total: float) -> None:
    """A row for each name: its value, its share of the total, and a bar; the highest fills the line."""
    highest = max(revenue.values()) or 1
    pdf.set_font("Helvetica", size=10)
    pdf.set_text_color(*_INK)
    pdf.set_fill_color(*_ACCENT)
    pdf.set_draw_color(*_LINE)
    for name, value in revenue.items():
        top = pdf.get_y()
        pdf.cell(60, 6, _latin(name))
        pdf.cell(35, 6, f"{value:,.2f}", align="R")
        pdf.cell(18, 6, f"{value / (total or 1):.1%}", align="R")
        pdf.rect(pdf.get_x() + 4, top + 1.5, 55 * max(value, 0) / highest, 3, style="F")
        pdf.set_xy(pdf.l_margin, top + 6)
        pdf.line(pdf.l_margin, top + 6, pdf.l_margin + pdf.epw, top + 6)
