"""Files of example tasks: where they lie, and which names are accepted."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path
from typing import Any

import pytest

from celeriac.examples.work_files import (
    KEPT_FOR,
    existing_file,
    new_file,
    outbox_directory,
    work_directory,
)


def test_names_differ_when_files_are_made(data_dir: Path) -> None:
    paths = {new_file("clean", "csv") for _ in range(100)}

    assert len(paths) == 100
    assert {path.parent for path in paths} == {data_dir / "work"}


def test_only_the_owner_may_look_when_directories_are_made(data_dir: Path) -> None:
    for directory in (work_directory(), outbox_directory()):
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700


def test_a_file_is_found_when_its_name_comes_back(data_dir: Path) -> None:
    path = new_file("clean", "csv")
    path.touch()

    assert existing_file(path.name) == path


@pytest.mark.parametrize(
    "name",
    [
        "../secret.csv",
        "/etc/passwd",
        "clean-0123456789abcdef.csv/../x",
        "clean.csv",
        "",
        None,
        7,
        "outbox",
        "a\0b",
    ],
)
def test_a_name_is_refused_when_it_was_not_made_here(data_dir: Path, name: Any) -> None:
    with pytest.raises(ValueError, match="is not the name of a work file"):
        existing_file(name)


def test_the_remedy_is_told_when_a_file_is_gone(data_dir: Path) -> None:
    with pytest.raises(ValueError, match=r"is gone .*; launch the workflow again"):
        existing_file("clean-0123456789abcdef.csv")


def test_files_of_yesterday_are_removed_when_a_new_one_is_made(data_dir: Path) -> None:
    old, young, foreign = new_file("clean", "csv"), new_file("clean", "csv"), work_directory() / "notes.txt"
    for path in (old, young, foreign):
        path.touch()
    yesterday = time.time() - KEPT_FOR - 60
    for path in (old, foreign):
        os.utime(path, (yesterday, yesterday))

    new_file("clean", "csv")

    assert not old.exists()
    assert young.exists()
    assert foreign.exists()
