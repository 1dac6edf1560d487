"""Files that example tasks pass to one another by name, below the data directory.

Names are generated here, never taken from input, and validated when they come back.
"""

from __future__ import annotations

import contextlib
import re
import time
import uuid
from pathlib import Path

from celeriac.engine.settings import Settings
from celeriac.examples.errors import BadInput

KEPT_FOR = 24 * 3600  # seconds
_NAME = re.compile(r"[a-z]{1,20}-[0-9a-f]{16}\.(csv|json|html|pdf|eml)")


def work_directory() -> Path:
    """The folder of the files; created on first use."""
    directory = Settings.from_environment().data_dir / "work"
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    return directory


def outbox_directory() -> Path:
    """The folder of notifications, each an .eml file ready to be sent."""
    directory = work_directory() / "outbox"
    directory.mkdir(mode=0o700, exist_ok=True)
    return directory


def new_file(kind: str, ending: str, *, directory: Path | None = None) -> Path:
    """A unique path such as `clean-0123456789abcdef.csv`. Removes files of the day before."""
    directory = work_directory() if directory is None else directory
    _remove_old(directory)
    return directory / f"{kind}-{uuid.uuid4().hex[:16]}.{ending}"


def existing_file(name: object) -> Path:
    """The file that an earlier step named. Raises `BadInput` for an invalid name or a removed file."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise BadInput(f"{str(name)[:60]!r} is not the name of a work file")
    path = work_directory() / name
    if not path.is_file():
        raise BadInput(f"the work file {name} is gone (they are kept for a day); launch the workflow again")
    return path


def _remove_old(directory: Path) -> None:
    oldest = time.time() - KEPT_FOR
    for path in directory.iterdir():
        if not _NAME.fullmatch(path.name):
            continue
        # Another process may clean up as well.
        with contextlib.suppress(FileNotFoundError):
            if path.lstat().st_mtime < oldest:
                path.unlink()
