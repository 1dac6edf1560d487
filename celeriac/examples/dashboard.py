"""The dashboard file: one HTML page with figures and bars, without scripts or external resources."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: #1f2328; }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(12rem, 1fr)); gap: 1rem; }
dt { color: #59636e; font-size: .85rem; } dd { margin: 0; font-size: 1.5rem; font-weight: 600; }
table { border-collapse: collapse; width: 100%; } th { text-align: left; font-weight: 400; width: 30%; }
td { text-align: right; font-variant-numeric: tabular-nums; padding: .2rem .6rem; width: 20%; }
td:last-child { width: 50%; } meter { width: 100%; }
"""


def dashboard_html(figures: Mapping[str, float | None], tables: Mapping[str, Mapping[str, float]]) -> str:
    """The page: each figure with its name, each table with one bar per row."""
    return (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>Executive dashboard</title>\n'
        f"<style>{_STYLE}</style>\n<h1>Executive dashboard</h1>\n<dl>\n"
        + "".join(_figure(name, value) for name, value in figures.items())
        + "</dl>\n"
        + "".join(_table(title, rows) for title, rows in tables.items())
        + "</html>\n"
    )


def _figure(name: str, value: float | None) -> str:
    if value is None:
        shown = "not known"
    elif name.endswith(("share", "growth")):
        shown = f"{value:.1%}"
    else:
        shown = f"{value:,}"
    return f"<div><dt>{escape(name.replace('_', ' ').capitalize())}</dt><dd>{shown}</dd></div>\n"


def _table(title: str, rows: Mapping[str, float]) -> str:
    highest = max(rows.values(), default=0) or 1
    lines = "".join(
        f"<tr><th>{escape(name)}</th><td>{value:,.2f}</td>"
        f'<td><meter max="{highest}" value="{max(value, 0)}">{value:,.2f}</meter></td></tr>\n'
        for name, value in rows.items()
    )
    return f"<h2>{escape(title)}</h2>\n<table>\n{lines}</table>\n"
