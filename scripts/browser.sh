#!/bin/sh
# Makes sure that the browser tests find a browser; prints nothing when one is there. CHROMIUM may name one.
# Usage: browser.sh PYTHON
set -eu

python=$1
bundled='
from pathlib import Path
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    raise SystemExit(not Path(playwright.chromium.executable_path).exists())
'

if [ -n "${CHROMIUM:-}" ] && [ -x "$CHROMIUM" ]; then
    exit 0
fi
for name in chromium chromium-browser google-chrome google-chrome-stable; do
    if command -v "$name" >/dev/null; then
        exit 0
    fi
done
if "$python" -c "$bundled" 2>/dev/null; then
    exit 0
fi

if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    echo "Installing the browser that the tests drive: apt-get install chromium"
    if apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; then
        exit 0
    fi
fi
echo "Installing the browser that the tests drive: playwright install chromium"
if "$python" -m playwright install chromium; then
    exit 0
fi
echo "No browser for the tests. Install Chromium or Google Chrome so that it is on PATH, then run make test again." >&2
exit 1
