"""The folders of templates and static files: in the package; in a checkout these are links to the top level."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]

TEMPLATES = _PACKAGE / "templates"
STATIC = _PACKAGE / "static"
