"""Third-party files are the published ones: static/vendor/VENDORED.md and the files say the same."""

from __future__ import annotations

import hashlib
import re

from tests.project.checkout import ROOT

VENDOR = ROOT / "static" / "vendor"
ROW = re.compile(r"\| `(?P<file>[^`]+)` \|.*\| `(?P<sha256>[0-9a-f]{64})` \|")


def declared() -> dict[str, str]:
    """File name → SHA-256, as the table says."""
    return {row["file"]: row["sha256"] for row in ROW.finditer((VENDOR / "VENDORED.md").read_text())}


def test_hashes_match_when_files_are_unmodified() -> None:
    assert declared() == {
        name: hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() for name in declared()
    }


def test_every_vendored_script_is_declared_when_one_is_added() -> None:
    present = {path.name for path in VENDOR.iterdir() if path.is_file() and path.name != "VENDORED.md"}

    assert present == set(declared())


def test_licences_are_there_when_the_table_names_them() -> None:
    named = re.findall(r"`(licences/[^`]+)`", (VENDOR / "VENDORED.md").read_text())

    assert named
    assert all((VENDOR / name).is_file() for name in named)
