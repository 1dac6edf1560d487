"""The files of the project, as git would commit them now."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def project_files(*suffixes: str) -> list[Path]:
    """Paths below the root of every file that is tracked or would be, with one of these suffixes; all without any."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    paths = [Path(name) for name in listed.stdout.decode().split("\0") if name]
    # A file that was just removed is still listed until the removal is committed.
    return sorted(
        path for path in paths if (ROOT / path).is_file() and (not suffixes or path.suffix in suffixes)
    )
