"""How a browser is started for tests and measurements: which one, and with which options."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

#: Chromium without what it would do in the background, where that asks the network or needs a GPU.
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def executable_path(bundled: str) -> str | None:
    """None when Playwright's own browser is at `bundled`; else the one in CHROMIUM or on PATH.

    Raises `RuntimeError` with the remedy when there is none.
    """
    if Path(bundled).exists():
        return None
    on_path = map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"))
    found = os.environ.get("CHROMIUM") or next(filter(None, on_path), None)
    if not found:
        raise RuntimeError("no browser: run `playwright install chromium` or `apt-get install chromium`")
    return found
