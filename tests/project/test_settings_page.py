"""docs/reference/settings.md says what engine/settings.py declares."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import fields

from celeriac.engine.settings import PREFIX, Settings
from tests.project.checkout import ROOT

PAGE = ROOT / "docs" / "reference" / "settings.md"


def test_page_is_current_when_settings_change() -> None:
    script = [sys.executable, str(ROOT / "scripts" / "settings_page.py")]
    written = subprocess.run(script, capture_output=True, text=True, check=True)

    assert PAGE.read_text() == written.stdout, "run: make settings-page"


def test_every_setting_has_a_heading_when_declared() -> None:
    text = PAGE.read_text()

    assert all(f"## `{PREFIX}{declared.name.upper()}`" in text for declared in fields(Settings))
